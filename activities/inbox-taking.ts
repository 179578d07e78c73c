/** Taking the files that are due: hashed one by one, entered in batches. */
import { log } from '@temporalio/activity';
import { findUndecided, registerFiles, type ArrivedFile } from '../db/files.ts';
import { noteMarkers } from '../db/inbox.ts';
import type { Sql } from '../platform/postgres.ts';
import { readArrival } from './inbox-arrival.ts';
import type { Complain } from './inbox-folders.ts';
import type { Remembered, Sightings } from './inbox-sightings.ts';

/** A batch ends with whichever comes first, so that the first of ten thousand files does not wait for the last. */
const BATCH_FILES = 200;
const BATCH_MS = 200;

export type Taking = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly sightings: Sightings;
  readonly complain: Complain;
  /** A file that could not be read is tried again after this long. */
  readonly retryMs: number;
  /** Called when files have been entered. */
  readonly onTaken: () => void;
};

/**
 * Enters every file that is due. A file whose marker says something new is judged again while it can be.
 * @returns how many were new, and whether one was not as the listing had seen it
 * @throws what `onBlock` throws, to stop
 */
export async function takeDue(
  taking: Taking,
  onBlock: (file: string, bytes: number) => void,
): Promise<{ taken: number; isStale: boolean }> {
  const { dataDir, sightings, complain, retryMs } = taking;
  const due = await withoutDecided(taking, sightings.due());
  const total = { taken: 0, isStale: false };
  let batch: [Remembered, ArrivedFile][] = [];
  let startedAt = performance.now();
  for (const file of due) {
    const arrived = await readArrival(dataDir, file, complain, (bytes) => onBlock(file.path, bytes));
    if (arrived) batch.push([file, arrived]);
    else {
      sightings.postpone(file, retryMs);
      total.isStale = true;
    }
    if (batch.length < BATCH_FILES && performance.now() - startedAt < BATCH_MS) continue;
    total.taken += await enter(taking, batch);
    batch = [];
    startedAt = performance.now();
  }
  total.taken += await enter(taking, batch);
  return total;
}

async function enter({ sql, sightings, onTaken }: Taking, batch: readonly [Remembered, ArrivedFile][]) {
  const registered = await registerFiles(
    sql,
    batch.map(([, arrived]) => arrived),
  );
  let taken = 0;
  for (const [index, [file, arrived]] of batch.entries()) {
    const { fileId, isNew, state } = registered[index]!;
    sightings.settle(file, fileId);
    if (isNew) taken += 1;
    const facts = { path: file.path, fileId, sha256: arrived.sha256 };
    log.info(isNew ? 'file.taken' : 'file.known', facts);
    if (state === 'held') log.warn('file.held', { ...facts, ...arrived.problem });
  }
  onTaken();
  return taken;
}

/** Leaves out known files that are past a word of their sender: a marker that comes late changes nothing. */
async function withoutDecided({ sql, sightings }: Taking, due: readonly Remembered[]): Promise<Remembered[]> {
  const known = due.flatMap((file) => (file.fileId === null ? [] : [file.fileId]));
  if (known.length === 0) return [...due];
  const undecided = await findUndecided(sql, known);
  const decided = due.filter((file) => file.fileId !== null && !undecided.has(file.fileId));
  await noteMarkers(sql, decided);
  for (const file of decided) {
    sightings.settle(file, file.fileId!);
    if (file.marker !== null) log.info('file.marker-late', { path: file.path, fileId: file.fileId });
  }
  return due.filter((file) => !decided.includes(file));
}
