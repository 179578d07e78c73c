/**
 * Puts the demonstration day into the inbox, once: never into a database of somebody's own, never beside real files.
 */
import { copyFile, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { inboxFolder, parseFolderDate } from '../contracts/folders.ts';
import { formatFileId } from '../contracts/lifecycles.ts';
import { countRealFiles, listDemoFiles, recordDemoFile } from '../db/demo.ts';
import type { Sql } from '../platform/postgres.ts';
import { tradingDateAt } from './trading-date.ts';
import { writeDay } from './write-day.ts';

/** The same every time: the day of the README's date is the one that the README shows. */
export const SEED = 'tain';

export type DemoRequest = {
  readonly sql: Sql;
  readonly rows: number;
  readonly dataDir: string;
  /** Where the file is made and its ground truth is kept. */
  readonly manifestDir: string;
  readonly isExternalDatabase: boolean;
  readonly onProgress: (text: string) => void;
};

/** Why the demonstration stays away; null when it does not. */
export async function whyNoDemo(sql: Sql, isExternalDatabase: boolean): Promise<string | null> {
  if (isExternalDatabase) return 'DATABASE_URL is set, and the database may be somebody’s own';
  const realFiles = await countRealFiles(sql);
  return realFiles > 0 ? `files of your own are here (${realFiles})` : null;
}

/** @returns the id of the file (also when it had been loaded before), or why the demonstration stays away */
export async function loadDemoDay(request: DemoRequest): Promise<{ fileId: string } | { skipped: string }> {
  const { sql, rows, dataDir, manifestDir } = request;
  const skipped = await whyNoDemo(sql, request.isExternalDatabase);
  if (skipped !== null) return { skipped };
  const [loaded] = await listDemoFiles(sql);
  const folder = loaded
    ? loaded.folder_date.replaceAll('-', '')
    : tradingDateAt(Date.now()).replaceAll('-', '');
  const date = parseFolderDate(folder)!;
  const fileName = loaded?.file_name ?? `demo-${folder}.csv`;

  const target = path.join(dataDir, inboxFolder(folder), fileName);
  if (loaded && (await isKnown(sql, date, loaded.sha256)))
    return { fileId: formatFileId(folder, loaded.sha256) };

  request.onProgress(`making ${rows} rows`);
  await mkdir(manifestDir, { recursive: true });
  const manifestFile = path.join(manifestDir, `${fileName}.manifest.ndjson`);
  const day = await writeDay({ seed: SEED, rows, date, directory: manifestDir, fileName, manifestFile });
  await recordDemoFile(sql, { folder_date: date, sha256: day.sha256, file_name: fileName, rows: day.rows });
  await mkdir(path.dirname(target), { recursive: true });
  const unfinished = path.join(path.dirname(target), `.${fileName}.part`);
  await copyFile(day.file, unfinished);
  await rename(unfinished, target);
  return { fileId: formatFileId(folder, day.sha256) };
}

async function isKnown(sql: Sql, folderDate: string, sha256: string): Promise<boolean> {
  const rows = await sql`
    select from tb_bat_file_mst where folder_date = ${folderDate} and sha256 = ${sha256}`;
  return rows.length > 0;
}
