/**
 * What a batch of a feed leaves behind, all of it in one transaction: the journal, what became of the events in the
 * ledger, gaps that were found or filled, and the checkpoint, which only the newest attempt can move.
 */
import type { TransactionSql } from 'postgres';
import { BY_STREAM_INGEST } from '../contracts/audit.ts';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import { appendAudit } from '../db/audit.ts';
import { fillGap, lockGaps, recordGaps, type SequenceRange } from '../db/feed-gaps.ts';
import {
  appendJournal,
  keepAltered,
  readJournal,
  type FeedSession,
  type JournalRow,
} from '../db/feed-journal.ts';
import { advanceFeed, type FeedAttempt } from '../db/feeds.ts';
import { applyEvents, type OnApplied } from '../db/ledger.ts';
import { hashText } from '../db/ledger-subjects.ts';
import { wireNameOf } from '../domain/feeds/session.ts';
import { readSourcedEvent, type SourcedEvent } from '../domain/swaps/event-source.ts';
import type { JudgedFeedMessage } from './feed-judge.ts';
import { REALTIME_TRANSACTION_TIMEOUT_MS, type Sql } from '../platform/postgres.ts';

export type FeedBatch = {
  readonly attempt: FeedAttempt;
  readonly session: FeedSession;
  /** The checkpoint before, and behind the last message or gap. */
  readonly from: number;
  readonly to: number;
  /** From `from` on in their order, but for the gaps between them. */
  readonly messages: readonly JudgedFeedMessage[];
  /** The events of those that are accepted, as `eventsOf` makes them. */
  readonly events: readonly SourcedEvent[];
  readonly gaps: readonly SequenceRange[];
  /** Why gaps cannot be filled; null when they can be. */
  readonly gapProblem: ErrorFacts | null;
  /** Messages that came again: below `from`. */
  readonly repeated: readonly JudgedFeedMessage[];
  readonly nextAnswer: number;
  /** As the ledger takes it. */
  readonly onApplied?: OnApplied | undefined;
  /** How many of the messages that came again last, one behind the other, said something else than what stands. */
  readonly alteredInARow: number;
};

export type StoredBatch = {
  /** What stands in the journal of messages that came again, where they say the same. */
  readonly known: readonly JournalRow[];
  /** The numbers of those that say something else. */
  readonly altered: readonly number[];
  /** As before the batch, and now. */
  readonly alteredInARow: number;
  /** Messages that came late and filled a gap. */
  readonly late: readonly JudgedFeedMessage[];
};

/** So many messages that came again one behind the other, none of them what it was, are of another session. */
const RESTART_SIGNS = 3;
/** Of what a transaction may take: what fails behind it has run into the limit, however that shows. */
const SLOW_MS = 0.9 * REALTIME_TRANSACTION_TIMEOUT_MS;

/**
 * Stores a batch.
 * @throws TainError feed.superseded when another attempt owns the feed, feed.batch-slow when it took longer than a
 *   transaction may; nothing is stored then
 * @throws TainError feed.session-restarted when what came again is of another session, and so is what came behind it;
 *   nothing is stored but, beside what stands, what came again
 */
export async function storeBatch(sql: Sql, batch: FeedBatch): Promise<StoredBatch> {
  const { attempt, session, messages, events, gaps, repeated } = batch;
  let begunTick = Infinity;
  let altered: readonly JudgedFeedMessage[] = [];
  const store = sql.begin(async (tx) => {
    begunTick = performance.now();
    // Gaps before swaps, as backfill has them: neither then waits for the other in turn; and all swaps at once.
    const isAgain = repeated.length > 0;
    // What was left out in this batch may come behind it in this batch.
    if (isAgain) await recordGaps(tx, session, gaps, batch.gapProblem);
    const late = isAgain ? await closeGaps(tx, session, repeated) : [];
    // One behind the other without waiting for answers. All of them are waited for before anything is thrown: what would
    // still run then would run outside of the transaction.
    const steps = await Promise.allSettled([
      advanceFeed(tx, attempt, batch),
      appendJournal(tx, session, [...messages, ...late]),
      applyFeedEvents(tx, session, [...events, ...eventsOf(session, late)], batch.onApplied),
      !isAgain && recordGaps(tx, session, gaps, batch.gapProblem),
    ]);
    for (const step of steps) if (step.status === 'rejected') throw step.reason;
    const [advanced] = steps;
    if (advanced.status === 'fulfilled' && !advanced.value) throw new TainError('feed.superseded', attempt);
    await auditRanges(tx, session, 'feed.gap-filled', runsOf(late));
    const compared = await compareRepeated(tx, batch, late);
    altered = compared.altered;
    if (compared.signs >= RESTART_SIGNS) throw restarted(batch);
    await keepAllAltered(tx, session, altered);
    await auditRanges(tx, session, 'feed.gap-found', gaps);
    const { known, alteredInARow } = compared;
    return { known, altered: altered.map(({ sequence }) => sequence), alteredInARow, late };
  });
  return store.catch(async (error: unknown) => {
    if (error instanceof TainError && error.code === 'feed.session-restarted')
      await sql.begin((tx) => keepAllAltered(tx, session, altered));
    const ms = Math.round(performance.now() - begunTick);
    if (error instanceof TainError || ms < SLOW_MS) throw error;
    // Not the code of the error: the server ends the connection, and the driver knows no more than that.
    const facts = { feed: attempt.feed, messages: messages.length + repeated.length, ms };
    throw new TainError('feed.batch-slow', facts, { cause: error });
  });
}

