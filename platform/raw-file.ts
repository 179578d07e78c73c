/** A received file in its folder, if it is still there. */
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import type { RawFile } from '../contracts/verification.ts';
import { asFileError, openFile, readBlocks } from './file-blocks.ts';
import { detectCompression, readContent } from './file-content.ts';

/**
 * @returns null when there is no file at this place
 * @throws TainError file.unreadable, now or when it is read
 */
export async function openRawFile(location: string): Promise<RawFile | null> {
  try {
    await (await openFile(location, null)).close();
  } catch (error) {
    if (error instanceof TainError && error.code === 'file.vanished') return null;
    throw error;
  }
  return {
    async compression() {
      const handle = await openFile(location, null);
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
  const handle = await openFile(location, null);
  try {
    yield* read(handle);
  } catch (error) {
    throw asFileError(error, path.basename(location));
  } finally {
    await handle.close();
  }
}
