/** Which files are let through: at most so many are open, from when they wait until they have reached the ledger. */
import type { Sql, TransactionSql } from 'postgres';
import type { FileRow } from './files.ts';

export type Queue = {
  readonly open: number;
  readonly isWaiting: boolean;
};

/** Published, and not all of it in the ledger. */
const isUnapplied = (sql: Sql | TransactionSql) =>
  sql`state = 'published' and format = 'submission' and applied_at is null`;

/** A file is open from when it is let through until it has reached the ledger, or is refused or held. */
const isOpen = (sql: Sql | TransactionSql) =>
  sql`(state = 'ingesting' or (${isUnapplied(sql)} and applied_no is not null))`;

/** Is there anything to let through? Cheap: asked many times a second. */
export async function lookAtQueue(sql: Sql): Promise<Queue> {
  const [queue] = await sql<[Queue]>`
    select (select count(*) from tb_bat_file_mst where ${isOpen(sql)}) as open,
           exists (select from tb_bat_file_mst where state = 'waiting')
           or exists (select from tb_bat_file_mst where ${isUnapplied(sql)} and applied_no is null) as "isWaiting"`;
  return queue;
}

/**
 * Lets waiting files through, oldest first, while fewer than `maxOpen` are open; where there is room left, published
 * files that were never let through to the ledger, because it came later than they did.
 * @returns every open file, those let through before included: starting its workflow again is harmless
 */
export async function openFiles(sql: Sql, maxOpen: number): Promise<FileRow[]> {
  return sql.begin(async (tx) => {
    // Two that count at once would each fill the same room.
    await tx`select pg_advisory_xact_lock(hashtext('tb_bat_file_mst.open'))`;
    const room = tx`greatest(0, ${maxOpen} - (select count(*) from tb_bat_file_mst where ${isOpen(tx)}))`;
    await tx`
      update tb_bat_file_mst set state = 'ingesting', started_at = coalesce(started_at, now())
      where file_id in (
        select file_id from tb_bat_file_mst
        where state = 'waiting'
        order by received_at, file_id
        limit ${room}
        for update skip locked
      )`;
    await tx`
      update tb_bat_file_mst set applied_no = 0
      where file_id in (
        select file_id from tb_bat_file_mst
        where ${isUnapplied(tx)} and applied_no is null
        order by received_at, file_id
        limit ${room}
        for update skip locked
      )`;
    return tx<FileRow[]>`select * from tb_bat_file_mst where ${isOpen(tx)} order by received_at, file_id`;
  });
}
