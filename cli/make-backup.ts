/**
 * Making a backup: one snapshot of every table, then the files of the data directory, under a name that says that it is
 * unfinished; renamed when all of it is on the disk. What is killed or fails leaves no backup, and the next begins anew.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../contracts/audit.ts';
import {
  BACKUP_DATA,
  BACKUP_FORMAT,
  BACKUP_MANIFEST,
  BACKUP_TABLES,
  type BackupFile,
  type BackupManifest,
  type BackupOmission,
  type BackupTable,
} from '../contracts/backup.ts';
import { TainError } from '../contracts/errors.ts';
import { appendAudit } from '../db/audit.ts';
import * as stored from '../db/backup.ts';
import { checksumOf, readMigrations, tablesOf, type Migration } from '../db/migrate.ts';
import { copyDataFile, listDataFiles } from '../platform/backup/data-files.ts';
import { sealManifest } from '../platform/backup/manifest.ts';
import { packLines } from '../platform/backup/packed-file.ts';
import { takeLock } from '../platform/embedded/lock.ts';
import type { Sql } from '../platform/postgres.ts';
import { syncFolder, writeWholeFile } from '../platform/report-file.ts';
import { toUnwritable } from './backup-errors.ts';

export type BackupRequest = {
  /** A pool of its own, without a limit on statements; end it behind the backup, whatever came of it. */
  readonly sql: Sql;
  readonly dataDir: string;
  /** Absolute; not there yet. */
  readonly to: string;
  /** How long a file must have stood still to be copied, in ms. */
  readonly settleMs: number;
  readonly by: Actor;
  readonly signal: AbortSignal;
  /** Those that this version knows; absent: those of its folder. */
  readonly migrations?: readonly Migration[];
  /** Called when a table is done, before the next. */
  readonly onTable: (table: BackupTable) => void | Promise<void>;
  /** Called while something is copied: of what, and how many rows or files. */
  readonly onProgress: (what: string, count: number) => void;
};

/**
 * @returns the manifest as it was written
 * @throws TainError backup.taken, backup.unwritable, backup.newer when the database is of a later version than this one
 * @throws the signal's reason when it is aborted; nothing is left then
 */
export async function makeBackup(request: BackupRequest): Promise<BackupManifest> {
  const { sql, dataDir, to, by } = request;
  if (!path.relative(dataDir, to).startsWith('..'))
    throw new TainError('backup.within-data', { folder: to, data: dataDir });
  const unfinished = `${to}.unfinished`;
  const lock = takeLock(`${to}.lock`, `The backup ${to}`);
  try {
    await requireFree(to, unfinished);
    const id = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
    const audit = (
      action: 'backup.begun' | 'backup.made',
      after: Readonly<Record<string, string | number>>,
    ) => sql.begin((tx) => appendAudit(tx, { ...by, action, subject: `backup/${id}`, after }));
    // Before the snapshot: what cannot be noted is not taken out, and whoever restores it sees who made it.
    await audit('backup.begun', { to });
    try {
      const manifest = await writeBackup(request, id, unfinished);
      await rename(unfinished, to);
      await syncFolder(path.dirname(to));
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      await audit('backup.made', { to, rows, files: manifest.files.length, seal: manifest.seal });
      return manifest;
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
      throw toUnwritable(error, to);
    }
  } finally {
    lock.release();
  }
}

/** Removes what an interrupted backup of this name left. @throws TainError backup.taken */
async function requireFree(to: string, unfinished: string): Promise<void> {
  if (await lstat(to).catch(() => null)) throw new TainError('backup.taken', { folder: to });
  const left = await readdir(unfinished).catch(() => []);
  const ours = [BACKUP_TABLES, BACKUP_DATA, BACKUP_MANIFEST, `.${BACKUP_MANIFEST}.part`];
  if (left.some((name) => !ours.includes(name))) throw new TainError('backup.taken', { folder: unfinished });
  await rm(unfinished, { recursive: true, force: true });
}

