/** Queries on tb_bat_file_mst: one row per received file, with its state, checkpoint and counts. */
import type { Sql, TransactionSql } from 'postgres';
import { BY_FILE_INGEST, BY_INBOX, type Actor } from '../contracts/audit.ts';
import { endStateOf, type ErrorCode, type ErrorFacts, type ErrorParams } from '../contracts/errors.ts';
import type { Compression, FileInspection } from '../contracts/file-ingest.ts';
import { parseFileId } from '../contracts/lifecycles.ts';
import { auditFile, publishedFigures } from './file-audit.ts';
import { ensurePartition } from './partitions.ts';

export type FileState = 'waiting' | 'ingesting' | 'published' | 'refused' | 'held';

export type FileRow = {
  readonly file_id: number;
  /** "2026-11-21" */
  readonly folder_date: string;
  readonly sha256: string;
  readonly file_name: string;
  readonly path: string;
  readonly size_bytes: number;
  readonly compression: Compression;
  /** Size and hash of what the file contains, behind its compression; null before inspection. */
  readonly content_bytes: number | null;
  readonly content_sha256: string | null;
  /** Number of records promised by the sender. */
  readonly expected_rows: number | null;
  readonly state: FileState;
  readonly format: string | null;
  readonly rule_set_version: string | null;
  /** Registers that its records are judged with. */
  readonly register_version: string | null;
  readonly revision: number;
  readonly header_raw: Buffer | null;
  readonly unknown_columns: string[];
  readonly epoch: number;
  readonly next_offset: number;
  readonly next_line: number;
  readonly read_count: number;
  readonly accepted_count: number;
  readonly rejected_count: number;
  /** Last record that was applied or passed over; null before the file is let through to the ledger. */
  readonly applied_no: number | null;
  readonly applied_at: Date | null;
  /** Accepted records that name neither a swap nor a portfolio. */
  readonly unplaced_count: number;
  readonly problem_code: string | null;
  readonly problem_params: ErrorParams | null;
  readonly received_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
};

/** The stored header slice, one character per byte; empty before inspection. */
export const headerOf = ({ header_raw: raw }: FileRow): string => raw?.toString('latin1') ?? '';

export type ArrivedFile = {
  readonly folderDate: string;
  readonly sha256: string;
  readonly fileName: string;
  /** Relative to the data directory. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Number of records that the sender stated. */
  readonly expectedRows?: number | null;
  /** Why it is held instead of waiting. */
  readonly problem?: ErrorFacts | null;
  /** The marker it was judged by, kept with its sighting. */
  readonly marker?: string | null;
};

export type Registered = { readonly fileId: number; readonly isNew: boolean; readonly state: FileState };

/** A file that had been refused only because it could not be read may be tried again when it is seen again. */
export const RETRIED_WHEN_SEEN: readonly ErrorCode[] = ['file.vanished', 'file.changed', 'file.unreadable'];

/**
 * Enters an arrived file, or finds it by its identity (folder date, sha-256). Makes its partition.
 * @param by who brought it
 */
export async function registerFile(sql: Sql, file: ArrivedFile, by?: Actor): Promise<Registered> {
  const [registered] = await registerFiles(sql, [file], by);
  return registered!;
}

/**
 * Enters arrived files, all or none, and says so in their sightings. A known file that waits, is held, or could not
 * be read is judged anew by what is said of it now; any other stays what it is.
 * @returns in the order of `arrived`
 */
export async function registerFiles(
  sql: Sql,
  arrived: readonly ArrivedFile[],
  by: Actor = BY_INBOX,
): Promise<Registered[]> {
  if (arrived.length === 0) return [];
  return sql.begin(async (tx) => {
    for (const folderDate of new Set(arrived.map((file) => file.folderDate)))
      await ensurePartition(tx, folderDate);
    // Sent one behind the other without waiting for answers: a batch costs a round trip, not one per file.
    return Promise.all(arrived.map((file) => enterFile(tx, file, by)));
  });
}

