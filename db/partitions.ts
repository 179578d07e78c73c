/** Monthly partitions, made ahead of need so that nobody waits for DDL. */
import type { Sql, TransactionSql } from 'postgres';

const PARTITIONED = ['tb_bat_file_hist', 'gpu_usage_metrics'] as const;

/** Makes the partition that takes rows of a day ("2026-11-21"): records by their folder date, measurements by UTC. Safe to repeat. */
export async function ensurePartition(
  sql: Sql | TransactionSql,
  day: string,
  table: (typeof PARTITIONED)[number] = 'tb_bat_file_hist',
): Promise<void> {
  await sql`select ensure_month_partition(${table}, ${day}::date)`;
}

/**
 * Makes the partitions of this month and `monthsAhead` more. Safe to repeat and to race.
 * @returns names of the partitions that now exist for those months, table by table
 */
export async function ensurePartitionsAhead(sql: Sql, monthsAhead: number): Promise<string[]> {
  const made: string[] = [];
  for (const table of PARTITIONED) {
    const rows = await sql<{ partition: string }[]>`
      select ensure_month_partition(${table}, (current_date + make_interval(months => ahead))::date) as partition
      from generate_series(0, ${monthsAhead}::int) as ahead
      order by ahead`;
    made.push(...rows.map((row) => row.partition));
  }
  return made;
}