async function writeBackup(request: BackupRequest, id: string, folder: string): Promise<BackupManifest> {
  const { sql, dataDir, settleMs, signal, onProgress } = request;
  try {
    // Readable by whoever makes it: there is no credential in it, and all that the reports say.
    await mkdir(path.join(folder, BACKUP_TABLES), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toUnwritable(error, folder);
  }
  const madeAt = new Date().toISOString();
  const database = await stored.identifyDatabase(sql);
  const { named, omitted, ...facts } = await stored.readSnapshot(sql, (tx) =>
    readTables(tx, request, folder),
  );
  const listed = await listDataFiles(dataDir);
  const left: BackupOmission[] = [...omitted, ...listed.omitted];
  const files: BackupFile[] = [];
  const copy = async (place: string): Promise<BackupFile | BackupOmission> => {
    signal.throwIfAborted();
    const copied = await copyDataFile(dataDir, place, path.join(folder, BACKUP_DATA), settleMs);
    if ('sha256' in copied) files.push(copied);
    onProgress('files', files.length);
    return copied;
  };
  const again: string[] = [];
  for (const place of listed.files) {
    const copied = await copy(place);
    if ('why' in copied && copied.why === 'still-written') again.push(place);
    else if ('why' in copied) left.push(copied);
  }
  if (again.length > 0) await sleep(settleMs, undefined, { signal });
  for (const place of again) {
    const copied = await copy(place);
    if ('why' in copied) left.push(copied);
  }
  left.push(...lackingFiles(named, files, left));
  const { text, seal } = sealManifest({
    format: BACKUP_FORMAT,
    id,
    madeAt,
    database,
    ...facts,
    files,
    omitted: left,
  });
  await writeWholeFile(path.join(folder, BACKUP_MANIFEST), async (append) => {
    await append(Buffer.from(text));
    return 0;
  });
  return { ...(JSON.parse(text) as BackupManifest), seal };
}

/** What the database counts on, and is not in the backup as the database knows it. */
function lackingFiles(
  named: readonly { readonly path: string; readonly sha256: string }[],
  files: readonly BackupFile[],
  told: readonly BackupOmission[],
): BackupOmission[] {
  const copied = new Map(files.map((file) => [file.path, file.sha256]));
  const known = new Set(told.map((omission) => omission.path));
  return named.flatMap(({ path: place, sha256 }): BackupOmission[] => {
    if (copied.get(place) === sha256 || known.has(place)) return [];
    return [{ path: place, why: copied.has(place) ? 'differs' : 'gone' }];
  });
}

type Transaction = Parameters<Parameters<typeof stored.readSnapshot>[1]>[0];

async function readTables(tx: Transaction, request: BackupRequest, folder: string) {
  const { signal, onTable, onProgress } = request;
  const migrations = await stored.listAppliedMigrations(tx);
  const known = request.migrations ?? (await readMigrations());
  const newest = migrations.at(-1)!;
  const ours = known.find(({ version }) => version === newest.version);
  if (ours === undefined)
    throw new TainError('backup.newer', {
      ...{ what: 'migration', theirs: newest.version, ours: known.at(-1)!.version },
    });
  if (checksumOf(ours) !== newest.checksum)
    throw new TainError('backup.migration-unknown', {
      ...{ migration: newest.name, theirs: newest.checksum, ours: checksumOf(ours) },
    });
  const names = tablesOf(known);
  const all = await stored.listStoredTables(tx);
  const wanted = all.filter(({ table, partitionOf }) => names.has(partitionOf ?? table));
  await stored.holdTables(tx, wanted);
  const tables: BackupTable[] = [];
  for (const table of wanted) {
    const file = `${BACKUP_TABLES}/${table.table}.copy.zst`;
    const written = await packLines(path.join(folder, file), stored.copyOut(tx, table), (rows) => {
      signal.throwIfAborted();
      onProgress(table.table, rows);
    });
    const { rowCount: rows, sizeBytes, sha256 } = written;
    const done: BackupTable = { ...table, file, rows, sizeBytes, sha256 };
    tables.push(done);
    await onTable(done);
  }
  return {
    migrations,
    audit: await stored.readAuditHead(tx),
    tables,
    sequences: await stored.listSequences(tx),
    named: await stored.listNamedFiles(tx),
    omitted: all
      .filter((table) => !wanted.includes(table))
      .map(({ table }): BackupOmission => ({ path: table, why: 'not-ours' })),
  };
}
