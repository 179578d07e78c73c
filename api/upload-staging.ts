/**
 * Where uploads lie until they are complete: beside the days' folders, on the same disk, but not among what belongs to
 * the front-end processor.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

/** An upload that has not grown for this long belongs to a process that was killed. */
const ABANDONED_MS = 3_600_000;

const stagingFolder = (dataDir: string): string => path.join(dataDir, '.uploads');

/** A place for an unfinished upload. */
export async function stageUpload(dataDir: string): Promise<string> {
  await mkdir(stagingFolder(dataDir), { recursive: true });
  return path.join(stagingFolder(dataDir), `${randomUUID()}.part`);
}

/** Removes what killed processes left behind; uploads of others that are still going on stay. */
export async function clearStaging(dataDir: string): Promise<void> {
  const names = await readdir(stagingFolder(dataDir)).catch(() => []);
  for (const name of names) {
    const place = path.join(stagingFolder(dataDir), name);
    const found = await stat(place).catch(() => null);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await unlink(place).catch(() => undefined);
  }
}
