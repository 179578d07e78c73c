/** Queries on tb_bat_file_hist: one row per record of a file, written by COPY, read only of published files. */
import type { Writable } from 'node:stream';
import type { Sql, TransactionSql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import { encodeUtf8 } from '../domain/csv/decode.ts';
import type { CsvRecord } from '../domain/csv/split.ts';
import type { JudgedRecord } from '../domain/swaps/read-file.ts';

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
  /** Reference of the rejected record that this one was sent to correct. */
  readonly corrects: string | null;
};

/** The columns of `encodeRecord`, in its order. */
export const COPY_COLUMNS = [
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
  'corrects',
] as const;

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const NEEDS_ESCAPE = /[\\\t\n\r]/;

/** Escapes a value for COPY's text format. */
function escapeCopy(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : text;
}

/** Nearly every slice is its text and one line break: only the break is escaped then. */
function escapeSlice({ slice, text }: CsvRecord): string {
  if (slice.length === text.length + 1 && slice.endsWith('\n')) return `${escapeCopy(text)}\\n`;
  return escapeCopy(slice);
}

/**
 * One record as a line of COPY's text format, one character per byte.
 * @param prefix folder date, file id and revision, each with its tab: the same for every record of a file
 * @param recordNo number of the record in its file, from 1
 */
export function encodeRecord(prefix: string, recordNo: number, judged: JudgedRecord): string {
  const { record, verdict } = judged;
  const key = verdict.key === null ? '\\N' : escapeCopy(encodeUtf8(verdict.key));
  const issues = verdict.issues.length === 0 ? '\\N' : escapeCopy(encodeUtf8(JSON.stringify(verdict.issues)));
  const corrects = verdict.corrects === null ? '\\N' : escapeCopy(encodeUtf8(verdict.corrects));
  const raw = isText(judged) ? `${escapeSlice(record)}\t\\N` : `\\N\t\\\\x${toHex(record.slice)}`;
  return `${prefix}${recordNo}\t${record.line}\t${record.offset}\t${record.slice.length}\t${
    verdict.accepted ? 'accepted' : 'rejected'
  }\t${key}\t${issues}\t${raw}\t${corrects}\n`;
}

/** Can Postgres store the slice as text? Not when it holds a NUL byte or is not UTF-8. */
function isText({ plain, verdict }: JudgedRecord): boolean {
  return (
    plain || !verdict.issues.some(({ ruleId }) => ruleId === 'csv.nul-byte' || ruleId === 'csv.not-utf8')
  );
}

function toHex(binary: string): string {
  let hex = '';
  for (let index = 0; index < binary.length; index += 1) {
    hex += binary.charCodeAt(index).toString(16).padStart(2, '0');
  }
  return hex;
}

/** Opens a COPY into the history inside a transaction; the stream takes lines of `encodeRecord` as bytes. */
export async function copyRecords(tx: TransactionSql): Promise<Writable> {
  const query = tx`copy tb_bat_file_hist (${tx(COPY_COLUMNS)}) from stdin`;
  const stream = await query.writable();
  // The driver lets go of the stream when its end is sent: an error that the server finds only then (a constraint)
  // would leave the writer waiting for ever. It still rejects the query, so the stream is ended from there.
  const settled = query as unknown as { reject: (error: Error) => void };
  const reject = settled.reject;
  settled.reject = (error) => {
    stream.destroy(error);
    reject(error);
  };
  return stream;
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
    select record_no, line_no, byte_offset, byte_length, verdict, record_key, issues, raw, raw_bytes, corrects
    from tb_bat_file_hist as hist
    join tb_bat_file_mst as file using (folder_date, file_id, revision)
    where file.file_id = ${fileId} and file.state = 'published'
      and hist.record_no > ${filter.after}
      ${filter.verdict ? sql`and hist.verdict = ${filter.verdict}` : sql``}
    order by hist.record_no
    limit ${filter.limit}`;
}
