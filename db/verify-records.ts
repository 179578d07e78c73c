/** Reading what is stored of a file for its proof, everything of one moment. */
import type { Sql, TransactionSql } from 'postgres';
import type { Difference } from '../contracts/verification.ts';
import { encodeUtf8 } from '../domain/csv/decode.ts';
import type { StoredRecord } from '../domain/swaps/verify-differences.ts';
import type { FileRow } from './files.ts';
import type { RecordRow } from './records.ts';

/** Of slices, per fetch; a fetch holds at least one record. */
const FETCH_BYTES = 4 * 1024 * 1024;
const MAX_FETCH_ROWS = 2000;

/** Records of a file in the order of their numbers, in batches that stay small also where records are long. */
export async function* readStoredRecords(tx: TransactionSql, file: FileRow): AsyncGenerator<StoredRecord[]> {
  const perRecord = (file.content_bytes ?? file.size_bytes) / Math.max(1, file.read_count);
  const rows = Math.min(MAX_FETCH_ROWS, Math.max(1, Math.floor(FETCH_BYTES / Math.max(1, perRecord))));
  const batches = tx<RecordRow[]>`
    select record_no, line_no, byte_offset, byte_length, verdict, record_key, issues, raw, raw_bytes, raw_sha256,
      corrects
    from tb_bat_file_hist
    where folder_date = ${file.folder_date} and file_id = ${file.file_id} and revision = ${file.revision}
    order by record_no`.cursor(rows);
  for await (const batch of batches) yield batch.map(toStoredRecord);
}

/** A row as proofs compare it. */
export function toStoredRecord(row: RecordRow): StoredRecord {
  return {
    record: row.record_no,
    line: row.line_no,
    offset: row.byte_offset,
    length: row.byte_length,
    verdict: row.verdict,
    key: row.record_key,
    issues: row.issues ?? [],
    slice: row.raw === null ? (row.raw_bytes?.toString('latin1') ?? null) : encodeUtf8(row.raw),
    sliceSha256: row.raw_sha256,
    corrects: row.corrects,
  };
}

/** Stored records of a folder date whose file is none of that date. */
export async function findStrays(sql: Sql, folderDate: string): Promise<Difference[]> {
  const groups = await sql<StrayGroup[]>`
    select folder_date, file_id, revision, ${measure(sql)}
    from tb_bat_file_hist as hist
    where folder_date = ${folderDate} and not exists (
      select from tb_bat_file_mst as file where file.folder_date = ${folderDate} and file.file_id = hist.file_id)
    group by folder_date, file_id, revision order by file_id, revision`;
  return groups.map(toDifference);
}

/** Stored records of a file that it may not have: under another folder date, a revision it never had, or any at all. */
export async function findStraysOf(tx: TransactionSql, file: FileRow): Promise<Difference[]> {
  const mayHaveRecords = file.state === 'ingesting' || file.state === 'published';
  // The index begins with the folder date: one look per date instead of one at every record.
  const groups = await tx<StrayGroup[]>`
    with recursive dates as (
      select min(folder_date) as folder_date from tb_bat_file_hist
      union all
      select (select min(folder_date) from tb_bat_file_hist where folder_date > dates.folder_date) from dates
      where dates.folder_date is not null
    )
    select stray.* from dates cross join lateral (
      select folder_date, file_id, revision, ${measure(tx)}
      from tb_bat_file_hist as hist
      where hist.folder_date = dates.folder_date and hist.file_id = ${file.file_id}
        and not (${mayHaveRecords} and hist.folder_date = ${file.folder_date}
                 and hist.revision between 1 and ${file.revision})
      group by folder_date, file_id, revision
    ) as stray
    order by folder_date, revision`;
  return groups.map(toDifference);
}

type StrayGroup = {
  readonly folder_date: string;
  readonly file_id: number;
  readonly revision: number;
  readonly records: number;
  readonly first: number;
  readonly from: number;
  readonly to: number;
};

const measure = (sql: Sql | TransactionSql) => sql`
  count(*) as records, min(record_no) as first,
  min(byte_offset) as "from", max(byte_offset + byte_length) as "to"`;

const toDifference = ({
  folder_date,
  file_id,
  revision,
  records,
  first,
  from,
  to,
}: StrayGroup): Difference => ({
  kind: 'stray',
  record: first,
  line: null,
  bytes: { from, to },
  expected: String(records),
  actual: `folder date ${folder_date}, file_id ${file_id}, revision ${revision}`,
});
