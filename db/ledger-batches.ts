/**
 * Applying many events beside a feed. Realtime waits for a swap of ours as long as our transaction lasts, and no longer:
 * we never wait for a swap while we hold others, and while a feed is read our transactions are short.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, TransactionSql } from 'postgres';
import type { EventSource, SourcedEvent } from '../domain/swaps/event-source.ts';
import { isAnyFeedRead } from './feed-status.ts';
import { applyEvents, NO_OUTCOMES, type ApplyResult, type OnApplied, type OutcomeCounts } from './ledger.ts';
import { enterSource, tryLockSubjects } from './ledger-reads.ts';
import { groupBySubject, subjectId, type SubjectGroup } from './ledger-subjects.ts';
import { boundTransaction, hasLastedTooLong } from './transaction-limits.ts';

const SUBJECTS_PER_TRANSACTION = 200;
/** Transactions at a time: while one is in the database, the next is folded here. */
const LANES = 2;
/** While a feed is read, transactions get as many swaps as take that long, beginning with a few. */
const HOLD_MS = 10;
const FIRST_SUBJECTS = 20;
const FEWEST_SUBJECTS = 10;
const LOCK_TIMEOUT_MS = 500;
const MAX_ATTEMPTS = 20;
/** Pause before swaps that somebody held are tried again; it doubles, up to the lock timeout. */
const FIRST_PAUSE_MS = 5;
/** lock_not_available, deadlock_detected, serialization_failure. */
const TRIED_AGAIN = new Set(['55P03', '40P01', '40001']);

export type BatchOptions = {
  readonly subjectsPerTransaction?: number;
  readonly lockTimeoutMs?: number;
  readonly lanes?: number;
  /** How long a transaction may hold its swaps; absent: as a feed that is read asks for, if there is one. */
  readonly holdMs?: number;
  /** As `applyEvents` takes it. */
  readonly onApplied?: OnApplied | undefined;
  /** Runs each transaction, so that it can be paced; absent: at once. */
  readonly around?: <Result>(run: () => Promise<Result>) => Promise<Result>;
};

/**
 * Applies events in the order of their swaps, each transaction at most 200 of them. Swaps that somebody else is changing
 * are put off and tried again, so that nobody waits behind one of our transactions for a lock that it waits for itself. A
 * swap that stays locked is waited for at last, alone. What is repeated is safe because a transaction that failed left
 * nothing behind, and events that were committed are known by their places.
 * When it returns, everything is on the disk; until then a crash may take the last transactions back.
 * @param sql a pool; two of its connections are used
 * @throws PostgresError when the database cannot be reached, 55P03 when a swap stays locked; repeat the call
 * @throws what `around` throws
 */
export async function applyInBatches(
  sql: Sql,
  events: readonly SourcedEvent[],
  source: EventSource,
  {
    subjectsPerTransaction = SUBJECTS_PER_TRANSACTION,
    lockTimeoutMs = LOCK_TIMEOUT_MS,
    lanes = LANES,
    around = (run) => run(),
    onApplied,
    ...options
  }: BatchOptions = {},
): Promise<ApplyResult> {
  const results: ApplyResult[] = [];
  let groups = groupBySubject(events);
  if (groups.length === 0) return sumUp(results);
  const holdMs = options.holdMs ?? ((await isAnyFeedRead(sql)) ? HOLD_MS : Infinity);
  const size = createBatchSize(subjectsPerTransaction, holdMs);
  // Beforehand: whoever enters a source makes others wait for its number.
  await sql.begin((tx) => enterSource(tx, source));

  for (let attempt = 0; groups.length > 0 && attempt < MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await sleep(Math.min(lockTimeoutMs, FIRST_PAUSE_MS * 2 ** attempt));
    const putOff: SubjectGroup[] = [];
    let next = 0;
    await inLanes(lanes, async () => {
      if (next >= groups.length) return false;
      const batch = groups.slice(next, (next += size.next()));
      const { result, held } = await around(async () => {
        const startedTick = performance.now();
        const applied = await applyFree(sql, batch, source, onApplied);
        size.took(batch.length - applied.held.length, performance.now() - startedTick);
        return applied;
      });
      if (result !== null) results.push(result);
      putOff.push(...held);
      return true;
    });
    groups = putOff;
  }
  for (const group of groups)
    results.push(await around(() => applyInLine(sql, group, source, lockTimeoutMs, onApplied)));
  await awaitDisk(sql);
  return sumUp(results);
}

