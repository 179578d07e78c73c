/**
 * What a backup reads: every table of the schema as one transaction sees it, by COPY, so that no program of the server's
 * is needed. Partitions are read one by one; sequences, which no transaction holds still, are read behind its beginning
 * and so are never behind its rows.
 */
import type { Readable } from 'node:stream';
import type { Sql, TransactionSql } from 'postgres';
import type { BackupManifest, BackupMigration, BackupSequence, BackupTable } from '../contracts/backup.ts';

export type StoredTable = Pick<BackupTable, 'table' | 'partitionOf' | 'columns'>;

/** Tables with rows of their own, partitions included, in the order of their names. */
export async function listStoredTables(sql: Sql | TransactionSql): Promise<StoredTable[]> {
  return sql<StoredTable[]>`
    select stored.relname as "table", parent.relname as "partitionOf",
      coalesce(array_agg(attname::text order by attnum) filter (where attname is not null), '{}') as columns
    from pg_class as stored
    left join pg_inherits on stored.relispartition and inhrelid = stored.oid
    left join pg_class as parent on parent.oid = inhparent
    left join pg_attribute on attrelid = stored.oid and attnum > 0 and not attisdropped and attgenerated = ''
    where stored.relnamespace = current_schema()::regnamespace and stored.relkind = 'r'
    group by stored.oid, stored.relname, parent.relname
    order by stored.relname collate "C"`;
}

export async function listSequences(tx: TransactionSql): Promise<BackupSequence[]> {
  return tx<BackupSequence[]>`
    select sequencename as sequence, last_value as last from pg_sequences
    where schemaname = current_schema() order by sequencename collate "C"`;
}

export async function listAppliedMigrations(tx: TransactionSql): Promise<BackupMigration[]> {
  return tx<BackupMigration[]>`select version, name, checksum from schema_migration order by version`;
}

export async function readAuditHead(tx: TransactionSql): Promise<BackupManifest['audit']> {
  const [head] = await tx<BackupManifest['audit'][]>`
    select seq, hash from audit_log order by seq desc limit 1`;
  return head ?? { seq: 0, hash: '0'.repeat(64) };
}

/** Which database this is, without anything that opens it. */
export async function identifyDatabase(sql: Sql): Promise<BackupManifest['database']> {
  const [facts] = await sql<{ name: string; serverVersion: string }[]>`
    select current_database() as name, current_setting('server_version') as "serverVersion"`;
  const [cluster] = await sql<{ systemId: string }[]>`
    select system_identifier::text as "systemId" from pg_control_system()`.catch(() => []);
  return { ...facts!, systemId: cluster?.systemId ?? null };
}

/** Files of the data directory that the database counts on: those of days as they stand, reports, and what waits. */
export async function listNamedFiles(tx: TransactionSql): Promise<{ path: string; sha256: string }[]> {
  return tx<{ path: string; sha256: string }[]>`
    select path, sha256 from outbox_file join cftc_day using (business_date, version)
    union all
    select path, sha256 from report where state = 'ready'
    union all
    select path, sha256 from tb_bat_file_mst where state in ('waiting', 'ingesting')
    order by path`;
}

/**
 * Runs `read` in one transaction that sees one state of everything and changes nothing. Settles as soon as `read` does:
 * a COPY that is left halfway leaves the connection unusable, so end the pool behind it.
 */
export function readSnapshot<Result>(
  sql: Sql,
  read: (tx: TransactionSql) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const reading = sql.begin('isolation level repeatable read read only', async (tx) => {
      // Text that reads the same whatever the server is set to.
      await tx`select set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'postgres', true),
        set_config('extra_float_digits', '1', true), set_config('timezone', 'UTC', true)`;
      const result = read(tx);
      result.then(resolve, reject);
      await result;
    });
    reading.catch(reject);
  });
}

/** Keeps migrations away from the tables until the transaction ends, and from no one else. */
export async function holdTables(tx: TransactionSql, tables: readonly StoredTable[]): Promise<void> {
  for (const { table } of tables) await tx`lock table ${tx(table)} in access share mode`;
}

/**
 * The rows of a table as COPY writes them, a line each, some 64 KB at a time.
 * Memory does not grow with the table: the server is read no faster than the rows are taken.
 */
export async function* copyOut(tx: TransactionSql, { table, columns }: StoredTable): AsyncGenerator<Buffer> {
  const rows: Readable = await tx`copy ${tx(table)} (${tx(columns)}) to stdout`.readable();
  for await (const lines of rows) yield lines as Buffer;
  // The driver (3.4.9) may have set its socket aside for the last row, and nobody asks for another one.
  rows._read(0);
}
