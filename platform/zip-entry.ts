/** The one entry of a zip archive. */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import yauzl, { type Entry } from 'yauzl';
import { cutText } from '../contracts/cut-text.ts';
import { TainError, type ErrorParams } from '../contracts/errors.ts';

/** Stored and deflated. */
const METHODS = [0, 8];
/** What may surround an entry: the mark of an archive that was to be split, and sums and sizes behind the data. */
const SPLIT_MARK_BYTES = 4;
const MAX_DESCRIPTOR_BYTES = 24;
const MAX_SHOWN_NAME = 200;

/**
 * The decompressed bytes of an archive that holds one file. The handle stays the caller's.
 * @throws TainError file.archive-unsuitable (none or several entries, a folder, encrypted, a method
 *   that nobody here knows, a name that leads elsewhere, data that the directory does not list), file.compression-broken
 */
export async function* readZipEntry(handle: FileHandle, name: string): AsyncGenerator<Buffer> {
  let crc = 0;
  let expected: number;
  try {
    const archive = await yauzl.fromFdPromise(handle.fd, {
      autoClose: false,
      lazyEntries: true,
      // Names are judged here, to tell a wrong one from damage.
      decodeStrings: false,
    });
    const unsuitable = (problem: string, params: ErrorParams = {}): TainError =>
      new TainError('file.archive-unsuitable', {
        file: name,
        problem,
        entries: archive.entryCount,
        ...params,
      });
    if (archive.entryCount !== 1) throw unsuitable('entries');
    // The type says boolean; it is a place in the file.
    const directoryStart = Number(archive.readEntryCursor);
    const entry = (await archive.eachEntry().next()).value as Entry;
    const { generalPurposeBitFlag, fileNameRaw, extraFields, compressionMethod } = entry;
    const entryName = yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
    if (yauzl.validateFileName(entryName) !== null)
      throw unsuitable('name', { name: cutText(entryName, MAX_SHOWN_NAME) });
    if (entryName.endsWith('/')) throw unsuitable('folder');
    if (entry.isEncrypted()) throw unsuitable('encrypted');
    if (!METHODS.includes(compressionMethod)) throw unsuitable('method', { method: compressionMethod });
    const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
    const before = entry.relativeOffsetOfLocalHeader;
    const behind = directoryStart - fileDataStart - entry.compressedSize;
    if (before > SPLIT_MARK_BYTES || behind > MAX_DESCRIPTOR_BYTES) throw unsuitable('unlisted');
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
