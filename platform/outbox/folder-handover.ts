/**
 * Handing a file over in a folder, once per round: it is copied under a temporary name and renamed when it is whole and on
 * the disk, and "<name>.done" says that it may be taken. Before that name appears, ".tain/<name>" says that it will: a
 * marker that waits under its temporary name then has not been seen, and one that is gone has. So whoever is killed on
 * the way hands nothing over a second time, also when the file was taken meanwhile.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { TainError } from '../../contracts/errors.ts';
import { hashFile } from '../file-hash.ts';
import { writeWholeFile } from '../report-file.ts';
import type { OutgoingFile } from './outbound-target.ts';

const BLOCK_BYTES = 1024 * 1024;

/** Where is noted what was handed over. */
const NOTES = '.tain';

/**
 * Hands a file over. Safe to repeat.
 * @throws TainError outbox.changed, outbox.vanished
 * @throws the system's error, as when the disk is full
 */
export async function handOver(folder: string, file: OutgoingFile): Promise<void> {
  const location = path.join(folder, file.name);
  const note = path.join(folder, NOTES, file.name);
  const marker = path.join(folder, `.${file.name}.done.part`);
  const promise = `${file.sha256} ${file.round}\n`;
  if ((await readIfThere(note)) !== promise) {
    await mkdir(folder, { recursive: true });
    if (!(await isThere(location, file.sha256))) await copy(file, location);
    const facts = { rows: file.rowCount, bytes: file.sizeBytes, sha256: file.sha256 };
    await writeText(marker, `${JSON.stringify(facts)}\n`);
    await writeText(note, promise);
  }
  await rename(marker, `${location}.done`).catch(ignoreMissing);
}

const writeText = (location: string, text: string) =>
  writeWholeFile(location, async (append) => {
    await append(Buffer.from(text, 'utf8'));
    return 0;
  });

function ignoreMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}

const readIfThere = (location: string): Promise<string | null> =>
  readFile(location, 'utf8').catch(ignoreMissing);

const isThere = async (location: string, sha256: string): Promise<boolean> =>
  (await hashFile(location).catch(ignoreMissing)) === sha256;

async function copy(file: OutgoingFile, location: string): Promise<void> {
  const temporary = path.join(path.dirname(location), `.${file.name}.part`);
  const from = await open(file.path).catch((error: unknown) => {
    throw new TainError('outbox.vanished', { file: file.name, path: file.path }, { cause: error });
  });
  const to = await open(temporary, 'w', 0o640);
  try {
    // What is handed over is what was hashed, whatever happens to the file meanwhile.
    const actual = await copyBytes(from, to);
    if (actual !== file.sha256)
      throw new TainError('outbox.changed', { file: file.name, expected: file.sha256, actual });
    await to.sync();
    await to.close();
    await rename(temporary, location);
  } catch (error) {
    await to.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await from.close();
  }
}

/** @returns SHA-256 of what was copied, in hex */
async function copyBytes(from: FileHandle, to: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return hash.digest('hex');
    const bytes = buffer.subarray(0, bytesRead);
    hash.update(bytes);
    await to.writeFile(bytes);
  }
}
