/** The data directory, file by file: into a backup while others write there, and out of it into an empty one. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readdir, realpath, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { BackupFile, BackupOmission } from '../../contracts/backup.ts';
import { writeWholeFile } from '../report-file.ts';

const BLOCK_BYTES = 1024 * 1024;

export type DataListing = { readonly files: readonly string[]; readonly omitted: readonly BackupOmission[] };

/**
 * Every file below a directory, by name. Names that begin with a dot, or end in .part or .tmp, are those of files that are
 * being written, and are passed over in silence; what cannot be read is told.
 */
export async function listDataFiles(dataDir: string): Promise<DataListing> {
  const files: string[] = [];
  const omitted: BackupOmission[] = [];
  const seen = new Set<string>();
  const visit = async (relative: string): Promise<void> => {
    const folder = path.join(dataDir, relative);
    const real = await realpath(folder);
    // A link that leads back up would never end.
    if (seen.has(real)) return;
    seen.add(real);
    const names = await readdir(folder, { encoding: 'buffer' });
    for (const bytes of names.sort(Buffer.compare)) {
      const name = bytes.toString();
      const place = path.posix.join(relative, name);
      if (!isUtf8(bytes)) omitted.push({ path: place, why: 'name-not-utf8' });
      else if (!isUnfinished(name)) await look(place);
    }
  };
  const look = async (place: string): Promise<void> => {
    try {
      const stats = await stat(path.join(dataDir, place));
      if (stats.isDirectory()) await visit(place);
      else if (stats.isFile()) files.push(place);
      else omitted.push({ path: place, why: 'not-regular' });
    } catch {
      omitted.push({ path: place, why: 'unreadable' });
    }
  };
  // Before the first file has come there is none.
  if (await isThere(dataDir)) await visit('');
  return { files, omitted };
}

const isThere = async (place: string): Promise<boolean> => (await stat(place).catch(() => null)) !== null;

const isUnfinished = (name: string): boolean =>
  name.startsWith('.') || name.endsWith('.part') || name.endsWith('.tmp');

/**
 * Copies a file that others may be writing to.
 * @param settleMs how long it must have stood still
 * @returns what was copied, or why nothing was
 * @throws the system's error of the place that it is copied to
 */
export async function copyDataFile(
  dataDir: string,
  place: string,
  to: string,
  settleMs: number,
): Promise<BackupFile | BackupOmission> {
  const from = path.join(dataDir, place);
  const before = await stat(from).catch(() => null);
  if (before === null) return { path: place, why: 'gone' };
  if (Date.now() - before.mtimeMs < settleMs) return { path: place, why: 'still-written' };
  let written;
  try {
    written = await copyBytes(from, path.join(to, place));
  } catch (error) {
    if (error instanceof SourceUnreadable) return { path: place, why: 'unreadable' };
    throw error;
  }
  const after = await stat(from).catch(() => null);
  const isSame = after?.size === written.sizeBytes && after.mtimeMs === before.mtimeMs;
  if (!isSame) {
    await rm(path.join(to, place), { force: true });
    return { path: place, why: after === null ? 'gone' : 'still-written' };
  }
  return { path: place, sizeBytes: written.sizeBytes, mtimeMs: before.mtimeMs, sha256: written.sha256 };
}

/** Puts a file of a backup into place, as old as it was. @returns the SHA-256 of what was read */
export async function placeDataFile(from: string, to: string, { path: place, mtimeMs }: BackupFile) {
  const location = path.join(to, place);
  const { sha256, sizeBytes } = await copyBytes(path.join(from, place), location);
  await utimes(location, mtimeMs / 1000, mtimeMs / 1000);
  return { sha256, sizeBytes };
}

class SourceUnreadable extends Error {}

const copyBytes = (from: string, to: string) =>
  writeWholeFile(to, async (append) => {
    const blocks = createReadStream(from, { highWaterMark: BLOCK_BYTES })[Symbol.asyncIterator]();
    for (;;) {
      const next = await blocks.next().catch((cause: unknown) => {
        throw new SourceUnreadable(from, { cause });
      });
      if (next.done) return 0;
      await append(next.value as Buffer);
    }
  });
