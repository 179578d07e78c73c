/** tain backup, tain restore: database and data directory, as they were at one moment; no other program is needed. */
import path from 'node:path';
import type { Command } from 'commander';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import type { BackupTable } from '../../contracts/backup.ts';
import { loadConfig, type Config } from '../../platform/config.ts';
import { setTemporalAside } from '../../platform/embedded/temporal-aside.ts';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { hasTables, requireTables } from '../database.ts';
import { localUser } from '../local-token.ts';
import { makeBackup } from '../make-backup.ts';
import { openIdleDatabase, openOwnDatabase, type OwnDatabase } from '../own-database.ts';
import { formatCount, plain, print } from '../print.ts';
import { createProgress } from '../progress.ts';
import { restoreBackup } from '../restore-backup.ts';

const EXIT_INTERRUPTED = 1;

export function addBackup(program: Command): void {
  program
    .command('backup')
    .requiredOption('--to <folder>', 'folder that is made for it')
    .description('write database and data directory to a folder, as they are now, while everything runs')
    .action(async ({ to }: { to: string }) => {
      const config = loadConfig();
      await onDatabase(await openOwnDatabase(config, print), 'tain backup', (...context) =>
        backup(config, path.resolve(to), ...context),
      );
    });
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .requiredOption('--from <folder>', 'the backup')
    .description('restore a backup into an empty database and an empty data directory, or leave them empty')
    .action(async ({ from }: { from: string }) => {
      const config = loadConfig();
      await onDatabase(await openIdleDatabase(config, print), 'tain restore', (...context) =>
        restore(config, path.resolve(from), ...context),
      );
    });
}

type Context = readonly [sql: Sql, signal: AbortSignal];

/** Works on a database until it is done or Ctrl-C, and lets go of everything. */
async function onDatabase(
  database: OwnDatabase,
  name: string,
  work: (...context: Context) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const sql = connectPostgres(database.url, name, 2, { statementMs: 0 });
  try {
    await work(sql, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    print('Interrupted; nothing half done was left.');
    process.exitCode = EXIT_INTERRUPTED;
  } finally {
    progress.clear();
    // A COPY that ended early holds its connection: it is not waited for.
    await sql.end({ timeout: 0 });
    await database.close();
  }
}

const progress = createProgress();
const by = { ...BY_COMMAND_LINE, actor: `command-line:${localUser()}` };

function printTable({ table, rows }: BackupTable): void {
  progress.clear();
  if (rows > 0) print(`  ${table}: ${formatCount(rows)} rows`);
}

async function backup(config: Config, to: string, ...[sql, signal]: Context): Promise<void> {
  await requireTables(sql);
  const { id, tables, files, omitted, seal } = await makeBackup({
    ...{ sql, dataDir: config.TAIN_DATA_DIR, to, settleMs: config.TAIN_SETTLE_MS, by, signal },
    onTable: printTable,
    onProgress: (what, count) => progress.count(what, count),
  });
  progress.clear();
  for (const { path: place, why } of omitted) print(`not in it: ${plain(place)} (${OMISSIONS[why]})`);
  const bytes = [...tables, ...files].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  print(
    `Backup ${id}: ${formatCount(rows)} rows of ${tables.length} tables and ${formatCount(files.length)} files, ` +
      `${formatCount(bytes)} bytes, in ${plain(to)}`,
  );
  print(`Seal ${seal}`);
}

const OMISSIONS = {
  'still-written': 'it is still being written',
  unreadable: 'it cannot be read',
  'name-not-utf8': 'its name is not UTF-8',
  'not-regular': 'it is no regular file',
  gone: 'the database names it, and it is not there',
  differs: 'it is in the backup, and is not the file that the database names',
  'not-ours': "it is a table that Tain's migrations do not make",
} as const;

async function restore(config: Config, from: string, ...[sql, signal]: Context): Promise<void> {
  await hasTables(sql);
  const { manifest, migrated, open } = await restoreBackup({
    ...{ sql, dataDir: config.TAIN_DATA_DIR, from, by, signal },
    onTable: printTable,
    onProgress: (what, count, of) => progress.show(what, count, of),
  });
  progress.clear();
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  print(
    `Restored backup ${manifest.id} of ${manifest.madeAt}: ${formatCount(rows)} rows of ` +
      `${manifest.tables.length} tables and ${formatCount(manifest.files.length)} files.`,
  );
  print(`Its audit log ends at row ${manifest.audit.seq}, ${manifest.audit.hash}`);
  if (migrated.length > 0) print(`Brought up to this version by ${migrated.join(', ')}.`);
  print(
    `Under way then: ${open.files} files, ${open.days} days, ${open.jobs} training jobs. They go on when Tain starts. ` +
      `${open.reports} reports were ended: ask for them again.`,
  );
  if (config.TEMPORAL_ADDRESS)
    print(
      `Temporal at ${config.TEMPORAL_ADDRESS} is not restored: end what runs there for the lost database before Tain starts, with ` +
        `temporal workflow terminate --query 'ExecutionStatus="Running"' --namespace ${config.TEMPORAL_NAMESPACE} --reason restore`,
    );
  else {
    const aside = await setTemporalAside(config.TAIN_STATE_DIR, manifest.id);
    if (aside !== null)
      print(`Temporal begins anew; what it ran for the lost database is in ${plain(aside)}`);
  }
  print('Prove it with: tain verify DATE');
}
