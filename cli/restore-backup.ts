/**
 * Restoring a backup into an empty database and an empty data directory: everything is proven first, then written, and
 * the commit of the one transaction is the last that can fail. Afterwards both are there, or neither.
 */
import path from 'node:path';
import type { Actor } from '../contracts/audit.ts';
import type { BackupManifest, BackupTable } from '../contracts/backup.ts';
import { TainError } from '../contracts/errors.ts';
import { checksumOf, migrateWithin, readMigrations, type Migration } from '../db/migrate.ts';
import * as restored from '../db/restore.ts';
import { proveBackup, readManifest } from '../platform/backup/manifest.ts';
import { unpackLines } from '../platform/backup/packed-file.ts';
import { openRestoredData } from '../platform/backup/restored-data.ts';
import { systemErrorCode } from '../platform/embedded/start-error.ts';
import type { Sql } from '../platform/postgres.ts';
import { toRefused, toUnwritable } from './backup-errors.ts';

/** disk_full of PostgreSQL. */
const DATABASE_FULL = '53100';

export type RestoreRequest = {
  /** A pool of its own, without a limit on statements; end it behind the restore, whatever came of it. */
  readonly sql: Sql;
  readonly dataDir: string;
  /** The backup. */
  readonly from: string;
  readonly by: Actor;
  readonly signal: AbortSignal;
  /** Called when a table is done, before the next. */
  readonly onTable: (table: BackupTable) => void | Promise<void>;
  /** Called while something is looked at or written: of what, how many bytes or files, and of how many. */
  readonly onProgress: (what: string, count: number, of: number) => void;
};

export type Restored = {
  readonly manifest: BackupManifest;
  /** Names of the migrations that are newer than the backup. */
  readonly migrated: readonly string[];
  readonly open: restored.OpenWork;
};

/**
 * @throws TainError backup.* for a backup that cannot be restored, restore.* where something is there already
 * @throws the signal's reason when it is aborted; nothing is restored then
 */
export async function restoreBackup(request: RestoreRequest): Promise<Restored> {
  const { sql, dataDir, from, by, signal, onTable, onProgress } = request;
  const manifest = await readManifest(from);
  const migrations = await readMigrations();
  requireKnown(manifest, migrations);
  await requireEmpty(sql);
  const onData = <Result>(work: Promise<Result>): Promise<Result> =>
    work.catch((error: unknown) => {
      throw toUnwritable(error, dataDir);
    });
  const data = await onData(openRestoredData(dataDir, from));
  try {
    const bytes = [...manifest.tables, ...manifest.files].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await proveBackup(from, manifest, (done) => {
      signal.throwIfAborted();
      onProgress('proof', done, bytes);
    });
    const { files } = manifest;
    await onData(
      data.stage(files, (count) => {
        signal.throwIfAborted();
        onProgress('files', count, files.length);
      }),
    );
    const done = await sql.begin(async (tx): Promise<Omit<Restored, 'manifest'>> => {
      const last = manifest.migrations.at(-1)!.version;
      await migrateWithin(
        tx,
        migrations.filter(({ version }) => version <= last),
      );
      await restored.prepareTables(tx, manifest.tables);
      const tables = await restored.openTables(tx, manifest.tables);
      for (const table of manifest.tables) {
        signal.throwIfAborted();
        await restoreTable(tx, from, table);
        await onTable(table);
      }
      await restored.restoreSequences(tx, manifest.sequences);
      await tables.close();
      const migrated = await migrateWithin(tx, migrations);
      signal.throwIfAborted();
      const open = await restored.settleRestored(tx, manifest, by);
      await onData(data.place());
      return { migrated, open };
    });
    await data.finish();
    await restored.analyzeTables(sql);
    return { manifest, ...done };
  } catch (error) {
    await data.undo().catch(() => undefined);
    throw systemErrorCode(error) === DATABASE_FULL ? toUnwritable(error, 'the database') : error;
  }
}

type Transaction = Parameters<typeof restored.copyIn>[0];

async function restoreTable(tx: Transaction, from: string, table: BackupTable): Promise<void> {
  try {
    await unpackLines(path.join(from, table.file), await restored.copyIn(tx, table));
  } catch (error) {
    throw toRefused(error, table.file, table.table);
  }
  const found = await restored.countRows(tx, table.table);
  if (found !== table.rows)
    throw new TainError('backup.rows-differ', {
      ...{ file: table.file, table: table.table, expected: table.rows, found },
    });
}

/** @throws TainError backup.newer, backup.migration-unknown */
function requireKnown({ migrations }: BackupManifest, ours: readonly Migration[]): void {
  const known = new Map(ours.map((migration) => [migration.version, migration]));
  for (const { version, name, checksum } of migrations) {
    const mine = known.get(version);
    if (mine === undefined)
      throw new TainError('backup.newer', { what: 'migration', theirs: version, ours: ours.at(-1)!.version });
    if (checksumOf(mine) !== checksum)
      throw new TainError('backup.migration-unknown', {
        ...{ migration: name, theirs: checksum, ours: checksumOf(mine) },
      });
  }
}

/** @throws TainError restore.database-taken naming the tables that are there */
async function requireEmpty(sql: Sql): Promise<void> {
  const tables = await restored.describeTables(sql);
  if (tables !== null) throw new TainError('restore.database-taken', { tables });
}