/** Runs steps side by side until there is none left. Nothing is under way any more when the caller hears of an error. */
async function inLanes(lanes: number, step: () => Promise<boolean>): Promise<void> {
  let failed = false;
  const runLane = async (): Promise<void> => {
    try {
      while (!failed && (await step()));
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, runLane));
  for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
}

/** How many subjects the next transaction gets, from how long others took. */
function createBatchSize(most: number, holdMs: number) {
  const fewest = Math.min(most, FEWEST_SUBJECTS);
  let size = holdMs === Infinity ? most : Math.min(most, FIRST_SUBJECTS);
  return {
    next: (): number => size,
    took(subjects: number, ms: number): void {
      if (holdMs === Infinity || subjects < fewest) return;
      // By half at most, so that one slow transaction does not decide.
      const wanted = (subjects * holdMs) / Math.max(1, ms);
      size = Math.round(Math.min(most, Math.max(fewest, Math.min(size * 1.5, Math.max(size / 2, wanted)))));
    },
  };
}

type AppliedFree = { readonly result: ApplyResult | null; readonly held: readonly SubjectGroup[] };

/** Applies the events of those subjects that nobody else is changing. @returns those that somebody is */
async function applyFree(
  sql: Sql,
  batch: readonly SubjectGroup[],
  source: EventSource,
  onApplied: OnApplied | undefined,
): Promise<AppliedFree> {
  for (let attempt = 1; ; attempt += 1) {
    let begunTick = Infinity;
    try {
      return await sql.begin(async (tx) => {
        begunTick = performance.now();
        const [, free] = await Promise.all([
          boundTransaction(tx, batch.length),
          tryLockSubjects(tx, batch),
          doNotAwaitDisk(tx),
        ]);
        const held = batch.filter((group) => !free.has(subjectId(group)));
        if (held.length === batch.length) return { result: null, held };
        const events = batch.filter((group) => free.has(subjectId(group))).flatMap((group) => group.events);
        return { result: await applyEvents(tx, events, source, onApplied), held };
      });
    } catch (error) {
      // The same again would take as long.
      if (batch.length > 1 && hasLastedTooLong(begunTick, batch.length))
        return applyHalves(sql, batch, source, onApplied);
      const { code } = error as { code?: unknown };
      if (attempt >= MAX_ATTEMPTS || typeof code !== 'string' || !TRIED_AGAIN.has(code)) throw error;
    }
  }
}

async function applyHalves(
  sql: Sql,
  batch: readonly SubjectGroup[],
  source: EventSource,
  onApplied: OnApplied | undefined,
): Promise<AppliedFree> {
  const middle = batch.length >> 1;
  const one = await applyFree(sql, batch.slice(0, middle), source, onApplied);
  const other = await applyFree(sql, batch.slice(middle), source, onApplied);
  const results = [one.result, other.result].filter((result) => result !== null);
  return { result: results.length === 0 ? null : sumUp(results), held: [...one.held, ...other.held] };
}

/**
 * Swaps are free as soon as the transaction is over, not when the disk has it. Whoever builds upon it and waits for the
 * disk waits for it too: the log is written in one order. A transaction in which `onApplied` makes what leaves the house
 * has itself wait again.
 */
const doNotAwaitDisk = (tx: TransactionSql) => tx`select set_config('synchronous_commit', 'off', true)`;

/** Behind this, all that was committed before is on the disk. */
const awaitDisk = (sql: Sql) => sql`select pg_logical_emit_message(true, 'tain.applied', '')`;

/** Whoever was never let in stands in line at last, and holds nothing else meanwhile. */
const applyInLine = (
  sql: Sql,
  { events }: SubjectGroup,
  source: EventSource,
  lockTimeoutMs: number,
  onApplied: OnApplied | undefined,
): Promise<ApplyResult> =>
  sql.begin(async (tx) => {
    await boundTransaction(tx, 1);
    await tx`select set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true)`;
    return applyEvents(tx, events, source, onApplied);
  });

const addCounts = (left: OutcomeCounts, right: OutcomeCounts): OutcomeCounts => ({
  applied: left.applied + right.applied,
  duplicate: left.duplicate + right.duplicate,
  conflict: left.conflict + right.conflict,
  pending: left.pending + right.pending,
  violated: left.violated + right.violated,
});

const sumUp = (results: readonly ApplyResult[]): ApplyResult => ({
  outcomes: results.reduce((sum, { outcomes }) => addCounts(sum, outcomes), NO_OUTCOMES),
  known: results.reduce((sum, { known }) => sum + known, 0),
  reused: results.flatMap(({ reused }) => reused),
  revised: results.reduce((sum, { revised }) => sum + revised, 0),
  refolded: results.reduce((sum, { refolded }) => sum + refolded, 0),
});
