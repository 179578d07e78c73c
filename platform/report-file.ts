/**
 * Files that others pick up: written under a temporary name, on the disk, and then renamed, so that whoever sees the
 * name sees the whole file. A disk that is full, or a kill, leaves no file of that name, and the next try begins anew.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

export type WrittenFile = {
  readonly path: string;
  readonly rowCount: number;
  readonly sizeBytes: number;
  /** Of the whole file, in hex. */
  readonly sha256: string;
};

const BLOCK_BYTES = 256 * 1024;

/** Appends bytes to the file, and returns when the disk has taken them. */
export type Append = (bytes: Uint8Array) => Promise<void>;

/**
 * Writes a file of text lines. Reads no faster than the disk takes.
 * @param header the first line, with its line break; not counted as a row
 * @param lines each with its line break
 * @throws the system's error, as when the disk is full; nothing is left then
 */
export const writeReportFile = (
  location: string,
  header: string,
  lines: AsyncIterable<readonly string[]>,
): Promise<WrittenFile> => writeWholeFile(location, (append) => writeLines(append, header, lines));

/**
 * Writes a file that is there as a whole or not at all.
 * @param write makes its bytes and returns the number of its rows
 * @throws what `write` throws, or the system's error; nothing is left then
 */
export async function writeWholeFile(
  location: string,
  write: (append: Append) => Promise<number>,
): Promise<WrittenFile> {
  const folder = path.dirname(location);
  await mkdir(folder, { recursive: true });
  const temporary = path.join(folder, `.${path.basename(location)}.part`);
  const file = await open(temporary, 'w', 0o640);
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const rowCount = await write(async (bytes) => {
      hash.update(bytes);
      sizeBytes += bytes.length;
      // A write may take less than it was given.
      for (let from = 0; from < bytes.length;) from += (await file.write(bytes, from)).bytesWritten;
    });
    await file.sync();
    await file.close();
    await rename(temporary, location);
    await syncFolder(folder);
    return { path: location, rowCount, sizeBytes, sha256: hash.digest('hex') };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeLines(
  append: Append,
  header: string,
  batches: AsyncIterable<readonly string[]>,
): Promise<number> {
  let rowCount = 0;
  let pending = header;
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(pending, 'utf8');
    pending = '';
    await append(bytes);
  };
  for await (const lines of batches) {
    for (const line of lines) {
      pending += line;
      rowCount += 1;
    }
    if (pending.length >= BLOCK_BYTES) await flush();
  }
  await flush();
  return rowCount;
}

/** A rename is on the disk when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