/** What the accepted ones of some messages report of swaps. */
export function eventsOf(
  { feed, session }: FeedSession,
  messages: readonly JudgedFeedMessage[],
): SourcedEvent[] {
  const source = { kind: 'feed', feed, session } as const;
  return messages.flatMap(({ verdict, values, sequence }) => {
    if (!verdict.accepted || values === null) return [];
    return readSourcedEvent(values, { source, position: sequence, hash: hashText }) ?? [];
  });
}

async function applyFeedEvents(
  tx: TransactionSql,
  { feed, session }: FeedSession,
  events: readonly SourcedEvent[],
  onApplied: OnApplied | undefined,
): Promise<void> {
  if (events.length > 0) await applyEvents(tx, events, { kind: 'feed', feed, session }, onApplied);
}

const restarted = ({ attempt, session, from }: FeedBatch): TainError => {
  const last = from - 1;
  return new TainError('feed.session-restarted', {
    feed: attempt.feed,
    session: wireNameOf(session.session),
    last,
  });
};

type Compared = Pick<StoredBatch, 'known' | 'alteredInARow'> & {
  readonly altered: readonly JudgedFeedMessage[];
  /** The most that were altered in a row. */
  readonly signs: number;
};

/** Messages that came again, but for those that filled a gap, with what stands. */
async function compareRepeated(
  tx: TransactionSql,
  { session, repeated, alteredInARow }: FeedBatch,
  late: readonly JudgedFeedMessage[],
): Promise<Compared> {
  const isLate = new Set(late);
  const again = repeated.filter((message) => !isLate.has(message));
  if (again.length === 0) return { known: [], altered: [], alteredInARow, signs: 0 };
  const rows = await readJournal(
    tx,
    session,
    again.map(({ sequence }) => sequence),
  );
  const bySequence = new Map(rows.map((row) => [row.sequence, row]));
  const known = new Set<JournalRow>();
  const altered: JudgedFeedMessage[] = [];
  let inARow = alteredInARow;
  let signs = 0;
  for (const message of again) {
    const row = bySequence.get(message.sequence);
    if (row === undefined) continue;
    const isSame = row.raw.equals(message.bytes);
    if (isSame) known.add(row);
    else altered.push(message);
    inARow = isSame ? 0 : inARow + 1;
    signs = Math.max(signs, inARow);
  }
  return { known: [...known], altered, alteredInARow: inARow, signs };
}

/** Keeps what came again with other content beside what stands, once. */
async function keepAllAltered(
  tx: TransactionSql,
  session: FeedSession,
  altered: readonly JudgedFeedMessage[],
): Promise<void> {
  for (const message of altered) {
    if (!(await keepAltered(tx, session, message))) continue;
    await appendAudit(tx, {
      ...BY_STREAM_INGEST,
      action: 'feed.altered',
      subject: session.feed,
      after: { session: session.session, sequence: message.sequence },
    });
  }
}

/**
 * Stores those of some messages that stand in open gaps of their session, and closes the gaps by them.
 * @param messages of distinct sequence numbers or not: the first of a number counts
 * @returns what was stored
 */
export async function fillGaps(
  tx: TransactionSql,
  session: FeedSession,
  messages: readonly JudgedFeedMessage[],
  onApplied?: OnApplied,
): Promise<readonly JudgedFeedMessage[]> {
  const taken = await closeGaps(tx, session, messages);
  if (taken.length === 0) return taken;
  await appendJournal(tx, session, taken);
  await applyFeedEvents(tx, session, eventsOf(session, taken), onApplied);
  await auditRanges(tx, session, 'feed.gap-filled', runsOf(taken));
  return taken;
}

/** Closes gaps by those of some messages that stand in them. @returns these, ascending; the caller stores them */
async function closeGaps(
  tx: TransactionSql,
  session: FeedSession,
  messages: readonly JudgedFeedMessage[],
): Promise<readonly JudgedFeedMessage[]> {
  const bySequence = new Map<number, JudgedFeedMessage>();
  for (const message of messages)
    if (!bySequence.has(message.sequence)) bySequence.set(message.sequence, message);
  const sorted = [...bySequence.values()].sort((left, right) => left.sequence - right.sequence);
  const first = sorted[0]?.sequence ?? 0;
  const gaps = await lockGaps(tx, session, { from: first, to: (sorted.at(-1)?.sequence ?? 0) + 1 });
  const taken: JudgedFeedMessage[] = [];
  for (const gap of gaps) {
    const inside = sorted.filter(({ sequence }) => sequence >= gap.from && sequence < gap.to);
    taken.push(...inside);
    let rest = gap;
    for (const run of runsOf(inside)) {
      await fillGap(tx, session, rest, run);
      rest = { from: run.to, to: gap.to };
    }
  }
  return taken;
}

async function auditRanges(
  tx: TransactionSql,
  { feed, session }: FeedSession,
  action: 'feed.gap-found' | 'feed.gap-filled',
  ranges: readonly SequenceRange[],
): Promise<void> {
  for (const { from, to } of ranges)
    await appendAudit(tx, { ...BY_STREAM_INGEST, action, subject: feed, after: { session, from, to } });
}

/** Ranges of messages whose numbers follow each other. @param messages ascending */
function runsOf(messages: readonly JudgedFeedMessage[]): SequenceRange[] {
  const runs: { from: number; to: number }[] = [];
  for (const { sequence } of messages) {
    const last = runs.at(-1);
    if (last?.to === sequence) last.to += 1;
    else runs.push({ from: sequence, to: sequence + 1 });
  }
  return runs;
}
