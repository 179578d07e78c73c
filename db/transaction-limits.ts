/**
 * Limits of transactions that hold what realtime needs. A process that is stopped in the middle of one, or whose machine
 * has no time for it, must not hold up feeds for longer than a batch of their own may take. It is the time of the
 * transaction that is limited: whoever stops between the parts of a statement does not count as idle.
 */
import type { TransactionSql } from 'postgres';

/** How long a transaction may last that changes several swaps. */
const LASTS_MS = 5000;
/** One swap alone may have a history that takes its time: there is nothing to be halved. */
const ALONE_LASTS_MS = 15_000;

/** What fails behind this share of a limit has run into it; the server ends the connection, which says no more. */
const LATE = 0.9;

/** Ends a transaction that changes so many swaps when it takes too long from here, whatever its client does. */
export async function boundTransaction(tx: TransactionSql, subjects = 2): Promise<void> {
  await tx`select set_config('transaction_timeout', ${`${lastsMs(subjects)}ms`}, true)`;
}

/** Has a transaction that began at a tick failed because it lasted too long? */
export const hasLastedTooLong = (begunTick: number, subjects: number): boolean =>
  performance.now() - begunTick > LATE * lastsMs(subjects);

const lastsMs = (subjects: number): number => (subjects > 1 ? LASTS_MS : ALONE_LASTS_MS);
