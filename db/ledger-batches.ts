/** Applying many events beside a feed: in short transactions that never keep it waiting for long. */
import type { Sql } from 'postgres';
import type { EventSource, SourcedEvent } from '../domain/swaps/event-source.ts';
import { applyEvents, NO_OUTCOMES, type ApplyResult, type OutcomeCounts } from './ledger.ts';
import { groupBySubject } from './ledger-subjects.ts';

const SUBJECTS_PER_TRANSACTION = 200;
/** Transactions at a time: while one is in the database, the next is folded here. */
const LANES = 2;
const LOCK_TIMEOUT_MS = 500;
const MAX_ATTEMPTS = 20;
/** lock_not_available, deadlock_detected, serialization_failure. */
const TRIED_AGAIN = new Set(['55P03', '40P01', '40001']);

export type BatchOptions = {
  readonly subjectsPerTransaction?: number;
  readonly lockTimeoutMs?: number;
  readonly lanes?: number;
  /** Runs each transaction, so that it can be paced; absent: at once. */
  readonly around?: <Result>(run: () => Promise<Result>) => Promise<Result>;
};

/**
 * Applies events in the order of their swaps, each transaction at most 200 of them. A transaction that has to wait too
 * long for a swap is tried again, which is safe because it left nothing behind, and because events that an attempt did
 * commit are known by their places and not applied again.
 * @param sql a pool; two of its connections are used
 * @throws PostgresError when the database cannot be reached, or a swap stays locked; repeat the call
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
  }: BatchOptions = {},
): Promise<ApplyResult> {
  const groups = groupBySubject(events);
  const results: ApplyResult[] = [];
  let next = 0;
  let failed = false;
  const runLane = async (): Promise<void> => {
    while (next < groups.length && !failed) {
      const batch = groups.slice(next, (next += subjectsPerTransaction)).flatMap((group) => group.events);
      try {
        results.push(await around(() => applyBatch(sql, batch, source, lockTimeoutMs)));
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // Nothing of ours is under way any more when the caller hears of an error.
  const ended = await Promise.allSettled(Array.from({ length: lanes }, runLane));
  for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
  return sumUp(results);
}

async function applyBatch(
  sql: Sql,
  batch: readonly SourcedEvent[],
  source: EventSource,
  lockTimeoutMs: number,
): Promise<ApplyResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sql.begin(async (tx) => {
        await tx`select set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true)`;
        return applyEvents(tx, batch, source);
      });
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (attempt >= MAX_ATTEMPTS || typeof code !== 'string' || !TRIED_AGAIN.has(code)) throw error;
    }
  }
}

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
