/** The accepted records of a published file as events, and how far the ledger is with them. */
import type { Sql, TransactionSql } from 'postgres';
import type { ErrorFacts } from '../contracts/errors.ts';
import type { LedgerCounts } from '../contracts/file-ingest.ts';
import { encodeUtf8 } from '../domain/csv/decode.ts';
import {
  readSourcedEvent,
  sourceName,
  type EventSource,
  type SourcedEvent,
} from '../domain/swaps/event-source.ts';
import { readRecordValues, readStoredHeader } from '../domain/swaps/values.ts';
import { fileIdOf } from './file-audit.ts';
import { headerOf, type FileRow } from './files.ts';
import { countOutcomes } from './ledger-outcomes.ts';
import { hashText } from './ledger-subjects.ts';
import type { RecordRow } from './records.ts';

/** What is held at a time, of rows and of bytes; a slice has at least one record. */
const SLICE_ROWS = 4000;
const SLICE_BYTES = 4 * 1024 * 1024;

/** A run of records of a file. */
export type EventSlice = {
  readonly events: readonly SourcedEvent[];
  /** Accepted records that name neither a swap nor a portfolio. */
  readonly unplaced: number;
  /** Number of its last record, rejected ones included; that of the file in its last slice. */
  readonly reached: number;
};

/** A file as a source of the ledger. */
export const sourceOf = (
  file: Pick<FileRow, 'folder_date' | 'sha256' | 'file_id' | 'revision'>,
): EventSource => ({
  kind: 'file',
  name: fileIdOf(file),
  fileId: file.file_id,
  revision: file.revision,
});

/**
 * Reads the accepted records of a published file as events, in file order and in slices of bounded size. While one is
 * used, the next is read.
 * @param after number of the record to begin behind
 */
export async function* readEventSlices(
  sql: Sql | TransactionSql,
  file: FileRow,
  after: number,
  sliceRows = SLICE_ROWS,
): AsyncGenerator<EventSlice> {
  const layout = readStoredHeader(headerOf(file));
  const source = sourceOf(file);
  let next = readAccepted(sql, file, after, sliceRows);
  let reached = after;
  try {
    for (;;) {
      const records = await next;
      if (records.length === 0) break;
      reached = records.at(-1)!.record_no;
      next = readAccepted(sql, file, reached, sliceRows);
      // Looked at when it is its turn.
      next.catch(() => undefined);
      const events: SourcedEvent[] = [];
      for (const { record_no: position, raw, raw_bytes: bytes } of records) {
        const slice = raw === null ? (bytes?.toString('latin1') ?? '') : encodeUtf8(raw);
        const values = readRecordValues(slice, layout);
        const event = values && readSourcedEvent(values, { source, position, hash: hashText });
        if (event) events.push(event);
      }
      yield { events, unplaced: records.length - events.length, reached };
    }
    if (reached < file.read_count) yield { events: [], unplaced: 0, reached: file.read_count };
  } finally {
    await next.catch(() => undefined);
  }
}

type Accepted = Pick<RecordRow, 'record_no' | 'raw' | 'raw_bytes'>;

async function readAccepted(
  sql: Sql | TransactionSql,
  file: Pick<FileRow, 'folder_date' | 'file_id' | 'revision'>,
  after: number,
  limit: number,
): Promise<Accepted[]> {
  return sql<Accepted[]>`
    select record_no, raw, raw_bytes
    from (
      select record_no, raw, raw_bytes,
        sum(byte_length) over (order by record_no rows between unbounded preceding and 1 preceding) as bytes_before
      from tb_bat_file_hist
      where folder_date = ${file.folder_date} and file_id = ${file.file_id} and revision = ${file.revision}
        and verdict = 'accepted' and record_no > ${after}
      order by record_no
      limit ${limit}
    ) as page
    where coalesce(bytes_before, 0) < ${SLICE_BYTES}
    order by record_no`;
}

/**
 * Makes the caller the only attempt that may move the file's place in the ledger.
 * @returns null when the file is not published, is done, or tells of nobody's own swaps
 */
export async function claimForApplying(sql: Sql, fileId: number): Promise<FileRow | null> {
  return sql.begin(async (tx) => {
    const [row] = await tx<FileRow[]>`
      update tb_bat_file_mst set epoch = epoch + 1, applied_no = coalesce(applied_no, 0)
      where file_id = ${fileId} and state = 'published' and format = 'submission' and applied_at is null
      returning *`;
    if (!row) return null;
    // The same bytes were removed once, and came again: the source is that of the file as it is now.
    const name = sourceName(sourceOf(row));
    await tx`update ledger_source set file_id = ${fileId} where name = ${name} and file_id <> ${fileId}`;
    return row;
  });
}

/**
 * Moves a file's place in the ledger behind a slice that was applied.
 * @returns false when another attempt owns the file, the place is not the expected one, or the file is gone
 */
export async function advanceApplied(
  sql: Sql,
  { file_id: fileId, epoch }: FileRow,
  from: number,
  { reached, unplaced }: EventSlice,
): Promise<boolean> {
  const updated = await sql`
    update tb_bat_file_mst set applied_no = ${reached}, unplaced_count = unplaced_count + ${unplaced}
    where file_id = ${fileId} and epoch = ${epoch} and applied_no = ${from} and applied_at is null`;
  return updated.count === 1;
}

/** Notes that all records of a file are in the ledger. */
export async function finishApplying(sql: Sql, { file_id: fileId, epoch }: FileRow): Promise<boolean> {
  const updated = await sql`
    update tb_bat_file_mst set applied_at = now(), problem_code = null, problem_params = null
    where file_id = ${fileId} and epoch = ${epoch} and applied_no = read_count`;
  return updated.count === 1;
}

/** Keeps why a file cannot reach the ledger where people see it; it stays published and open. */
export async function noteDisagreement(
  sql: Sql,
  { file_id: fileId, epoch }: FileRow,
  { code, params }: ErrorFacts,
): Promise<void> {
  await sql`
    update tb_bat_file_mst set problem_code = ${code}, problem_params = ${sql.json(params)}
    where file_id = ${fileId} and epoch = ${epoch} and state = 'published' and applied_at is null`;
}

/** What became of the accepted records of a file by now: later events change it, but not the sum. */
export async function countFileOutcomes(sql: Sql | TransactionSql, file: FileRow): Promise<LedgerCounts> {
  const { applied, duplicate, conflict, pending, violated } = await countOutcomes(sql, sourceOf(file));
  return { applied, duplicate, conflict, pending, violated, unplaced: file.unplaced_count };
}
