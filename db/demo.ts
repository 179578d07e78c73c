/** Which files are of the demonstration day. They are entered here before they are dropped into a folder. */
import type { Sql } from 'postgres';
import { BY_COMMAND_LINE } from '../contracts/audit.ts';
import { auditFile } from './file-audit.ts';
import type { FileRow } from './files.ts';
import { removeEventsOfRemovedFiles } from './ledger-removal.ts';

export type DemoFile = {
  readonly folder_date: string;
  readonly sha256: string;
  readonly file_name: string;
  readonly rows: number;
};

export async function recordDemoFile(sql: Sql, file: DemoFile): Promise<void> {
  await sql`
    insert into demo_file (folder_date, sha256, file_name, rows)
    values (${file.folder_date}, ${file.sha256}, ${file.file_name}, ${file.rows})
    on conflict do nothing`;
}

/** Newest first. */
export async function listDemoFiles(sql: Sql): Promise<DemoFile[]> {
  return sql<DemoFile[]>`
    select folder_date, sha256, file_name, rows from demo_file order by loaded_at desc, folder_date desc`;
}

/** Files that somebody else put in: while there is one, the demonstration stays away. */
export async function countRealFiles(sql: Sql): Promise<number> {
  const [row] = await sql<{ files: number }[]>`
    select count(*) as files from tb_bat_file_mst as file
    where not exists (
      select from demo_file as demo where demo.folder_date = file.folder_date and demo.sha256 = file.sha256)`;
  return row!.files;
}

/** Feeds of somebody's own that are read: while there is one, the demonstration feed stays away. */
export async function countRealFeeds(sql: Sql, demoFeed: string): Promise<number> {
  const [row] = await sql<{ feeds: number }[]>`
    select count(*) as feeds from feed where feed <> ${demoFeed} and wanted <> 'removed'`;
  return row!.feeds;
}

/** Where the demonstration's files lie, relative to the data directory. */
export async function listDemoPaths(sql: Sql): Promise<string[]> {
  const rows = await sql<{ path: string }[]>`
    select file.path from tb_bat_file_mst as file join demo_file using (folder_date, sha256)`;
  return rows.map(({ path }) => path);
}

/**
 * Removes the demonstration's files and records from the database, and their events from the ledger, and nothing else.
 * What was cut off is finished by the next call.
 */
export async function clearDemo(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    const files = await tx<FileRow[]>`
      delete from tb_bat_file_mst as file using demo_file as demo
      where demo.folder_date = file.folder_date and demo.sha256 = file.sha256
      returning file.*`;
    for (const { file_id, folder_date } of files) {
      await tx`delete from tb_bat_file_hist where folder_date = ${folder_date} and file_id = ${file_id}`;
    }
    await tx`delete from demo_file`;
    for (const file of files) {
      await auditFile(tx, BY_COMMAND_LINE, 'file.removed', file, {
        before: { state: file.state, name: file.file_name },
        reason: 'the demonstration day was cleared',
      });
    }
  });
  await removeEventsOfRemovedFiles(sql);
}
