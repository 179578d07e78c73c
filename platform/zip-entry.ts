/** The one entry of a zip archive. */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import yauzl, { type Entry } from 'yauzl';
import { TainError } from '../contracts/errors.ts';

/**
 * The decompressed bytes of an archive that holds one file. The handle stays the caller's.
 * @throws TainError file.archive-unsuitable (none or several entries, a folder, encrypted), file.compression-broken
 */
export async function* readZipEntry(handle: FileHandle, name: string): AsyncGenerator<Buffer> {
  let crc = 0;
  let expected: number;
  try {
    const archive = await yauzl.fromFdPromise(handle.fd, { autoClose: false, lazyEntries: true });
    const unsuitable = (problem: string): TainError =>
      new TainError('file.archive-unsuitable', { file: name, problem, entries: archive.entryCount });
    if (archive.entryCount !== 1) throw unsuitable('entries');
    const entry = (await archive.eachEntry().next()).value as Entry;
    if (entry.fileName.endsWith('/')) throw unsuitable('folder');
    if (entry.isEncrypted()) throw unsuitable('encrypted');
    expected = entry.crc32;
    for await (const block of (await archive.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      crc = crc32(block, crc);
      yield block;
    }
  } catch (error) {
    // What the disk says stays what it is; everything else is about the archive.
    if (error instanceof TainError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    const reason = (error as Error).message;
    throw new TainError('file.compression-broken', { file: name, reason }, { cause: error });
  }
  if (crc !== expected)
    throw new TainError('file.compression-broken', { file: name, reason: 'wrong checksum' });
}
