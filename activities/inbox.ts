/**
 * Watching the inbox, TAIN_DATA_DIR/<yyyymmdd>/rec. The listing is the truth; what it saw is kept in Postgres, so
 * that a restart neither forgets a file nor takes it twice. The folders belong to the front-end processor: nothing in
 * them is moved, changed or removed.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { FileIngestInput } from '../contracts/file-ingest.ts';
import { formatFolderDate, inboxFolder, parseFolderDate } from '../contracts/folders.ts';
import type { InboxCycle } from '../contracts/inbox.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { countFilesByState, openFiles, registerFile, type FileRow } from '../db/files.ts';
import {
  forgetSightings,
  linkSighting,
  loadSightings,
  recordSightings,
  type SeenFile,
  type Sighting,
} from '../db/inbox.ts';
import type { Sql } from '../platform/postgres.ts';
import { startLifecycle } from '../platform/temporal.ts';

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

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Names that are still being written, or that are none of ours. */
const isIgnored = (name: string): boolean =>
  name.startsWith('.') || name.endsWith('.part') || name.endsWith('.tmp');

export function createInboxActivities({
  sql,
  client,
  dataDir,
  settleMs,
  pollMs,
  cycleMs,
  maxOpen,
}: InboxDependencies) {
  return {
    /**
     * Watches for `cycleMs` milliseconds: lists, takes settled files, keeps at most `maxOpen` ingests running.
     * Safe to retry: files are entered under their identity and workflows are started under theirs.
     */
    async watchInbox(): Promise<InboxCycle> {
      const context = Context.current();
      const until = Date.now() + cycleMs;
      const sightings = new Map((await loadSightings(sql)).map((sighting) => [sighting.path, sighting]));
      let taken = 0;
      for (;;) {
        await updateSightings(sql, dataDir, sightings);
        taken += await takeSettled(sightings);
        for (const file of await openFiles(sql, maxOpen)) await startIngest(client, file);

        const counts = await countFilesByState(sql);
        const cycle = { taken, inFolders: sightings.size, ...counts };
        context.heartbeat(cycle);
        if (Date.now() >= until) return cycle;
        await context.sleep(Math.min(pollMs, Math.max(1, until - Date.now())));
      }
    },
  };

  async function takeSettled(sightings: Map<string, Sighting>): Promise<number> {
    let taken = 0;
    for (const sighting of sightings.values()) {
      const stoodStillMs = Date.now() - sighting.first_seen_at.getTime();
      if (sighting.file_id !== null || stoodStillMs < settleMs) continue;
      const sha256 = await hashSettled(path.join(dataDir, sighting.path), sighting);
      if (sha256 === null) continue;
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
      Context.current().heartbeat({ taken, path: sighting.path });
    }
    return taken;
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
    summary: `${file.file_name}, ${file.size_bytes} bytes`,
    searchAttributes: { folderDate, fileState: 'ingesting' },
  });
}

/** Brings `sightings` and its table in line with the folders as they are now. */
async function updateSightings(sql: Sql, dataDir: string, sightings: Map<string, Sighting>): Promise<void> {
  const listed = await listInbox(dataDir);
  const changed = listed.filter((file) => {
    const known = sightings.get(file.path);
    return !known || known.size_bytes !== file.sizeBytes || known.mtime_ms !== file.mtimeMs;
  });
  for (const sighting of await recordSightings(sql, changed)) sightings.set(sighting.path, sighting);

  const present = new Set(listed.map((file) => file.path));
  const gone = [...sightings.keys()].filter((seen) => !present.has(seen));
  await forgetSightings(sql, gone);
  for (const seen of gone) sightings.delete(seen);
}

/** Every file in every <yyyymmdd>/rec, whatever its date: late files are found too. */
async function listInbox(dataDir: string): Promise<SeenFile[]> {
  const folders = await readdir(dataDir).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const seen: SeenFile[] = [];
  for (const folder of folders.sort()) {
    const folderDate = parseFolderDate(folder);
    if (folderDate === null) continue;
    const relative = inboxFolder(folder);
    const names = await readdir(path.join(dataDir, relative)).catch(() => []);
    for (const name of names.sort()) {
      if (isIgnored(name)) continue;
      const place = path.posix.join(relative, name);
      const found = await stat(path.join(dataDir, place)).catch(() => null);
      if (!found?.isFile()) continue;
      seen.push({ path: place, folderDate, sizeBytes: found.size, mtimeMs: found.mtimeMs });
    }
  }
  return seen;
}

/** SHA-256 of a file that still is as it was seen; null when it has changed or gone meanwhile. */
async function hashSettled(file: string, seen: Sighting): Promise<string | null> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const block of createReadStream(file, {
      highWaterMark: 1024 * 1024,
    }) as AsyncIterable<Buffer>) {
      hash.update(block);
      bytes += block.length;
      Context.current().heartbeat({ hashing: seen.path, bytes });
    }
    const now = await stat(file);
    return bytes === seen.size_bytes && now.size === seen.size_bytes && now.mtimeMs === seen.mtime_ms
      ? hash.digest('hex')
      : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
