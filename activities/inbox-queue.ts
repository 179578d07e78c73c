/** Letting waiting files through: at most so many ingests open, and the next one as soon as one ends. */
import type { Client } from '@temporalio/client';
import type { FileIngestInput } from '../contracts/file-ingest.ts';
import { formatFolderDate } from '../contracts/folders.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { lookAtQueue, openFiles } from '../db/file-queue.ts';
import type { FileRow } from '../db/files.ts';
import type { Sql } from '../platform/postgres.ts';
import { startLifecycle } from '../platform/temporal.ts';
import type { Alarm } from './alarm.ts';

/** Pause between two looks at the queue while files wait. */
const REFILL_MS = 25;

export type QueueDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly maxOpen: number;
  readonly pollMs: number;
};

/** Starts ingests until the signal is aborted; the alarm wakes it when files have been entered. */
export async function keepStarting(
  { sql, client, maxOpen, pollMs }: QueueDependencies,
  alarm: Alarm,
  signal: AbortSignal,
): Promise<void> {
  /** Workflows that this watch has started or met, by attempt: a file that comes back is started anew. */
  let started = new Set<string>();
  const keyOf = (file: FileRow): string => `${file.file_id}/${file.started_at?.getTime()}`;
  let isFirst = true;
  while (!signal.aborted) {
    const { open: count, isWaiting } = await lookAtQueue(sql);
    if (isFirst || (isWaiting && count < maxOpen)) {
      const open = await openFiles(sql, maxOpen);
      await Promise.all(
        open.filter((file) => !started.has(keyOf(file))).map((file) => startIngest(client, file)),
      );
      started = new Set(open.map(keyOf));
      isFirst = false;
    }
    await alarm.sleep(isWaiting ? REFILL_MS : pollMs, signal);
  }
}

async function startIngest(client: Client, file: FileRow): Promise<void> {
  const folderDate = formatFolderDate(file.folder_date);
  const input: FileIngestInput = {
    fileId: file.file_id,
    fileName: file.file_name,
    sizeBytes: file.size_bytes,
  };
  await startLifecycle(client, 'fileIngest', {
    workflowId: LIFECYCLES.fileIngest.workflowId({ folderDate, sha256Prefix: file.sha256.slice(0, 32) }),
    args: [input],
    // A name may contain line breaks; the summary is one line.
    summary: `${file.file_name.replaceAll(/\s+/g, ' ')}, ${file.size_bytes} bytes`,
    searchAttributes: { folderDate, fileState: file.state },
  });
}
