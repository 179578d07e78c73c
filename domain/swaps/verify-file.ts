/**
 * Proves the stored records of a file against its raw bytes: splits and judges them again, by the code of ingest, and
 * compares record by record. What is stored is never believed: numbers, places and verdicts are counted anew. After a
 * difference it goes on at the same byte.
 */
import type { RecordCounts } from '../../contracts/file-ingest.ts';
import type { RecordProof } from '../../contracts/verification.ts';
import type { Registers } from '../cftc/registers.ts';
import type { SliceHash } from '../csv/split.ts';
import {
  createFileReader,
  createHeaderFinder,
  type FileHeader,
  type HeaderFinding,
  type JudgedRecord,
} from './read-file.ts';
import {
  compareRecord,
  placeOf,
  StoredRecords,
  Tally,
  WHOLE_FILE,
  type ExpectedRecord,
  type StoredRecord,
} from './verify-differences.ts';

/** What is stored of a file as a whole. */
export type StoredFile = {
  /** The slice of its header, one character per byte. */
  readonly header: string;
  readonly format: string | null;
  readonly unknownColumns: readonly string[];
  readonly counts: RecordCounts;
  /** How far its checkpoint is. */
  readonly nextOffset: number;
  readonly contentBytes: number;
  readonly contentSha256: string;
};

export type VerifyRequest = {
  readonly file: StoredFile;
  /** Stored records in the order of their numbers. */
  readonly records: AsyncIterable<readonly StoredRecord[]>;
  readonly createSha256: () => SliceHash;
  /** Those that its records were judged with; absent: the built-in ones. */
  readonly registers?: Registers | undefined;
};

/**
 * @param openContent the bytes of the file from its start, one character per byte; opened twice
 * @throws what reading the content throws
 */
export async function verifyFile(
  request: VerifyRequest,
  openContent: () => AsyncIterable<string>,
): Promise<RecordProof> {
  const stored = new StoredRecords(request.records);
  try {
    return await compareAll(request, stored, openContent);
  } finally {
    await stored.close();
  }
}

async function compareAll(
  { file, createSha256, registers }: VerifyRequest,
  stored: StoredRecords,
  openContent: () => AsyncIterable<string>,
): Promise<RecordProof> {
  const tally = new Tally();
  const counts = { read: 0, accepted: 0, rejected: 0 };
  const header = await findHeader(openContent(), createSha256);
  if ('code' in header) {
    tally.add('header', WHOLE_FILE, null, header.code);
    return { counts, unhashedBytes: 0, differing: tally.differing, differences: tally.differences };
  }
  compareHeader(tally, file, header);

  let reached = header.slice.length;
  const match = async ({ record, verdict }: JudgedRecord): Promise<void> => {
    counts.read += 1;
    counts[verdict.accepted ? 'accepted' : 'rejected'] += 1;
    const { line, offset, byteLength: length, slice, sha256: sliceSha256 } = record;
    reached = offset + length;
    const expected = { record: counts.read, line, offset, length, slice, sliceSha256, verdict };
    await matchStored(tally, expected, stored, createSha256);
  };

  const reader = createFileReader(header.layout, header.end, createSha256, { registers });
  let ready: JudgedRecord[] = [];
  const keep = (judged: JudgedRecord): void => void ready.push(judged);
  let skip = header.slice.length;
  for await (const chunk of openContent()) {
    reader.push(chunk.slice(skip), false, keep);
    skip = Math.max(0, skip - chunk.length);
    for (const judged of ready) await match(judged);
    ready = [];
  }
  reader.end(keep);
  for (const judged of ready) await match(judged);
  for (let rest = await stored.peek(); rest; rest = await stored.peek()) {
    tally.add('extra', placeOf(rest));
    stored.take();
  }
  compareTotals(tally, file, counts, reached);
  return { counts, unhashedBytes: 0, differing: tally.differing, differences: tally.differences };
}

/** Reads no further than it must. */
async function findHeader(
  chunks: AsyncIterable<string>,
  createSha256: () => SliceHash,
): Promise<HeaderFinding> {
  const finder = createHeaderFinder(createSha256);
  for await (const chunk of chunks) {
    const found = finder.push(chunk);
    if (found) return found;
  }
  return finder.end();
}

/** Finds the stored record of an expected one, by its first byte; what lies between was stored without reason. */
async function matchStored(
  tally: Tally,
  expected: ExpectedRecord,
  stored: StoredRecords,
  createSha256: () => SliceHash,
): Promise<void> {
  for (let row = await stored.peek(); row; row = await stored.peek()) {
    const isSameBytes = row.record === expected.record && row.slice !== null && row.slice === expected.slice;
    if (row.offset === expected.offset || isSameBytes) {
      compareRecord(tally, expected, row, createSha256);
      stored.take();
      return;
    }
    if (row.offset > expected.offset && row.record >= expected.record) break;
    tally.add('extra', placeOf(row));
    stored.take();
  }
  tally.add('missing', placeOf(expected), 1);
}

/** Compares what the header says with what is stored of it. */
export function compareHeader(tally: Tally, file: StoredFile, { slice, layout }: FileHeader): void {
  tally.compareBytes('header', WHOLE_FILE, 0, slice, file.header);
  tally.compare('format', WHOLE_FILE, layout.format, file.format);
  const names = (columns: readonly string[]): string => JSON.stringify(columns);
  tally.compare('columns', WHOLE_FILE, names(layout.unknownColumns), names(file.unknownColumns));
}

/** Compares the figures of the file's row with those that were counted. */
export function compareTotals(tally: Tally, file: StoredFile, counts: RecordCounts, reached: number): void {
  for (const kind of ['read', 'accepted', 'rejected'] as const) {
    tally.compare(kind, WHOLE_FILE, counts[kind], file.counts[kind]);
  }
  tally.compare('size', WHOLE_FILE, reached, file.contentBytes);
  if (file.nextOffset !== file.contentBytes) tally.add('size', WHOLE_FILE, reached, file.nextOffset);
}
