/**
 * A feed server as a process of its own, for benchmarks: both sides of a ratio read from it, and neither shares its
 * event loop. It is told what to play by messages, and says at which port and from when.
 */
import { startFeedSimulator, type FeedSimulator } from '../../demo/feed-simulator.ts';
import { dayMessages } from '../../demo/feed/messages.ts';

export type PlayRequest = {
  readonly session: string;
  /** Messages a second, evenly, and how many. */
  readonly rate: number;
  readonly messages: number;
};

export type Playing = {
  readonly port: number;
  /** When the first message is due: milliseconds since 1970. */
  readonly startsAt: number;
};

/** Time for a reader to log in. */
const LEAD_MS = 1500;

let day: readonly Uint8Array[] = [];
let simulator: FeedSimulator | null = null;

/** Messages that are all right, made once. */
function takeMessages(count: number): readonly Uint8Array[] {
  if (day.length < count) {
    const made: Uint8Array[] = [];
    for (const { text } of dayMessages({
      seed: 'bench',
      date: '2026-11-20',
      rows: count * 2,
      brokenShare: 0,
    })) {
      made.push(Buffer.from(text));
      if (made.length === count) break;
    }
    day = made;
  }
  return day.slice(0, count);
}

async function play({ session, rate, messages }: PlayRequest): Promise<Playing> {
  await simulator?.close();
  const plan = takeMessages(messages).map((bytes, at) => ({
    sequence: at + 1,
    sendAtMs: LEAD_MS + (at * 1000) / rate,
    bytes,
    content: 'record' as const,
    original: null,
    expected: { verdict: 'accepted' as const, ruleIds: [] },
    disruption: null,
    span: 0,
  }));
  const startsAt = performance.timeOrigin + performance.now() + LEAD_MS;
  simulator = await startFeedSimulator({ plan, session, ends: false });
  return { port: simulator.port, startsAt };
}

process.on('message', (request: PlayRequest) => {
  void play(request).then((playing) => process.send!(playing));
});
process.on('disconnect', () => process.exit(0));
