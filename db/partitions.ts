/** Monthly partitions, made ahead of need so that nobody waits for DDL. */
import type { Sql, TransactionSql } from 'postgres';

/** Makes the partition that takes records of `folderDate` ("2026-11-21"). Safe to repeat. */
export async function ensurePartition(sql: Sql | TransactionSql, folderDate: string): Promise<void> {
  await sql`select ensure_month_partition('tb_bat_file_hist', ${folderDate}::date)`;
}

/**
 * Makes the partitions of this month and `monthsAhead` more. Safe to repeat and to race.
 * @returns names of the partitions that now exist for those months
 */
export async function ensurePartitionsAhead(sql: Sql, monthsAhead: number): Promise<string[]> {
  const rows = await sql<{ partition: string }[]>`
    select ensure_month_partition('tb_bat_file_hist', (current_date + make_interval(months => ahead))::date) as partition
    from generate_series(0, ${monthsAhead}::int) as ahead
    order by ahead`;
  return rows.map((row) => row.partition);
}
