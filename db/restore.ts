/**
 * What a restore writes. Rows go in as they were: no trigger makes more of them, and none refuses them; keys between
 * tables are taken away first and put back behind the rows, which has each of them looked at again. It needs no more than
 * to own the tables. All of it is one transaction: a restore that fails leaves the database empty.
 */
import type { Writable } from 'node:stream';
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import type { BackupManifest, BackupSequence, BackupTable } from '../contracts/backup.ts';
import { TainError } from '../contracts/errors.ts';
import { appendAudit } from './audit.ts';
import { listStoredTables, type StoredTable } from './backup.ts';
import { openCopyIn } from './copy-in.ts';
import { endOpenReports } from './reports.ts';

const MAX_NAMED = 5;

/** Names of the first tables that a database has, with how many more there are; null when it has none. */
export async function describeTables(sql: Sql | TransactionSql): Promise<string | null> {
  const tables = await listStoredTables(sql);
  if (tables.length === 0) return null;
  const named = tables.slice(0, MAX_NAMED).map(({ table }) => table);
  const more = tables.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more tables` : '');
}

const MONTH_OF_PARTITION = /_(\d{4})(\d{2})$/;

/**
 * Makes the partitions of a backup, and looks whether its tables and columns are those of this schema.
 * @throws TainError backup.table-unknown
 */
export async function prepareTables(tx: TransactionSql, wanted: readonly BackupTable[]): Promise<void> {
  for (const { table, partitionOf } of wanted) {
    const month = partitionOf === null ? null : MONTH_OF_PARTITION.exec(table);
    if (month === null || table !== `${partitionOf}_${month[1]}${month[2]}`) continue;
    await tx`select ensure_month_partition(to_regclass(${partitionOf}), ${`${month[1]}-${month[2]}-01`}::date)`;
  }
  const known = new Map((await listStoredTables(tx)).map((table) => [table.table, table]));
  for (const { table, columns, file } of wanted) {
    const ours = known.get(table);
    known.delete(table);
    const isSame = ours !== undefined && [...ours.columns].sort().join() === [...columns].sort().join();
    if (!isSame)
      throw new TainError('backup.table-unknown', {
        ...{ file, table, columns: columns.join(', ') },
        expected: ours?.columns.join(', ') ?? '',
      });
  }
  const [missing] = known.keys();
  if (missing !== undefined) throw new TainError('backup.table-missing', { table: missing });
}

export type OpenedTables = { close(): Promise<void> };

/**
 * Empties the tables, what migrations put into them included, and opens them for rows as they were.
 * @returns closes them again: triggers are as before, and every key between tables is checked
 */
export async function openTables(tx: TransactionSql, tables: readonly StoredTable[]): Promise<OpenedTables> {
  const keys = await tx<{ name: string; owner: string; definition: string }[]>`
    select conname as name, relname as owner, pg_get_constraintdef(pg_constraint.oid) as definition
    from pg_constraint join pg_class on pg_class.oid = conrelid
    where contype = 'f' and conparentid = 0 and relnamespace = current_schema()::regnamespace
    order by relname, conname`;
  for (const { name, owner } of keys) await tx`alter table ${tx(owner)} drop constraint ${tx(name)}`;
  const named = tables.map(({ table }) => table);
  for (const table of named) await tx`alter table ${tx(table)} disable trigger user`;
  await tx`truncate ${tx(named)}`;
  return {
    async close() {
      for (const table of named) await tx`alter table ${tx(table)} enable trigger user`;
      for (const { name, owner, definition } of keys)
        await tx.unsafe(`alter table "${owner}" add constraint "${name}" ${definition}`);
    },
  };
}

/** Opens a COPY of rows as `copyOut` gave them. They are written as the last state of a table that nobody else sees. */
export function copyIn(tx: TransactionSql, { table, columns }: StoredTable): Promise<Writable> {
  return openCopyIn(tx`copy ${tx(table)} (${tx([...columns])}) from stdin with (format text, freeze)`);
}

export async function countRows(tx: TransactionSql, table: string): Promise<number> {
  const [counted] = await tx<{ count: number }[]>`select count(*) from ${tx(table)}`;
  return counted!.count;
}

/** Has each sequence go on behind its last number. @throws TainError backup.table-missing */
export async function restoreSequences(
  tx: TransactionSql,
  sequences: readonly BackupSequence[],
): Promise<void> {
  for (const { sequence, last } of sequences) {
    const [known] = await tx<{ is: boolean }[]>`select to_regclass(${sequence}) is not null as is`;
    if (!known!.is) throw new TainError('backup.table-missing', { table: sequence });
    if (last !== null) await tx`select setval(${sequence}::regclass, ${last}, true)`;
  }
}

/** What was under way when a backup was made: files, days and training jobs go on by themselves, reports were ended. */
export type OpenWork = {
  readonly files: number;
  readonly days: number;
  readonly jobs: number;
  readonly reports: number;
};

/**
 * Ends what nobody would take up again, and notes the restore: the last that a restore does but for committing.
 */
export async function settleRestored(
  tx: TransactionSql,
  { id, madeAt, migrations, audit }: BackupManifest,
  by: Actor,
): Promise<OpenWork> {
  const reports = await endOpenReports(tx, by);
  const [open] = await tx<Omit<OpenWork, 'reports'>[]>`
    select (select count(*) from tb_bat_file_mst where state in ('waiting', 'ingesting')) as files,
      (select count(*) from cftc_day where state not in ('closed', 'nil')) as days,
      (select count(*) from gpu_job_state
       where state not in ('completed', 'failed', 'cancelled', 'expired')) as jobs`;
  await appendAudit(tx, {
    ...by,
    action: 'backup.restored',
    subject: `backup/${id}`,
    after: {
      madeAt,
      migration: migrations.at(-1)!.version,
      auditSeq: audit.seq,
      auditHash: audit.hash,
      reports,
    },
  });
  return { ...open!, reports };
}

/** Has the planner know the tables again. */
export async function analyzeTables(sql: Sql): Promise<void> {
  await sql`analyze`;
}
