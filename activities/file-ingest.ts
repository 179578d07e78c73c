/** The steps of file ingest: inspect, store, publish, link, apply, or refuse. Data flows from disk to Postgres here. */
import path from 'node:path';
import { Context, log } from '@temporalio/activity';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import type { FileIngestInspection, LedgerCounts, RecordCounts } from '../contracts/file-ingest.ts';
import { linkCorrections } from '../db/corrections.ts';
import { claimForApplying, countFileOutcomes } from '../db/file-events.ts';
import * as files from '../db/files.ts';
import { turnToOtherName } from '../db/inbox.ts';
import { removeFileEvents } from '../db/ledger-removal.ts';
import { mayCorrect } from '../domain/swaps/header.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { findRowDisagreement } from '../domain/inbox/done-marker.ts';
import { withFile } from '../platform/file-blocks.ts';
import { inspectContent } from '../platform/file-inspection.ts';
import { UNPACED, type Pace } from '../platform/pace.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { applyFile, type ApplyProgress } from './file-apply.ts';
import type { AtOnceFactory } from './at-once.ts';
import { copyFile, type CopyProgress } from './file-copy.ts';
import { keepBeating } from './heartbeat.ts';
import { createRegisterShelf } from './registers.ts';

export type FileIngestDependencies = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly chunkBytes: number;
  readonly contentMaxBytes: number;
  /** Folder of the registers; absent: the built-in ones. */
  readonly registerDir?: string | undefined;
  /** Of what is written for files; absent: as fast as it goes. */
  readonly pace?: Pace;
  /** What leaves at once; absent: nothing does. */
  readonly atOnce?: AtOnceFactory | undefined;
};

export type FileIngestActivities = ReturnType<typeof createFileIngestActivities>;

