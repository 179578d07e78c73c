/** The rejected records of a published file, for whoever takes all of them. */
import type { Sql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import type { FileRow } from './files.ts';

export type RejectedRow = {
  readonly record_no: number;
  readonly byte_length: number;
  readonly issues: Issue[];
  readonly raw: string | null;
  readonly raw_bytes: Buffer | null;
  readonly raw_sha256: string | null;
};

const PAGE_ROWS = 500;
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Rejected records in file order, a page at a time: no connection is held while a slow reader takes its time, and what
 * a published file has does not change between pages. A page is bounded by rows and by bytes, but for its last row.
 */
export async function* readRejections(
  sql: Sql,
  file: Pick<FileRow, 'folder_date' | 'file_id' | 'revision'>,
): AsyncGenerator<RejectedRow[]> {
  for (let after = 0; ;) {
    const page = await sql<RejectedRow[]>`
      select record_no, byte_length, issues, raw, raw_bytes, raw_sha256
      from (
        select *, sum(byte_length) filter (where raw_sha256 is null)
          over (order by record_no rows between unbounded preceding and 1 preceding) as bytes_before
        from tb_bat_file_hist
        where folder_date = ${file.folder_date} and file_id = ${file.file_id} and revision = ${file.revision}
          and verdict = 'rejected' and record_no > ${after}
        order by record_no
        limit ${PAGE_ROWS}
      ) as page
      where coalesce(bytes_before, 0) < ${PAGE_BYTES}
      order by record_no`;
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!.record_no;
  }
}