async function enterFile(tx: TransactionSql, file: ArrivedFile, by: Actor): Promise<Registered> {
  const { problem = null, expectedRows = null } = file;
  const params = problem && tx.json(problem.params);
  const state: FileState = problem ? 'held' : 'waiting';
  const [before] = await tx<FileRow[]>`
    select * from tb_bat_file_mst
    where folder_date = ${file.folderDate} and sha256 = ${file.sha256} for update`;
  const [row] = await tx<Registered[]>`
    with entered as (
      insert into tb_bat_file_mst as known
        (folder_date, sha256, file_name, path, size_bytes, expected_rows, state, problem_code, problem_params, finished_at)
      values (${file.folderDate}, ${file.sha256}, ${file.fileName}, ${file.path}, ${file.sizeBytes}, ${expectedRows},
              ${state}, ${problem?.code ?? null}, ${params}, case when ${problem !== null} then now() end)
      on conflict on constraint tb_bat_file_mst_identity do update set
        path = excluded.path,
        -- Only where it starts over: what was begun or published is not touched.
        (expected_rows, state, problem_code, problem_params, started_at, finished_at) = (
          select fresh.expected_rows, fresh.state, fresh.problem_code, fresh.problem_params, fresh.started_at, fresh.finished_at
          from (values
            (true, excluded.expected_rows, excluded.state, excluded.problem_code, excluded.problem_params,
             null::timestamptz, excluded.finished_at),
            (false, known.expected_rows, known.state, known.problem_code, known.problem_params,
             known.started_at, known.finished_at)
          ) as fresh (starts_over, expected_rows, state, problem_code, problem_params, started_at, finished_at)
          where fresh.starts_over =
            (known.state in ('waiting', 'held') or coalesce(known.problem_code = any(${RETRIED_WHEN_SEEN as string[]}), false)))
      returning file_id, state, (xmax = 0) as is_new
    ), linked as (
      update inbox_sighting set file_id = entered.file_id, marker = ${file.marker ?? null}
      from entered where path = ${file.path}
    )
    select file_id as "fileId", state, is_new as "isNew" from entered`;
  await auditEntry(tx, by, { file, before, now: row! });
  return row!;
}

async function auditEntry(
  tx: TransactionSql,
  by: Actor,
  {
    file,
    before,
    now,
  }: { readonly file: ArrivedFile; readonly before: FileRow | undefined; readonly now: Registered },
): Promise<void> {
  const identity = { folder_date: file.folderDate, sha256: file.sha256 };
  const reason = file.problem ? { reason: file.problem.code } : {};
  if (now.isNew) {
    const after = { state: now.state, name: file.fileName, sizeBytes: file.sizeBytes, sha256: file.sha256 };
    await auditFile(tx, by, 'file.entered', identity, { after, ...reason });
  } else if (
    before &&
    (before.state !== now.state ||
      (now.state === 'held' && before.problem_code !== (file.problem?.code ?? null)))
  ) {
    await auditFile(tx, by, now.state === 'held' ? 'file.held' : 'file.reopened', identity, {
      before: { state: before.state, problem: before.problem_code },
      after: { state: now.state },
      ...reason,
    });
  }
}

/**
 * Which of these files are still open to a word of their sender: they wait or are held.
 */
export async function findUndecided(sql: Sql, fileIds: readonly number[]): Promise<Set<number>> {
  const rows = await sql<{ file_id: number }[]>`
    select file_id from tb_bat_file_mst
    where file_id = any(${fileIds as number[]}::bigint[]) and state in ('waiting', 'held')`;
  return new Set(rows.map((row) => row.file_id));
}

export async function countFilesByState(sql: Sql): Promise<Record<FileState, number>> {
  const rows = await sql<{ state: FileState; files: number }[]>`
    select state, count(*) as files from tb_bat_file_mst group by state`;
  const counts = { waiting: 0, ingesting: 0, published: 0, refused: 0, held: 0 };
  for (const row of rows) counts[row.state] = row.files;
  return counts;
}

export async function findFile(sql: Sql, fileId: number): Promise<FileRow | null> {
  const [row] = await sql<FileRow[]>`select * from tb_bat_file_mst where file_id = ${fileId}`;
  return row ?? null;
}

