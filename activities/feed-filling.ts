/**
 * Storing what came late, beside the reader of the feed. As batch does with files: nobody waits for a swap or a gap while
 * it holds others, because realtime would wait with it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedSession } from '../db/feed-journal.ts';
import type { OnApplied } from '../db/ledger.ts';
import { tryLockSubjects } from '../db/ledger-reads.ts';
import { groupBySubject } from '../db/ledger-subjects.ts';
import { boundTransaction } from '../db/transaction-limits.ts';
import type { Sql } from '../platform/postgres.ts';
import { eventsOf, fillGaps } from './feed-batch.ts';
import type { JudgedFeedMessage } from './feed-judge.ts';

const MAX_ATTEMPTS = 20;
/** Pause before what somebody held is tried again; it doubles, up to the longest. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 500;
/** For a gap that is being filled: no longer than a short transaction. */
const TRY_MS = 10;
/** For one swap, in line. */
const LOCK_TIMEOUT_MS = 500;
/** lock_not_available, deadlock_detected. */
const HELD = new Set(['55P03', '40P01']);

/**
 * Stores those of some messages that stand in open gaps of their session, all at once when nobody else has their swaps,
 * and in line for one after the other at last. Safe to repeat: what is in the journal is in no gap.
 * @returns what was stored
 * @throws PostgresError 55P03 when a swap stays locked
 */
export async function storeLate(
  sql: Sql,
  session: FeedSession,
  messages: readonly JudgedFeedMessage[],
  onApplied?: OnApplied,
): Promise<readonly JudgedFeedMessage[]> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const stored = await storeFree(sql, session, messages, onApplied);
    if (stored !== null) return stored;
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
  }
  const stored: JudgedFeedMessage[] = [];
  for (const message of messages) stored.push(...(await storeInLine(sql, session, message, onApplied)));
  return stored;
}

/** @returns null when somebody else has one of the swaps, or the gap */
async function storeFree(
  sql: Sql,
  session: FeedSession,
  messages: readonly JudgedFeedMessage[],
  onApplied: OnApplied | undefined,
): Promise<readonly JudgedFeedMessage[] | null> {
  const subjects = groupBySubject(eventsOf(session, messages));
  const store = sql.begin(async (tx) => {
    await boundTransaction(tx, subjects.length);
    await tx`select set_config('lock_timeout', ${`${TRY_MS}ms`}, true)`;
    const free = subjects.length === 0 ? null : await tryLockSubjects(tx, subjects);
    return free !== null && free.size < subjects.length ? null : fillGaps(tx, session, messages, onApplied);
  });
  return store.catch((error: unknown) => {
    if (HELD.has((error as { code?: string }).code ?? '')) return null;
    throw error;
  });
}

const storeInLine = (
  sql: Sql,
  session: FeedSession,
  message: JudgedFeedMessage,
  onApplied: OnApplied | undefined,
) =>
  sql.begin(async (tx) => {
    await boundTransaction(tx, 1);
    await tx`select set_config('lock_timeout', ${`${LOCK_TIMEOUT_MS}ms`}, true)`;
    return fillGaps(tx, session, [message], onApplied);
  });
