/** The steps of file ingest: inspect, store records, publish, refuse. Data flows from disk to Postgres here. */
import path from 'node:path';
import { Context, log } from '@temporalio/activity';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import * as files from '../db/files.ts';
import { RULE_SET_VERSION } from '../domain/cftc/elements.ts';
import { countRecords } from '../domain/csv/count.ts';
import { findRowDisagreement } from '../domain/inbox/done-marker.ts';
import { findHeader } from '../domain/swaps/read-file.ts';
import { readBinaryChunks, withFile } from '../platform/file-blocks.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { copyFile, type CopyProgress } from './file-copy.ts';
import { keepBeating } from './heartbeat.ts';

export type FileIngestDependencies = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly chunkBytes: number;
};

export type FileIngestActivities = ReturnType<typeof createFileIngestActivities>;

export function createFileIngestActivities({ sql, dataDir, chunkBytes }: FileIngestDependencies) {
  const find = async (fileId: number): Promise<files.FileRow> => {
    const file = await files.findFile(sql, fileId);
    if (!file) throw new TainError('file.not-found', { file: fileId });
    return file;
  };

  return withFailures({
    /** Recognises the format from the header. Safe to retry: it reads, and writes the same finding again. */
    async inspectFile(fileId: number): Promise<{ format: string }> {
      const file = await find(fileId);
      const header = await withFile(path.join(dataDir, file.path), file.size_bytes, (handle) =>
        findHeader(readBinaryChunks(handle)),
      );
      if ('code' in header) throw new TainError(header.code, { file: file.file_name, ...header.params });
      await checkRows(file, path.join(dataDir, file.path));
      const headerRaw = Buffer.from(header.slice, 'latin1');
      await files.recordInspection(sql, fileId, {
        format: header.layout.format,
        ruleSetVersion: RULE_SET_VERSION,
        contentBytes: file.size_bytes,
        contentSha256: file.sha256,
        headerRaw,
        headerLines: header.slice.split('\n').length - (header.slice.endsWith('\n') ? 1 : 0),
        unknownColumns: header.layout.unknownColumns,
      });
      return { format: header.layout.format };
    },

    /**
     * Splits, judges and stores the records, a chunk per transaction. Safe to retry: an attempt goes on from the
     * checkpoint, and only the newest attempt can move it.
     */
    async ingestRecords(fileId: number): Promise<RecordCounts> {
      const context = Context.current();
      const file = await files.claimFile(sql, fileId);
      if (!file) return finishedCounts(await find(fileId));
      log.info('file.ingest', { fileId, epoch: file.epoch, fromByte: file.next_offset });
      let progress: CopyProgress | null = null;
      return keepBeating(
        () => progress,
        () =>
          copyFile({
            sql,
            file,
            location: path.join(dataDir, file.path),
            chunkBytes,
            signal: context.cancellationSignal,
            onProgress: (reached) => context.heartbeat((progress = reached)),
          }),
      );
    },

    /** Makes the records visible once the counts are proven. Safe to retry: publishing again changes nothing. */
    async publishFile(fileId: number): Promise<void> {
      const published = await files.publishFile(sql, fileId);
      if (published) return;
      const file = await find(fileId);
      throw new TainError('file.counts-disagree', {
        file: file.file_name,
        read: file.read_count,
        accepted: file.accepted_count,
        rejected: file.rejected_count,
        bytes: file.next_offset,
        ofBytes: file.size_bytes,
      });
    },

    /** Ends a file that cannot be read or is not what its sender states. Safe to retry: it stays as it is. */
    async refuseFile(fileId: number, problem: ErrorFacts): Promise<void> {
      await files.refuseFile(sql, fileId, problem);
    },
  });
}

/** Counts the records when the sender has stated how many there are: whole-file errors come before row 1. */
async function checkRows(file: files.FileRow, location: string): Promise<void> {
  if (file.expected_rows === null) return;
  const rows = await withFile(location, file.size_bytes, (handle) => countRecords(readBinaryChunks(handle)));
  const problem = findRowDisagreement(file.file_name, file.expected_rows, rows);
  if (problem) throw new TainError(problem.code, problem.params);
}

/** Counts of a file that is published already; of any other state there is nothing to ingest. */
function finishedCounts(file: files.FileRow): RecordCounts {
  if (file.state !== 'published')
    throw new TainError('ingest.closed', { file: file.file_name, state: file.state });
  return { read: file.read_count, accepted: file.accepted_count, rejected: file.rejected_count };
}