/** Finds a file by its public name: folder date as yyyymmdd and the first 32 digits of its sha-256. */
export async function findFileByRef(
  sql: Sql,
  folderDate: string,
  sha256Prefix: string,
): Promise<FileRow | null> {
  const [row] = await sql<FileRow[]>`
    select * from tb_bat_file_mst
    where folder_date = to_date(${folderDate}, 'YYYYMMDD') and starts_with(sha256, ${sha256Prefix})`;
  return row ?? null;
}

/**
 * Finds files by what a person calls them.
 * @param name a file id or the file's name
 * @param place its path below the data directory
 */
export async function findFilesNamed(sql: Sql, name: string, place: string): Promise<FileRow[]> {
  const ref = parseFileId(name);
  if (ref) {
    const file = await findFileByRef(sql, ref.folderDate, ref.sha256Prefix);
    return file ? [file] : [];
  }
  return sql<FileRow[]>`
    select * from tb_bat_file_mst where file_name = ${name} or path = ${place} order by file_id`;
}

export type FileFilter = {
  readonly state?: FileState | undefined;
  readonly folderDate?: string | undefined;
  /** Part of the name, in any case. */
  readonly name?: string | undefined;
  readonly format?: string | undefined;
  readonly problemCode?: string | undefined;
  /** Only files entered before this one: the page that follows it. */
  readonly before?: number | undefined;
  readonly limit: number;
};

/** Newest files first. */
export async function listFiles(sql: Sql, filter: FileFilter): Promise<FileRow[]> {
  return sql<FileRow[]>`
    select * from tb_bat_file_mst
    where true
      ${filter.state ? sql`and state = ${filter.state}` : sql``}
      ${filter.folderDate ? sql`and folder_date = ${filter.folderDate}` : sql``}
      ${filter.name ? sql`and strpos(lower(file_name), lower(${filter.name})) > 0` : sql``}
      ${filter.format ? sql`and format = ${filter.format}` : sql``}
      ${filter.problemCode ? sql`and problem_code = ${filter.problemCode}` : sql``}
      ${filter.before ? sql`and file_id < ${filter.before}` : sql``}
    order by file_id desc
    limit ${filter.limit}`;
}

/**
 * Keeps what the inspection found. A file that has a checkpoint already keeps its place, and the registers that its
 * first records were judged with.
 * @param registerVersion the registers in use
 */
export async function recordInspection(
  sql: Sql,
  fileId: number,
  found: FileInspection,
  registerVersion: string | null = null,
): Promise<void> {
  await sql`
    update tb_bat_file_mst set
      format = ${found.format},
      rule_set_version = ${found.ruleSetVersion},
      register_version = case when read_count = 0 then ${registerVersion} else register_version end,
      compression = ${found.compression},
      content_bytes = ${found.contentBytes},
      content_sha256 = ${found.contentSha256},
      header_raw = ${found.headerRaw},
      unknown_columns = ${found.unknownColumns as string[]},
      next_offset = case when read_count = 0 then ${found.headerRaw.length} else next_offset end,
      next_line = case when read_count = 0 then ${found.nextLine} else next_line end
    where file_id = ${fileId} and state = 'ingesting'`;
}

/** Makes the caller the only attempt that may write this file's records: older epochs fail at their next chunk. */
export async function claimFile(sql: Sql, fileId: number): Promise<FileRow | null> {
  const [row] = await sql<FileRow[]>`
    update tb_bat_file_mst set epoch = epoch + 1
    where file_id = ${fileId} and state = 'ingesting' and format is not null
    returning *`;
  return row ?? null;
}

export type Checkpoint = {
  readonly offset: number;
  readonly line: number;
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
};

/**
 * Moves the checkpoint of a file in the transaction of the chunk's rows.
 * @returns false when another attempt owns the file or the place is not the expected one: abort the transaction
 */
