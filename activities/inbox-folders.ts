/** Looking into the folders of the inbox: what lies there, and what its bytes hash to. */
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { inboxFolder, parseFolderDate } from '../contracts/folders.ts';
import type { SeenFile, Sighting } from '../db/inbox.ts';

const BLOCK_BYTES = 1024 * 1024;

/** Takes note of a place that cannot be read. */
export type Complain = (place: string, error: unknown) => void;

/** Names that are still being written, or that are none of ours. */
const isIgnored = (name: string): boolean =>
  name.startsWith('.') || name.endsWith('.part') || name.endsWith('.tmp');

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Is a file still the one that was seen? The change time tells a replacement of the same size and age. */
export function isSame(
  seen: Sighting,
  { sizeBytes, mtimeMs, ctimeMs }: Omit<SeenFile, 'path' | 'folderDate'>,
): boolean {
  return seen.size_bytes === sizeBytes && seen.mtime_ms === mtimeMs && seen.ctime_ms === ctimeMs;
}

const measure = ({ size, mtimeMs, ctimeMs }: Stats) => ({ sizeBytes: size, mtimeMs, ctimeMs });

/** Every file in every <yyyymmdd>/rec, whatever its date: late files are found too. */
export async function listInbox(dataDir: string, complain: Complain): Promise<SeenFile[]> {
  const seen: SeenFile[] = [];
  for (const folder of await listNames(dataDir, complain)) {
    const folderDate = parseFolderDate(folder);
    if (folderDate === null) continue;
    const relative = inboxFolder(folder);
    for (const name of await listNames(path.join(dataDir, relative), complain)) {
      if (isIgnored(name)) continue;
      const place = path.posix.join(relative, name);
      try {
        const found = await stat(path.join(dataDir, place));
        if (found.isFile()) seen.push({ path: place, folderDate, ...measure(found) });
      } catch (error) {
        if (!isMissing(error)) complain(place, error);
      }
    }
  }
  return seen;
}

async function listNames(directory: string, complain: Complain): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (!isMissing(error)) complain(directory, error);
    return [];
  }
}

/**
 * SHA-256 of a file that still is as it was seen; null when it has changed or gone meanwhile, or cannot be read.
 * @param onBlock called after every block with the bytes so far
 */
export async function hashSettled(
  dataDir: string,
  seen: Sighting,
  complain: Complain,
  onBlock: (bytes: number) => void,
): Promise<string | null> {
  const file = path.join(dataDir, seen.path);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const block of createReadStream(file, {
      highWaterMark: BLOCK_BYTES,
    }) as AsyncIterable<Buffer>) {
      hash.update(block);
      bytes += block.length;
      onBlock(bytes);
    }
    const now = measure(await stat(file));
    return bytes === now.sizeBytes && isSame(seen, now) ? hash.digest('hex') : null;
  } catch (error) {
    if (!isMissing(error)) complain(seen.path, error);
    return null;
  }
}
