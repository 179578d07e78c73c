/** From a file to rows for COPY, segment by segment in file order; a few of them are worked on at the same time. */
import { createHash } from 'node:crypto';
import { TainError } from '../contracts/errors.ts';
import { headerOf, type Checkpoint, type FileRow } from '../db/files.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import { openFile } from '../platform/file-blocks.ts';
import { readContent } from '../platform/file-content.ts';
import { cutSegments, type Segment } from '../platform/file-segments.ts';
import { encodeInPool } from './file-encode-pool.ts';
import { createSegmentEncoder, type EncodedSegment } from './file-encode-segment.ts';

/** Smaller files, in bytes of content, are done before a thread has heard of them. */
const POOL_ABOVE_BYTES = 4 * 1024 ** 2;
const SEGMENT_BYTES = 512 * 1024;
/** Segments that may be under way before the first of them is taken. */
const SEGMENTS_AHEAD = 8;

export type EncodeRequest = {
  readonly file: FileRow;
  readonly location: string;
  /** Name of the file, for errors. */
  readonly name: string;
  /** Where to go on. */
  readonly from: Checkpoint;
  /** Bytes of a transaction: a segment has no more. */
  readonly chunkBytes: number;
  /** Those of the file's row. */
  readonly registers: Registers;
  readonly signal: AbortSignal;
};

/** Rows, and the checkpoint behind them. */
export type EncodedRows = { readonly rows: Buffer; readonly reached: Checkpoint };

/**
 * Encodes what lies behind the checkpoint. What lies before it is read again: what is published is the file that was
 * taken, to the last byte.
 * @throws TainError file.vanished, file.changed (the latter also before the last rows); the signal's reason
 */
export async function* encodeFile({
  file,
  location,
  name,
  from,
  chunkBytes,
  registers,
  signal,
}: EncodeRequest): AsyncGenerator<EncodedRows, void> {
  const header = headerOf(file);
  const facts = { header, folderDate: file.folder_date, fileId: file.file_id, revision: file.revision };
  const isSmall = (file.content_bytes ?? 0) <= POOL_ABOVE_BYTES;
  const encodeHere = isSmall ? createSegmentEncoder(facts, registers) : null;
  let firstRecord = from.read + 1;
  let reached = from;
  const underWay: { readonly segment: Segment; readonly encoded: Promise<EncodedSegment> }[] = [];

  const begin = (segment: Segment): void => {
    const numbered = { ...segment, firstRecord };
    firstRecord += segment.records;
    const encoded = encodeHere
      ? Promise.resolve(encodeHere(numbered))
      : encodeInPool(facts, numbered, registers);
    // It may fail before it is its turn to be waited for.
    encoded.catch(() => undefined);
    underWay.push({ segment, encoded });
  };
  const finish = async (): Promise<EncodedRows> => {
    const { segment, encoded } = underWay.shift()!;
    const { rows, read, accepted, rejected } = await encoded;
    if (read !== segment.records) {
      throw new Error(
        `${name}: ${segment.records} records were cut at byte ${segment.offset}, ${read} were read.`,
      );
    }
    reached = {
      offset: segment.offset + segment.byteLength,
      line: segment.line + segment.lines,
      read: reached.read + read,
      accepted: reached.accepted + accepted,
      rejected: reached.rejected + rejected,
    };
    return { rows, reached };
  };

  const hash = createHash('sha256');
  const handle = await openFile(location, file.size_bytes);
  try {
    const content = readContent(handle, { name, compression: file.compression, offset: 0 });
    const fresh = hashedFrom(content, from.offset, (block) => {
      signal.throwIfAborted();
      hash.update(block);
    });
    for await (const segment of cutSegments(fresh, from, Math.min(SEGMENT_BYTES, chunkBytes))) {
      begin(segment);
      if (underWay.length >= SEGMENTS_AHEAD) yield await finish();
    }
  } finally {
    await handle.close();
  }
  // The last segment waits for the hash of the whole.
  while (underWay.length > 1) yield await finish();
  const last = underWay.length > 0 ? await finish() : null;
  const sha256 = hash.digest('hex');
  if (sha256 !== file.content_sha256 || reached.offset !== file.content_bytes) {
    throw new TainError('file.changed', { file: name, sha256 });
  }
  if (last) yield last;
}

/** The blocks from `offset` on; `see` is shown all of them. */
async function* hashedFrom(
  blocks: AsyncIterable<Buffer>,
  offset: number,
  see: (block: Buffer) => void,
): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const block of blocks) {
    see(block);
    const fresh = block.subarray(Math.max(0, offset - position));
    position += block.length;
    if (fresh.length > 0) yield fresh;
  }
}