export async function advanceCheckpoint(
  tx: TransactionSql,
  file: { readonly fileId: number; readonly epoch: number },
  from: Checkpoint,
  to: Checkpoint,
): Promise<boolean> {
  const updated = await tx`
    update tb_bat_file_mst set
      next_offset = ${to.offset}, next_line = ${to.line},
      read_count = ${to.read}, accepted_count = ${to.accepted}, rejected_count = ${to.rejected}
    where file_id = ${file.fileId} and epoch = ${file.epoch} and state = 'ingesting'
      and next_offset = ${from.offset} and read_count = ${from.read}`;
  return updated.count === 1;
}

/**
 * Makes the records of a file visible, if and only if everything adds up: every byte read, as many rows stored as
 * records read, their slices tiling the content, read = accepted + rejected.
 * @returns the published row, or null when it does not add up
 */
export async function publishFile(sql: Sql, fileId: number): Promise<FileRow | null> {
  return sql.begin(async (tx) => {
    const [before] = await tx<
      FileRow[]
    >`select * from tb_bat_file_mst where file_id = ${fileId} for no key update`;
    const [row] = await tx<FileRow[]>`
      update tb_bat_file_mst as file set
        state = 'published', finished_at = coalesce(finished_at, now()),
        -- In the same moment, so that it stays open.
        applied_no = coalesce(applied_no, case when format = 'submission' then 0 end)
      from (
        select count(*) as stored, count(*) filter (where verdict = 'accepted') as accepted,
               coalesce(max(record_no), 0) as last, coalesce(sum(byte_length), 0) as bytes,
               -- Where every slice ends another begins: all cancel out but the first beginning and the last end.
               coalesce(sum(hashint8(byte_offset)) - sum(hashint8(byte_offset + byte_length)), 0) as ends
        from tb_bat_file_hist as hist
        join tb_bat_file_mst as f using (folder_date, file_id, revision)
        where f.file_id = ${fileId}
      ) as stored
      where file.file_id = ${fileId} and file.state in ('ingesting', 'published')
        and stored.stored = file.read_count
        and stored.accepted = file.accepted_count
        and stored.last = file.read_count
        and file.read_count = file.accepted_count + file.rejected_count
        and file.next_offset = file.content_bytes
        and length(file.header_raw) + stored.bytes = file.content_bytes
        and stored.ends = hashint8(length(file.header_raw))::bigint - hashint8(file.content_bytes)
      returning file.*`;
    if (!row) return null;
    if (before!.state !== row.state) {
      const after = { state: row.state, ...publishedFigures(row) };
      await auditFile(tx, BY_FILE_INGEST, 'file.published', row, { before: { state: before!.state }, after });
    }
    return row;
  });
}

/** Removes what is stored of a file that is not published. */
export async function removeRecords(tx: TransactionSql, file: FileRow): Promise<void> {
  await tx`
    delete from tb_bat_file_hist
    where folder_date = ${file.folder_date} and file_id = ${file.file_id} and revision = ${file.revision}`;
}

/**
 * Ends a file that cannot be read, or holds it when its sender can put it right. Its reason is kept; records stored so far are removed, none of them was visible,
 * and attempts that are still at work are shut out.
 */
export async function refuseFile(sql: Sql, fileId: number, problem: ErrorFacts): Promise<void> {
  await sql.begin(async (tx) => {
    const [before] = await tx<FileRow[]>`select * from tb_bat_file_mst where file_id = ${fileId} for update`;
    const [file] = await tx<FileRow[]>`
      update tb_bat_file_mst set
        state = ${endStateOf(problem.code)}, problem_code = ${problem.code}, problem_params = ${sql.json(problem.params)}, finished_at = now(),
        epoch = epoch + 1, next_offset = 0, next_line = 1, read_count = 0, accepted_count = 0, rejected_count = 0
      where file_id = ${fileId} and state in ('waiting', 'ingesting')
      returning *`;
    if (!file) return;
    await removeRecords(tx, file);
    await auditFile(tx, BY_FILE_INGEST, file.state === 'held' ? 'file.held' : 'file.refused', file, {
      before: { state: before!.state },
      after: { state: file.state, problem: problem.code, params: problem.params },
      reason: problem.code,
    });
  });
}
