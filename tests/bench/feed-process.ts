/**
 * A feed server as a process of its own, for benchmarks: both sides of a ratio read from it, and neither shares its
 * event loop. It is told by messages what to play, and says at which port and from when; or how long answers took.
 */
import { startFeedSimulator, type FeedSimulator } from '../../demo/feed-simulator.ts';
import { dayMessages } from '../../demo/feed/messages.ts';

export type PlayRequest = {
  readonly play: {
    readonly session: string;
    /** Messages a second, evenly, and how many. */
    readonly rate: number;
    readonly messages: number;
    /** Absent: any free one. */
    readonly port?: number;
  };
};

export type Playing = {
  readonly port: number;
  /** When the first message is due: milliseconds since 1970. */
  readonly startsAt: number;
};

/** Of the messages that were due in these times (milliseconds since 1970), the time from then to the answer. */
export type LatencyRequest = { readonly latencies: readonly (readonly [from: number, to: number])[] };

export type LatencyReport = readonly {
  readonly p50: number;
  readonly p99: number;
  readonly messages: number;
  /** Without an answer so far. */
  readonly open: number;
}[];

/** Time for a reader to log in. */
const LEAD_MS = 1500;

let day: Uint8Array[] = [];
let simulator: FeedSimulator | null = null;
/** When messages were due, and when their answers came, by sequence. */
let due: readonly number[] = [];
let answered: number[] = [];

const now = (): number => performance.timeOrigin + performance.now();

/** Messages that are all right, made once. */
function takeMessages(count: number): readonly Uint8Array[] {
  if (day.length < count) {
    day = [];
    for (const { text } of dayMessages({
      seed: 'bench',
      date: '2026-11-20',
      rows: count * 2,
      brokenShare: 0,
    })) {
      day.push(Buffer.from(text));
      if (day.length === count) break;
    }
  }
  return day.slice(0, count);
}

async function play({ session, rate, messages, port }: PlayRequest['play']): Promise<Playing> {
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
  const begunAt = now();
  due = plan.map(({ sendAtMs }) => begunAt + sendAtMs);
  answered = [];
  simulator = await startFeedSimulator({
    plan,
    session,
    ends: false,
    ...(port !== undefined && { port }),
    onAnswer: ({ sequence }) => {
      answered[sequence - 1] ??= now();
    },
  });
  return { port: simulator.port, startsAt: begunAt + LEAD_MS };
}

const report = ({ latencies }: LatencyRequest): LatencyReport =>
  latencies.map(([from, to]) => {
    const asked = due.flatMap((at, index) => (at >= from && at < to ? [index] : []));
    const open = asked.filter((index) => answered[index] === undefined).length;
    // What is still open has taken as long as this at least: left out, the slowest would make the figures better.
    const askedAt = now();
    const took = asked
      .map((index) => (answered[index] ?? askedAt) - due[index]!)
      .sort((one, other) => one - other);
    const at = (share: number): number => took[Math.floor(took.length * share)] ?? 0;
    return { p50: at(0.5), p99: at(0.99), messages: asked.length, open };
  });

process.on('message', (request: PlayRequest | LatencyRequest) => {
  if ('play' in request) void play(request.play).then((playing) => process.send!(playing));
  else process.send!(report(request));
});
process.on('disconnect', () => process.exit(0));
