/** Backups for tests: made of one database, restored into another. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { makeBackup, type BackupRequest } from '../../cli/make-backup.ts';
import { restoreBackup, type RestoreRequest } from '../../cli/restore-backup.ts';
import { listStoredTables } from '../../db/backup.ts';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { BY } from './gpu.ts';

/** A folder for backups and data directories, removed at the end. */
export function useBackupFolder(): { path: (...names: string[]) => string } {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tain-backup-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return { path: (...names) => path.join(folder, ...names) };
}

/** Runs on a pool of its own, as the commands do. */
async function onPool<Result>(url: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = connectPostgres(url, 'test backup', 2, { statementMs: 0 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

export const backUp = (
  url: string,
  dataDir: string,
  to: string,
  change: Partial<Omit<BackupRequest, 'sql'>> = {},
) =>
  onPool(url, (sql) =>
    makeBackup({
      ...{ sql, dataDir, to, settleMs: 0, by: BY, signal: new AbortController().signal },
      ...{ onTable: () => undefined, onProgress: () => undefined },
      ...change,
    }),
  );

export const restore = (
  url: string,
  dataDir: string,
  from: string,
  change: Partial<Omit<RestoreRequest, 'sql'>> = {},
) =>
  onPool(url, (sql) =>
    restoreBackup({
      ...{ sql, dataDir, from, by: BY, signal: new AbortController().signal },
      ...{ onTable: () => undefined, onProgress: () => undefined },
      ...change,
    }),
  );

/** Per table how many rows it has and what they hash to, in whatever order; the audit log up to a row. */
export async function fingerprint(sql: Sql, auditSeq: number): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { table } of await listStoredTables(sql)) {
    const rows = table === 'audit_log' ? sql`(select * from audit_log where seq <= ${auditSeq})` : sql(table);
    const [row] = await sql<[{ text: string }]>`
      select count(*) || ' ' || md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as text
      from ${rows} as t`;
    found[table] = row.text;
  }
  return found;
}

/** Names of the tables that have no rows. */
export const tablesWithoutRows = (found: Record<string, string>): string[] =>
  Object.keys(found).filter((table) => found[table]!.startsWith('0 '));
