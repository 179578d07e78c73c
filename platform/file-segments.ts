/** A file's content as segments: whole records, many of them at a time. */
import { createLongRecord } from '../domain/csv/long-record.ts';
import { countSegment, findLastCut } from '../domain/csv/segments.ts';
import { createSplitter, MAX_RECORD_BYTES, type CsvRecord, type SplitterStart } from '../domain/csv/split.ts';
import { isPlainBlock } from './file-blocks.ts';
import { createSliceHash } from './slice-hash.ts';

export type Segment = {
  /** Bytes of whole records; memory of their own, to be handed to a thread. Null for a record too long to be held. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  /** The record that is too long to be held, known by place and hash. */
  readonly long: CsvRecord | null;
  /** Place of the first record. */
  readonly offset: number;
  readonly line: number;
  /** What it adds up to. */
  readonly byteLength: number;
  readonly lines: number;
  readonly records: number;
};

/**
 * Cuts blocks into segments.
 * @param blocks the bytes from `start` on; each is only valid until the next is asked for
 * @param start where a record begins, behind the header
 * @param segmentBytes a segment is cut when this many are there
 */
export async function* cutSegments(
  blocks: AsyncIterable<Buffer>,
  start: SplitterStart,
  segmentBytes: number,
): AsyncGenerator<Segment, void> {
  let { offset, line } = start;
  let held: Buffer<ArrayBuffer>[] = [];
  let heldBytes = 0;
  let long: ReturnType<typeof createLongRecord> | null = null;
  let undecided = '';

  const hold = (bytes: Buffer<ArrayBuffer>): void => {
    if (bytes.length === 0) return;
    held.push(bytes);
    heldBytes += bytes.length;
  };
  const release = (): Buffer<ArrayBuffer> => {
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held);
    held = [];
    heldBytes = 0;
    return bytes;
  };
  const passOn = (segment: Omit<Segment, 'offset' | 'line'>): Segment => {
    const placed = { ...segment, offset, line };
    offset += segment.byteLength;
    line += segment.lines;
    return placed;
  };
  const toSegment = (bytes: Buffer<ArrayBuffer>): Segment =>
    passOn({ bytes, long: null, byteLength: bytes.length, ...countSegment(bytes) });
  const endLong = (): Segment => {
    const record = long!.end()!;
    long = null;
    return passOn({
      bytes: null,
      long: record,
      byteLength: record.byteLength,
      lines: record.lines,
      records: 1,
    });
  };

  for await (const block of blocks) {
    if (long) {
      undecided = long.push(undecided + block.toString('latin1'));
      if (!long.isComplete) continue;
      yield endLong();
      hold(Buffer.from(undecided, 'latin1'));
      undecided = '';
    } else {
      hold(Buffer.from(block));
    }
    if (heldBytes < segmentBytes) continue;
    const bytes = release();
    const cut = findLastCut(bytes);
    hold(Buffer.from(bytes.subarray(cut)));
    if (cut > 0) yield toSegment(bytes.subarray(0, cut));
    else if (heldBytes > MAX_RECORD_BYTES + 2) {
      long = createLongRecord({ offset, line }, createSliceHash());
      undecided = long.push(release().toString('latin1'));
    }
  }
  if (long) {
    undecided = long.push(undecided, true);
    yield endLong();
    hold(Buffer.from(undecided, 'latin1'));
  }
  if (heldBytes > 0) yield toSegment(release());
}

/** What is read of a segment. */
export type SegmentContent = Pick<Segment, 'bytes' | 'long' | 'offset' | 'line'>;

/** Hands out the records of a segment, in their order. */
export function readSegment(
  { bytes, long, offset, line }: SegmentContent,
  take: (record: CsvRecord) => void,
): void {
  if (long) take(long);
  if (!bytes) return;
  const splitter = createSplitter({ offset, line }, createSliceHash);
  // A thread gets an Uint8Array where a Buffer was sent.
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  splitter.push(view.toString('latin1'), isPlainBlock(view), take);
  splitter.end(take);
}