export function createFileIngestActivities({
  sql,
  dataDir,
  chunkBytes,
  contentMaxBytes,
  registerDir,
  pace = UNPACED,
  atOnce,
}: FileIngestDependencies) {
  const shelf = createRegisterShelf(sql, registerDir);
  const find = async (fileId: number): Promise<files.FileRow> => {
    const file = await files.findFile(sql, fileId);
    if (!file) throw new TainError('file.not-found', { file: fileId });
    return file;
  };

  /** A file that was taken out while it was applied leaves nothing behind. */
  const findOrRemove = async (fileId: number): Promise<files.FileRow> => {
    const file = await files.findFile(sql, fileId);
    if (!file) await removeFileEvents(sql, fileId);
    return file ?? find(fileId);
  };

  const finishedOutcomes = async (file: files.FileRow): Promise<LedgerCounts> => {
    if (file.applied_at === null)
      throw new TainError('ingest.closed', { file: file.file_name, state: file.state });
    return countFileOutcomes(sql, file);
  };

  const inspect = async (file: files.FileRow): Promise<FileIngestInspection> => {
    const context = Context.current();
    const received = {
      name: file.file_name,
      sizeBytes: file.size_bytes,
      sha256: file.sha256,
      countRecords: file.expected_rows !== null,
    };
    let progress: object = {};
    const onBlock = (bytes: number): void => {
      context.cancellationSignal.throwIfAborted();
      progress = { inspected: bytes };
    };
    const inspection = await keepBeating(
      () => progress,
      () =>
        withFile(path.join(dataDir, file.path), file.size_bytes, (handle) =>
          inspectContent(handle, received, { contentMaxBytes, onBlock }),
        ),
    );
    checkRows(file, inspection.records);
    // Reading a large list for the first time takes longer than a heartbeat may fail to come.
    const { version } = await keepBeating(() => progress, shelf.current);
    await files.recordInspection(sql, file.file_id, inspection, version);
    return { format: inspection.format, mayCorrect: inspection.mayCorrect };
  };

  /** Takes a step of a file that cannot be read where it lay again, under another of its names, while one is known. */
  const underAnyName = async <Result>(
    fileId: number,
    step: (file: files.FileRow) => Promise<Result>,
  ): Promise<Result> => {
    for (;;) {
      const file = await find(fileId);
      try {
        return await step(file);
      } catch (error) {
        const isLost = error instanceof TainError && files.RETRIED_WHEN_SEEN.includes(error.code);
        if (!isLost || !(await turnToOtherName(sql, fileId, file.path))) throw error;
        log.warn('file.other-name', { fileId, lost: file.path, code: error.code });
      }
    }
  };

  return withFailures({
    /**
     * Looks at the whole file, unless it is published already. Safe to retry: it reads, and writes the same finding
     * again.
     */
    async inspectFile(fileId: number): Promise<FileIngestInspection> {
      return underAnyName(fileId, async (file) =>
        file.state === 'published' ? inspectStored(file) : inspect(file),
      );
    },

    /**
     * Splits, judges and stores the records, a chunk per transaction. Safe to retry: an attempt goes on from the
     * checkpoint, and only the newest attempt can move it.
     */
    async ingestRecords(fileId: number): Promise<RecordCounts> {
      const context = Context.current();
      return underAnyName(fileId, async (found) => {
        // It began anew under another name, in this attempt or in one that was cut off.
        if (found.state === 'ingesting' && found.format === null) await inspect(found);
        const file = await files.claimFile(sql, fileId);
        if (!file) return finishedCounts(await find(fileId));
        log.info('file.ingest', { fileId, epoch: file.epoch, fromByte: file.next_offset });
        let progress: CopyProgress | null = null;
        return keepBeating(
          () => progress,
          async () =>
            copyFile({
              sql,
              registers: await shelf.ofVersion(file.register_version),
              file,
              location: path.join(dataDir, file.path),
              chunkBytes,
              pace,
              signal: context.cancellationSignal,
              onProgress: (reached) => context.heartbeat((progress = reached)),
            }),
        );
      });
    },

    /** Makes the records visible once the counts are proven. Safe to retry: publishing again changes nothing. */
    async publishFile(fileId: number): Promise<void> {
      const published = await keepBeating(noDetails, () => files.publishFile(sql, fileId));
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

    /**
     * Links corrected records to the rejected ones that they name; intake itself never looks at other records. Safe to
     * retry: it is one transaction, and a record is linked once.
     */
    async linkCorrections(fileId: number): Promise<void> {
      const records = await keepBeating(noDetails, () => linkCorrections(sql, fileId));
      log.info('file.corrections', { fileId, records });
    },

    /**
     * Applies the accepted records to the ledger. Safe to retry: an event is known by its place, and an attempt goes on
     * from where the file stands; only the newest one can move that.
     */
    async applyRecords(fileId: number): Promise<LedgerCounts> {
      const context = Context.current();
      let progress: ApplyProgress | null = null;
      return keepBeating(
        () => progress,
        async () => {
          const file = await claimForApplying(sql, fileId);
          if (!file) return finishedOutcomes(await findOrRemove(fileId));
          log.info('file.apply', { fileId, epoch: file.epoch, fromRecord: file.applied_no });
          return applyFile({
            sql,
            file,
            pace,
            // What repositories publish has left already, and not from here.
            onApplied: file.format === 'submission' ? atOnce?.(await shelf.current()) : undefined,
            signal: context.cancellationSignal,
            onProgress: (reached) => context.heartbeat((progress = reached)),
          });
        },
      );
    },

    /** Ends a file that cannot be read or is not what its sender states. Safe to retry: it stays as it is. */
    async refuseFile(fileId: number, problem: ErrorFacts): Promise<void> {
      await keepBeating(noDetails, () => files.refuseFile(sql, fileId, problem));
    },
  });
}

const noDetails = (): undefined => undefined;

/** What inspection found of a file whose records are stored: it may have left its folder. */
function inspectStored(file: files.FileRow): FileIngestInspection {
  const layout = readStoredHeader(files.headerOf(file));
  return { format: layout.format, mayCorrect: mayCorrect(layout) };
}

/** Compares the number of records with the one that the sender stated, if he did. */
function checkRows(file: files.FileRow, records: number | null): void {
  if (file.expected_rows === null || records === null) return;
  const problem = findRowDisagreement(file.file_name, file.expected_rows, records);
  if (problem) throw new TainError(problem.code, problem.params);
}

/** Counts of a file that is published already; of any other state there is nothing to ingest. */
function finishedCounts(file: files.FileRow): RecordCounts {
  if (file.state !== 'published')
    throw new TainError('ingest.closed', { file: file.file_name, state: file.state });
  return { read: file.read_count, accepted: file.accepted_count, rejected: file.rejected_count };
}
