/** Reading a file from disk in blocks, checked against the size it had when it was taken. */
import { isAscii } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';

const BLOCK_BYTES = 256 * 1024;

/**
 * Opens a file and hands it to `use`.
 * @param sizeBytes what the file's size must be; null takes any
 * @throws TainError file.vanished, file.changed (another size)
 */
export async function withFile<Result>(
  location: string,
  sizeBytes: number | null,
  use: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const name = path.basename(location);
  const handle = await open(location).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new TainError('file.vanished', { file: name });
  });
  try {
    const { size } = await handle.stat();
    if (sizeBytes !== null && size !== sizeBytes) {
      throw new TainError('file.changed', { file: name, was: sizeBytes, now: size });
    }
    return await use(handle);
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
