/** A received file in its folder, if it is still there. */
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { RawFile } from '../contracts/verification.ts';
import { readBlocks } from './file-blocks.ts';
import { detectCompression, readContent } from './file-content.ts';

/** @returns null when there is no file at this place; what else keeps it from being read is thrown when it is read */
export async function openRawFile(location: string): Promise<RawFile | null> {
  try {
    await (await open(location)).close();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
  return {
    async compression() {
      const handle = await open(location);
      try {
        return await detectCompression(handle);
      } finally {
        await handle.close();
      }
    },
    bytes: () => withOpenFile(location, (handle) => readBlocks(handle, 0)),
    content: () =>
      withOpenFile(location, async function* (handle) {
        const compression = await detectCompression(handle);
        yield* readContent(handle, { name: path.basename(location), compression, offset: 0 });
      }),
  };
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
