/** Rejected records of a period: of files by folder date and hash, then of feeds by name, session and sequence. */
import type { Sql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import { fileIdOf } from './file-audit.ts';
import type { FileRow } from './files.ts';

const PAGE_ROWS = 2000;

type Period = { readonly from: string; readonly to: string };

export type RejectedRow = {
  readonly date: string;
  readonly source: 'file' | 'feed';
  readonly sourceId: string;
  readonly name: string;
  readonly record: number;
  readonly line: number | null;
  readonly key: string | null;
  readonly issues: readonly Issue[];
};

export async function* readRejectedRecords(sql: Sql, period: Period): AsyncGenerator<RejectedRow[]> {
  yield* ofFiles(sql, period);
  yield* ofFeeds(sql, period);
}

/** Rejected records of the files; those of feeds are not counted, which would read all of their journals. */
export async function countRejectedRecords(sql: Sql, { from, to }: Period): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select coalesce(sum(rejected_count), 0)::bigint as count from tb_bat_file_mst
    where folder_date between ${from} and ${to} and state = 'published'`;
  return row!.count;
}

type FileToRead = Pick<FileRow, 'folder_date' | 'file_id' | 'sha256' | 'file_name' | 'revision'>;

async function* ofFiles(sql: Sql, { from, to }: Period): AsyncGenerator<RejectedRow[]> {
  let last = { folder_date: from, sha256: '' };
  for (;;) {
    const files: FileToRead[] = await sql<FileToRead[]>`
      select folder_date, file_id, sha256, file_name, revision from tb_bat_file_mst
      where folder_date <= ${to} and state = 'published' and rejected_count > 0
        and (folder_date, sha256 collate "C") > (${last.folder_date}, ${last.sha256})
      order by folder_date, sha256 collate "C" limit ${PAGE_ROWS}`;
    if (files.length === 0) return;
    for (const file of files) yield* ofFile(sql, file);
    last = files.at(-1)!;
  }
}

async function* ofFile(sql: Sql, file: FileToRead): AsyncGenerator<RejectedRow[]> {
  const facts = {
    date: file.folder_date,
    source: 'file',
    sourceId: fileIdOf(file),
    name: file.file_name,
  } as const;
  for (let after = 0; ;) {
    const page: Omit<RejectedRow, keyof typeof facts>[] = await sql`
      select record_no as record, line_no as line, record_key as key, issues from tb_bat_file_hist
      where folder_date = ${file.folder_date} and file_id = ${file.file_id} and revision = ${file.revision}
        and verdict = 'rejected' and record_no > ${after}
      order by record_no limit ${PAGE_ROWS}`;
    if (page.length === 0) return;
    yield page.map((row) => ({ ...facts, ...row, issues: row.issues ?? [] }));
    after = page.at(-1)!.record;
  }
}

type Session = { readonly feed: string; readonly session: string };

async function* ofFeeds(sql: Sql, period: Period): AsyncGenerator<RejectedRow[]> {
  for (let last: Session | undefined; ;) {
    // One at a time from the primary key: a journal has few sessions and many rows.
    const [next]: Session[] = await sql<Session[]>`
      select feed, session from feed_journal
      ${last ? sql`where (feed, session) > (${last.feed}, ${last.session})` : sql``}
      order by feed, session limit 1`;
    if (next === undefined) return;
    yield* ofSession(sql, next, period);
    last = next;
  }
}

async function* ofSession(
  sql: Sql,
  { feed, session }: Session,
  period: Period,
): AsyncGenerator<RejectedRow[]> {
  const facts = { source: 'feed', sourceId: `${feed}@${session}`, name: feed, line: null } as const;
  for (let after = 0; ;) {
    const page: Omit<RejectedRow, keyof typeof facts>[] = await sql`
      select basis.submitted_on as date, sequence as record, record_key as key, issues
      from feed_journal join feed_basis as basis using (basis_id)
      where feed = ${feed} and session = ${session} and sequence > ${after} and verdict = 'rejected'
        and basis.submitted_on between ${period.from} and ${period.to}
      order by sequence limit ${PAGE_ROWS}`;
    if (page.length === 0) return;
    yield page.map((row) => ({ ...facts, ...row, issues: row.issues ?? [] }));
    after = page.at(-1)!.record;
  }
}
