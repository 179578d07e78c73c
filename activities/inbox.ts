/**
 * Watching the inbox, TAIN_DATA_DIR/<yyyymmdd>/rec. The listing is the truth; what it saw is kept in Postgres, so
 * that a restart neither forgets a file nor takes it twice. The folders belong to the front-end processor: nothing in
 * them is moved, changed or removed. A file or folder that cannot be read holds up no other.
 */
import path from 'node:path';
import { Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { FileIngestInput } from '../contracts/file-ingest.ts';
import { formatFolderDate } from '../contracts/folders.ts';
import type { InboxCycle } from '../contracts/inbox.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { countFilesByState, openFiles, registerFile, type FileRow } from '../db/files.ts';
import { forgetSightings, linkSighting, loadSightings, recordSightings, type Sighting } from '../db/inbox.ts';
import type { Sql } from '../platform/postgres.ts';
import { startLifecycle } from '../platform/temporal.ts';
import { keepBeating } from './heartbeat.ts';
import { hashSettled, isSame, listInbox, type Complain } from './inbox-folders.ts';

export type InboxDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly dataDir: string;
  readonly settleMs: number;
  readonly pollMs: number;
  readonly cycleMs: number;
  readonly maxOpen: number;
};

export type InboxActivities = ReturnType<typeof createInboxActivities>;

export function createInboxActivities(dependencies: InboxDependencies) {
  const { pollMs, cycleMs } = dependencies;
  return {
    /**
     * Watches for `cycleMs` milliseconds: lists, takes settled files, keeps at most `maxOpen` ingests running.
     * Safe to retry: files are entered under their identity and workflows are started under theirs.
     */
    async watchInbox(): Promise<InboxCycle> {
      const context = Context.current();
      const until = Date.now() + cycleMs;
      const watch = await createWatch(dependencies);
      return keepBeating(
        () => watch.progress(),
        async () => {
          for (;;) {
            const cycle = await watch.look();
            if (Date.now() >= until || context.cancellationSignal.aborted) return cycle;
            // A worker that stops wakes us: ending well, not failing, spares the next attempt its backoff.
            await context.sleep(Math.min(pollMs, Math.max(1, until - Date.now()))).catch(() => undefined);
          }
        },
      );
    },
  };
}

/** What one watching activity remembers between two looks. */
async function createWatch({ sql, client, dataDir, settleMs, maxOpen }: InboxDependencies) {
  const sightings = new Map((await loadSightings(sql)).map((sighting) => [sighting.path, sighting]));
  const started = new Set<number>();
  const unreadable = new Set<string>();
  const complained = new Set<string>();
  let taken = 0;
  let progress: object = {};

  const complain: Complain = (place, error) => {
    if (!complained.has(place)) log.warn('inbox.unreadable', { place, error: String(error) });
    unreadable.add(place);
    complained.add(place);
  };

  /** Brings the sightings and their table in line with the folders as they are now. */
  async function updateSightings(): Promise<void> {
    const listed = await listInbox(dataDir, complain);
    const changed = listed.filter((file) => {
      const known = sightings.get(file.path);
      return !known || !isSame(known, file);
    });
    for (const sighting of await recordSightings(sql, changed)) sightings.set(sighting.path, sighting);

    const present = new Set(listed.map((file) => file.path));
    const gone = [...sightings.keys()].filter((seen) => !present.has(seen));
    await forgetSightings(sql, gone);
    for (const seen of gone) sightings.delete(seen);
  }

  async function take(sighting: Sighting): Promise<void> {
    const sha256 = await hashSettled(dataDir, sighting, complain, (bytes) => {
      Context.current().cancellationSignal.throwIfAborted();
      progress = { hashing: sighting.path, bytes };
    });
    if (sha256 === null) return;
    const { fileId, isNew } = await registerFile(sql, {
      folderDate: sighting.folder_date,
      sha256,
      fileName: path.basename(sighting.path),
      path: sighting.path,
      sizeBytes: sighting.size_bytes,
    });
    await linkSighting(sql, sighting.path, fileId);
    sightings.set(sighting.path, { ...sighting, file_id: fileId });
    log.info(isNew ? 'file.taken' : 'file.known', { path: sighting.path, fileId, sha256 });
    if (isNew) taken += 1;
  }

  async function startWaiting(): Promise<void> {
    const open = await openFiles(sql, maxOpen);
    // A file that was closed and came back is started anew.
    for (const fileId of started) if (!open.some((file) => file.file_id === fileId)) started.delete(fileId);
    for (const file of open) {
      if (started.has(file.file_id)) continue;
      await startIngest(client, file);
      started.add(file.file_id);
    }
  }

  return {
    progress: () => progress,
    async look(): Promise<InboxCycle> {
      unreadable.clear();
      await updateSightings();
      for (const sighting of sightings.values()) {
        const stoodStillMs = Date.now() - sighting.first_seen_at.getTime();
        if (sighting.file_id !== null || stoodStillMs < settleMs) continue;
        await take(sighting);
        // Between two files, so that ten thousand new ones do not keep the first from starting.
        await startWaiting();
      }
      await startWaiting();
      const counts = await countFilesByState(sql);
      const cycle = { taken, inFolders: sightings.size, unreadable: unreadable.size, ...counts };
      progress = cycle;
      return cycle;
    },
  };
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
    summary: `${file.file_name}, ${file.size_bytes} bytes`,
    searchAttributes: { folderDate, fileState: 'ingesting' },
  });
}
