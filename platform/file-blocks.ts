/** Reading a file from disk in blocks, checked against the size it had when it was taken. */
import { isAscii } from 'node:buffer';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';

const BLOCK_BYTES = 256 * 1024;

/** Calls on the file itself; what other calls say, as those to a server, is not about it. */
const FILE_CALLS = ['open', 'fstat', 'read'];
/** The machine lacks something, the file is not at fault: worth another try. */
const SHORTAGES = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR'];

/** What the system says of a file, as an error of the table; anything else stays what it is. */
export function asFileError(error: unknown, name: string): unknown {
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (!FILE_CALLS.includes(syscall ?? '') || code === undefined || SHORTAGES.includes(code)) return error;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new TainError('file.vanished', { file: name });
  return new TainError('file.unreadable', { file: name, reason: code }, { cause: error });
}

/**
 * Opens a regular file for reading; the caller closes it. Opening never waits, not even for a FIFO.
 * @param sizeBytes what the file's size must be; null takes any
 * @throws TainError file.vanished, file.unreadable, file.changed (another size)
 */
export async function openFile(location: string, sizeBytes: number | null): Promise<FileHandle> {
  const name = path.basename(location);
  try {
    const handle = await open(location, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new TainError('file.unreadable', { file: name, reason: 'not a file' });
      if (sizeBytes === null || stats.size === sizeBytes) return handle;
      throw new TainError('file.changed', { file: name, was: sizeBytes, now: stats.size });
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw asFileError(error, name);
  }
}

/** Opens a file, hands it to `use` and closes it; see `openFile`. */
export async function withFile<Result>(
  location: string,
  sizeBytes: number | null,
  use: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const handle = await openFile(location, sizeBytes);
  try {
    return await use(handle);
  } catch (error) {
    throw asFileError(error, path.basename(location));
  } finally {
    await handle.close();
  }
}

/** The blocks of a file from `offset` on. The buffer of a block is reused for the next one. */
export async function* readBlocks(handle: FileHandle, offset: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  let position = offset;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, BLOCK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Is every byte of the block in 1..127? */
export function isPlainBlock(block: Buffer): boolean {
  return isAscii(block) && !block.includes(0);
}
