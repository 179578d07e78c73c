/** A received file in its folder, if it is still there. */
import { open, type FileHandle } from 'node:fs/promises';
import type { RawFile } from '../contracts/verification.ts';
import { readBlocks } from './file-blocks.ts';

/** @returns null when there is no file at this place; what else keeps it from being read is thrown when it is read */
export async function openRawFile(location: string): Promise<RawFile | null> {
  try {
    await (await open(location)).close();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
  const bytes = () => withOpenFile(location, (handle) => readBlocks(handle, 0));
  return { bytes, content: bytes };
}

async function* withOpenFile(
  location: string,
  read: (handle: FileHandle) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const handle = await open(location);
  try {
    yield* read(handle);
  } finally {
    await handle.close();
  }
}
