/** Queries on tb_bat_file_hist: one row per record of a file, written by COPY, read only of published files. */
import type { Writable } from 'node:stream';
import type { Sql, TransactionSql } from 'postgres';
import type { Issue, Verdict } from '../contracts/issues.ts';
import { encodeUtf8 } from '../domain/csv/decode.ts';
import type { CsvRecord } from '../domain/csv/split.ts';
import type { JudgedRecord } from '../domain/swaps/read-file.ts';
import { daysOf, type CopyEncoder } from './copy-encoder.ts';
import { openCopyIn } from './copy-in.ts';

export type RecordRow = {
  readonly record_no: number;
  readonly line_no: number;
  readonly byte_offset: number;
  readonly byte_length: number;
  readonly verdict: 'accepted' | 'rejected';
  readonly record_key: string | null;
  readonly issues: Issue[] | null;
  readonly raw: string | null;
  readonly raw_bytes: Buffer | null;
  /** Hash of a slice that is too long to be kept; raw and raw_bytes are null then. */
  readonly raw_sha256: string | null;
  /** Reference of the rejected record that this one was sent to correct. */
  readonly corrects: string | null;
};

/** The columns of `encodeRecord`, in its order. */
const COPY_COLUMNS = [
  'folder_date',
  'file_id',
  'revision',
  'record_no',
  'line_no',
  'byte_offset',
  'byte_length',
  'verdict',
  'record_key',
  'issues',
  'raw',
  'raw_bytes',
  'raw_sha256',
  'corrects',
] as const;

export type RecordOwner = { readonly folderDate: string; readonly fileId: number; readonly revision: number };

/**
 * Makes the encoder of a file's records: each becomes a row of the history.
 * @returns a function that adds a record with its number in the file, from 1
 */
export function createRecordEncoder(rows: CopyEncoder, { folderDate, fileId, revision }: RecordOwner) {
  const days = daysOf(folderDate);
  return (recordNo: number, { record, verdict }: JudgedRecord): void => {
    rows.beginRow(COPY_COLUMNS.length);
    rows.addInt(days);
    rows.addBigint(fileId);
    rows.addInt(revision);
    rows.addBigint(recordNo);
    rows.addBigint(record.line);
    rows.addBigint(record.offset);
    rows.addBigint(record.byteLength);
    rows.addBytes(verdict.accepted ? 'accepted' : 'rejected');
    if (verdict.key === null) rows.addNull();
    else rows.addBytes(encodeUtf8(verdict.key));
    if (verdict.issues.length === 0) rows.addNull();
    else rows.addJsonb(encodeUtf8(JSON.stringify(verdict.issues)));
    addRaw(rows, record, verdict);
    if (verdict.corrects === null) rows.addNull();
    else rows.addBytes(encodeUtf8(verdict.corrects));
  };
}

/** The columns raw, raw_bytes and raw_sha256, of which one is filled. */
function addRaw(rows: CopyEncoder, { slice, plain, sha256 }: CsvRecord, { issues }: Verdict): void {
  // Postgres does not store NUL bytes, and nothing but UTF-8, as text.
  const isText =
    plain || !issues.some(({ ruleId }) => ruleId === 'csv.nul-byte' || ruleId === 'csv.not-utf8');
  if (slice !== null && isText) rows.addBytes(slice);
  else rows.addNull();
  if (slice !== null && !isText) rows.addBytes(slice);
  else rows.addNull();
  if (sha256 === null) rows.addNull();
  else rows.addBytes(sha256);
}

/** Opens a COPY into the history inside a transaction; the stream takes COPY_START, rows, COPY_END. */
export async function copyRecords(tx: TransactionSql): Promise<Writable> {
  return openCopyIn(tx`copy tb_bat_file_hist (${tx(COPY_COLUMNS)}) from stdin with (format binary)`);
}

/**
 * Does the database say that a value cannot be stored? Trying again would not help. A key that exists is not meant:
 * it comes from another attempt at the same file.
 */
export function isDataError(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(22...|23502|23514)$/.test(code);
}

export type RecordFilter = {
  readonly verdict?: 'accepted' | 'rejected' | undefined;
  /** Only records behind this number: the page that follows it. */
  readonly after: number;
  readonly limit: number;
};

/** Records of a published file in file order; of an unpublished file there are none. */
export async function listRecords(sql: Sql, fileId: number, filter: RecordFilter): Promise<RecordRow[]> {
  return sql<RecordRow[]>`
    select record_no, line_no, byte_offset, byte_length, verdict, record_key, issues, raw, raw_bytes,
      raw_sha256, corrects
    from tb_bat_file_hist as hist
    join tb_bat_file_mst as file using (folder_date, file_id, revision)
    where file.file_id = ${fileId} and file.state = 'published'
      and hist.record_no > ${filter.after}
      ${filter.verdict ? sql`and hist.verdict = ${filter.verdict}` : sql``}
    order by hist.record_no
    limit ${filter.limit}`;
}
