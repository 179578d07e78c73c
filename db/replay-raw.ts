/** Raw records of a cut, page by page: slices of its files, and messages of its sessions. */
import type { Sql } from 'postgres';
import type { StoredRecord } from '../domain/swaps/verify-differences.ts';
import type { FileRow } from './files.ts';
import type { RecordRow } from './records.ts';
import { toStoredRecord } from './verify-records.ts';

/** What is held at a time, of rows and of bytes; a page has at least one record. */
const PAGE_ROWS = 4000;
const PAGE_BYTES = 4 * 1024 * 1024;

type CutPart = { readonly business_date: string; readonly version: number };

/** Files that became a day's with this version, with their rows, in the order of their ids. */
export async function listFilesSince(sql: Sql, { business_date, version }: CutPart): Promise<FileRow[]> {
  return sql<FileRow[]>`
    select file.* from cftc_cut_file as cut join tb_bat_file_mst as file using (file_id)
    where business_date = ${business_date} and since_version = ${version}
    order by file.folder_date, file.sha256, cut.revision`;
}

export type JournalRange = {
  readonly feed: string;
  readonly session: string;
  /** Sequence numbers, like "{[1,101),[103,200)}". */
  readonly sequences: string;
};

/** Sessions of which something became a day's with this version. */
export async function listSessionsSince(
  sql: Sql,
  { business_date, version }: CutPart,
): Promise<JournalRange[]> {
  return sql<JournalRange[]>`
    select feed, session, sequences::text as sequences from cftc_cut_feed
    where business_date = ${business_date} and since_version = ${version} order by feed, session`;
}

/** All stored records of a file, rejected ones too, in their order. */
export async function* readFilePages(sql: Sql, file: FileRow): AsyncGenerator<StoredRecord[]> {
  const { folder_date, file_id, revision } = file;
  let after = 0;
  for (;;) {
    const rows = await sql<RecordRow[]>`
      select * from (
        select record_no, line_no, byte_offset, byte_length, verdict, record_key, issues, raw, raw_bytes, raw_sha256,
          corrects, sum(byte_length) over (order by record_no rows between unbounded preceding and 1 preceding) as before
        from tb_bat_file_hist
        where folder_date = ${folder_date} and file_id = ${file_id} and revision = ${revision}
          and record_no > ${after}
        order by record_no limit ${PAGE_ROWS}
      ) as page
      where coalesce(before, 0) < ${PAGE_BYTES} order by record_no`;
    if (rows.length === 0) return;
    after = rows.at(-1)!.record_no;
    yield rows.map(toStoredRecord);
  }
}

export type JournalledMessage = {
  readonly sequence: number;
  readonly raw: Buffer;
  readonly verdict: 'accepted' | 'rejected';
  readonly basisId: number;
};

/** The journalled messages of a range, in their order. */
export async function* readJournalPages(
  sql: Sql,
  { feed, session, sequences }: JournalRange,
): AsyncGenerator<JournalledMessage[]> {
  let after = 0;
  for (;;) {
    const rows = await sql<JournalledMessage[]>`
      select sequence, raw, verdict, basis_id as "basisId" from (
        select *, sum(octet_length(raw)) over (
          order by sequence rows between unbounded preceding and 1 preceding) as before
        from (
          select sequence, raw, verdict, basis_id from feed_journal
          where feed = ${feed} and session = ${session}
            and sequence >= greatest(${after + 1}::bigint, lower(${sequences}::int8multirange))
            and sequence < upper(${sequences}::int8multirange) and ${sequences}::int8multirange @> sequence
          order by sequence limit ${PAGE_ROWS}
        ) as next
      ) as page
      where coalesce(before, 0) < ${PAGE_BYTES} order by sequence`;
    if (rows.length === 0) return;
    after = rows.at(-1)!.sequence;
    yield rows;
  }
}

/** What messages of a basis were judged by; null when nobody knows it any more. */
export async function findBasis(
  sql: Sql,
  basisId: number,
): Promise<{ readonly registers: string; readonly submittedOn: string } | null> {
  const [row] = await sql<{ registers: string; submittedOn: string }[]>`
    select register_version as registers, submitted_on as "submittedOn" from feed_basis where basis_id = ${basisId}`;
  return row ?? null;
}

/** An event as the ledger has it. */
export type StoredEventText = {
  readonly position: number;
  /** Kind and key, as they are stored. */
  readonly subject: string;
  readonly text: string;
  /** In hex. */
  readonly contentHash: string;
};

/** Positions of a source: both included, `to` null to its end; of a session those of its ranges alone. */
export type PositionRange = {
  readonly from: number;
  readonly to: number | null;
  readonly sequences: string | null;
};

/** The ledger's own events of a source at some positions, by position. */
export async function readStoredTexts(
  sql: Sql,
  name: string,
  { from, to, sequences }: PositionRange,
): Promise<Map<number, StoredEventText>> {
  const rows = await sql<StoredEventText[]>`
    select position, subject_kind || ' ' || subject_key as subject, elements as text,
      encode(content_hash, 'hex') as "contentHash"
    from stored_tb_on_hist
    where source_id = (select source_id from stored_ledger_source where name = ${name})
      and position >= ${from} ${to === null ? sql`` : sql`and position <= ${to}`}
      ${sequences === null ? sql`` : sql`and ${sequences}::int8multirange @> position`}`;
  return new Map(rows.map((row) => [row.position, row]));
}
