/** The one order of all facts about GPU training (migration 0022_gpu). */
import type { Sql, TransactionSql } from 'postgres';
import { boundTransaction } from './transaction-limits.ts';

/**
 * From here to the end of the transaction nobody else adds a fact. Call it before anything is read that the facts to come
 * depend on, and before any row lock: all take this lock first.
 */
export async function lockGpu(tx: TransactionSql): Promise<void> {
  await boundTransaction(tx);
  await tx`select pg_advisory_xact_lock(hashtext('gpu_position'), 0)`;
}

/** The last position that is given: whoever reads it first and the facts after it sees all up to it. */
export async function lastGpuPosition(sql: Sql | TransactionSql): Promise<number> {
  const [row] = await sql<{ position: number }[]>`
    select greatest(
      (select max(position) from gpu_job), (select max(position) from gpu_job_event),
      (select max(position) from gpu_capacity_event), (select max(position) from allocation_history),
      (select max(position) from gpu_policy), (select max(position) from gpu_decision),
      (select max(position) from gpu_use), 0) as position`;
  return row!.position;
}
