/**
 * What a simulated feed will send, when, and how it will misbehave; all of it from a seed. The plan is also the ground
 * truth: nothing is decided later.
 */
import type { DayRequest } from '../day.ts';
import { createRandom, type Random } from '../random.ts';
import {
  canBeSpoiled,
  dayMessages,
  MALFORMED,
  MALFORMED_KINDS,
  type ExpectedVerdict,
  type MalformedKind,
} from './messages.ts';

/**
 * What happens to the connection at a message, once: it ends behind it; it ends, and the next login is answered some
 * messages later, or earlier; the packet comes byte by byte; half of it comes and then nothing; its length is 0; 100 MB
 * are announced; bytes come that mean nothing.
 */
export const DISRUPTIONS = [
  'disconnect',
  'gap',
  'regress',
  'dribble',
  'half',
  'no-length',
  'huge',
  'garbage',
] as const;
export type Disruption = (typeof DISRUPTIONS)[number];

export type FeedPlanRequest = DayRequest & {
  /** Messages per second, on average. */
  readonly rate: number;
  /** Share of the messages at which a burst begins; they come all at once, and the pause behind them makes up for it. */
  readonly burstShare?: number;
  /** Share of the records that are sent again, later, under a number of their own. */
  readonly duplicateShare?: number;
  /** Share of the records in front of which a message stands that cannot be read. */
  readonly malformedShare?: number;
  /** Share of the messages at which something happens to the connection. */
  readonly disruptionShare?: number;
  /** What may happen; absent: everything. */
  readonly disruptions?: readonly Disruption[];
};

export type PlannedMessage = {
  readonly sequence: number;
  /** When it is to be sent, in milliseconds from the start. */
  readonly sendAtMs: number;
  readonly bytes: Uint8Array;
  readonly content: 'record' | 'duplicate' | MalformedKind;
  /** Of a duplicate, the number under which it was sent before. */
  readonly original: number | null;
  readonly expected: ExpectedVerdict;
  readonly disruption: Disruption | null;
  /** Messages that a gap leaves out, or that the sender goes back. */
  readonly span: number;
};

const BURST = { min: 20, max: 200 };
const SPAN = { min: 1, max: 5 };
/** A duplicate comes within that many messages. */
const DUPLICATE_DELAY = 50;

type Content = Pick<PlannedMessage, 'bytes' | 'content' | 'original' | 'expected'>;

/** Plans a feed. The same request gives the same plan everywhere. */
export function planFeed(request: FeedPlanRequest): readonly PlannedMessage[] {
  const { seed, date, rate, burstShare = 0, disruptionShare = 0, disruptions = DISRUPTIONS } = request;
  const random = createRandom(`${seed}|${date}|feed`);
  const planned: PlannedMessage[] = [];
  const stepMs = 1000 / rate;
  let dueMs = 0;
  let burst = 0;
  let paused = 0;
  for (const content of contents(request, random)) {
    const disruption = planned.length > 0 && random.chance(disruptionShare) ? random.pick(disruptions) : null;
    planned.push({
      ...content,
      sequence: planned.length + 1,
      sendAtMs: dueMs,
      disruption,
      span: disruption === 'gap' || disruption === 'regress' ? random.int(SPAN.min, SPAN.max) : 0,
    });
    if (burst === 0 && random.chance(burstShare)) burst = paused = random.int(BURST.min, BURST.max);
    if (burst > 0) burst -= 1;
    if (burst === 0) {
      dueMs += stepMs * (paused + 1);
      paused = 0;
    }
  }
  return planned;
}

function* contents(request: FeedPlanRequest, random: Random): Generator<Content, void, void> {
  const { duplicateShare = 0, malformedShare = 0 } = request;
  const waiting: { readonly at: number; readonly again: Content }[] = [];
  let sequence = 0;
  for (const { text, expected } of dayMessages(request)) {
    if (random.chance(malformedShare) && canBeSpoiled(text)) {
      const kind = random.pick(MALFORMED_KINDS);
      const { ruleId, spoil } = MALFORMED[kind];
      sequence += 1;
      yield {
        bytes: Buffer.from(spoil(text, random), 'latin1'),
        content: kind,
        original: null,
        expected: { verdict: 'rejected', ruleIds: [ruleId] },
      };
    }
    sequence += 1;
    const bytes = Buffer.from(text, 'utf8');
    yield { bytes, content: 'record', original: null, expected };
    if (random.chance(duplicateShare)) {
      const again: Content = { bytes, content: 'duplicate', original: sequence, expected };
      waiting.push({ at: sequence + random.int(1, DUPLICATE_DELAY), again });
    }
    for (
      let at = waiting.findIndex((one) => one.at <= sequence);
      at >= 0;
      at = waiting.findIndex((one) => one.at <= sequence)
    ) {
      sequence += 1;
      yield waiting.splice(at, 1)[0]!.again;
    }
  }
  for (const { again } of waiting) yield again;
}
