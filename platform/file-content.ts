/**
 * What a received file contains: its bytes, or those behind gzip or a zip archive with one entry. The kind is seen
 * from the first bytes, never from the name. Whatever is compressed is read from its start: a place in the middle is
 * reached by decompressing what is before it.
 */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TainError } from '../contracts/errors.ts';
import type { Compression } from '../contracts/file-ingest.ts';
import { asFileError, readBlocks } from './file-blocks.ts';
import { readZipEntry } from './zip-entry.ts';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
/** Of an archive's first entry, of an empty archive, and of one that was split. */
const ZIP_MAGICS = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'].map((magic) => Buffer.from(magic, 'latin1'));
const MAGIC_BYTES = 4;

/** Recognises the compression of a file. */
export async function detectCompression(handle: FileHandle): Promise<Compression> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
  const magic = buffer.subarray(0, bytesRead);
  if (magic.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) return 'gzip';
  return ZIP_MAGICS.some((known) => magic.equals(known)) ? 'zip' : 'none';
}

/**
 * The content of an open file from a byte of the content on. A block is only valid until the next one is asked for.
 * @param name shown in errors
 * @throws TainError file.compression-broken, file.archive-unsuitable, file.unreadable from the iteration
 */
export async function* readContent(
  handle: FileHandle,
  wanted: { readonly name: string; readonly compression: Compression; readonly offset: number },
): AsyncGenerator<Buffer> {
  try {
    yield* contentOf(handle, wanted);
  } catch (error) {
    throw asFileError(error, wanted.name);
  }
}

async function* contentOf(
  handle: FileHandle,
  { name, compression, offset }: Parameters<typeof readContent>[1],
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    yield* readBlocks(handle, offset);
    return;
  }
  let skip = offset;
  for await (const block of decompress(handle, name, compression)) {
    if (skip >= block.length) skip -= block.length;
    else {
      yield skip > 0 ? block.subarray(skip) : block;
      skip = 0;
    }
  }
}

async function* decompress(
  handle: FileHandle,
  name: string,
  compression: 'gzip' | 'zip',
): AsyncGenerator<Buffer> {
  if (compression === 'zip') {
    yield* readZipEntry(handle, name);
    return;
  }
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const compressed = Readable.from(copyOf(readBlocks(handle, 0)));
  compressed.on('error', (error) => gunzip.destroy(error));
  try {
    yield* compressed.pipe(gunzip) as AsyncIterable<Buffer>;
    // zlib stops at a zero byte behind a member and drops what follows.
    for await (const block of readBlocks(handle, gunzip.bytesWritten)) {
      if (!isPadding(block))
        throw new TainError('file.compression-broken', { file: name, reason: 'data behind the end' });
    }
  } catch (error) {
    throw asBroken(error, name);
  } finally {
    compressed.destroy();
    gunzip.destroy();
  }
}

/** Tapes and block devices fill up with zeros. */
function isPadding(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** The reader uses its buffer again; a stream may still hold the block then. */
async function* copyOf(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const block of blocks) yield Buffer.from(block);
}

/** Errors of zlib as an error of the table; others, like those of the disk, stay what they are. */
function asBroken(error: unknown, name: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!code?.startsWith('Z_')) return error;
  return new TainError('file.compression-broken', { file: name, reason: message }, { cause: error });
}
