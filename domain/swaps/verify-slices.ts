/**
 * Proves the stored records of a file from their own slices, when the file is gone or is no longer the one that was
 * taken: header and slices must tile it, hash to what arrived, each be one record, and get their verdict again. What
 * an altered slice was before cannot be said without the file, only that the whole is not what arrived.
 */
import type { RecordProof } from '../../contracts/verification.ts';
import { isPlain } from '../csv/decode.ts';
import { createSplitter, MAX_RECORD_BYTES, type CsvRecord } from '../csv/split.ts';
import { createJudge, type Judge } from './judge.ts';
import { createHeaderFinder } from './read-file.ts';
import { compareRecord, placeOf, Tally, WHOLE_FILE, type StoredRecord } from './verify-differences.ts';
import { createDiskComparison } from './verify-disk.ts';
import { compareHeader, compareTotals, type StoredFile, type VerifyRequest } from './verify-file.ts';

/**
 * @param disk the bytes of a file that is not the one that was taken: the first record that differs from it is named;
 *   null when there is none
 */
export async function verifySlices(
  { file, records, createSha256, registers }: VerifyRequest,
  disk: AsyncIterable<string> | null,
): Promise<RecordProof> {
  const tally = new Tally();
  const hash = createSha256();
  hash.update(file.header);
  const onDisk = disk && createDiskComparison(tally, disk);
  await onDisk?.compare({ record: null, line: null }, 0, file.header);

  const finder = createHeaderFinder(createSha256);
  const header = finder.push(file.header) ?? finder.end();
  if ('code' in header) tally.add('header', WHOLE_FILE, null, header.code);
  else compareHeader(tally, file, header);
  const judge = 'code' in header ? null : createJudge(header.layout, { registers });
  const tiles = new Tiles(tally, file, judge, createSha256);

  for await (const batch of records) {
    for (const row of batch) {
      if (!tiles.take(row) || row.slice === null) continue;
      hash.update(row.slice);
      await onDisk?.compare({ record: row.record, line: row.line }, row.offset, row.slice);
    }
  }
  tiles.end();
  await onDisk?.end(file.contentBytes);
  if (tiles.isWhole) tally.compare('hash', WHOLE_FILE, file.contentSha256, hash.digest());
  const { counts, unhashedBytes } = tiles;
  return { counts, unhashedBytes, differing: tally.differing, differences: tally.differences };
}

/** Follows the stored records through the file, each where the one before it ends. */
class Tiles {
  readonly counts = { read: 0, accepted: 0, rejected: 0 };
  unhashedBytes = 0;
  readonly #tally: Tally;
  readonly #file: StoredFile;
  readonly #judge: Judge | null;
  readonly #createSha256: VerifyRequest['createSha256'];
  #offset: number;
  /** Null behind a record that is not kept: how many lines it has is not known. */
  #line: number | null;
  #hasGaps = false;

  constructor(
    tally: Tally,
    file: StoredFile,
    judge: Judge | null,
    createSha256: VerifyRequest['createSha256'],
  ) {
    this.#tally = tally;
    this.#file = file;
    this.#judge = judge;
    this.#createSha256 = createSha256;
    this.#offset = file.header.length;
    this.#line = file.header.split('\n').length;
  }

  /** Can the slices be put together to the whole file? */
  get isWhole(): boolean {
    return !this.#hasGaps && this.unhashedBytes === 0;
  }

  /** @returns false when the record has no place in the file */
  take(row: StoredRecord): boolean {
    const isNext = row.record === this.counts.read + 1 && (this.#line === null || row.line === this.#line);
    if (row.offset < this.#offset && !isNext) {
      this.#tally.add('extra', placeOf(row));
      return false;
    }
    if (row.offset > this.#offset && !isNext) {
      this.#miss(row.record, row.offset);
      this.counts.read = row.record - 1;
      this.#line = row.line;
    }
    this.counts.read += 1;
    const line = this.#line ?? row.line;
    if (row.slice === null) {
      this.#compareUnkept(row, line);
      this.#count(row.verdict === 'accepted');
      this.unhashedBytes += row.length;
      this.#offset += row.length;
      this.#line = null;
      return true;
    }
    const { slice } = row;
    const record = this.#recordOf(row, slice);
    const verdict = (record && this.#judge?.(record)) ?? {
      accepted: row.verdict === 'accepted',
      key: row.key,
      issues: row.issues,
      corrects: row.corrects,
    };
    const place = { record: this.counts.read, line, offset: this.#offset, length: slice.length };
    const expected = { ...place, slice, sliceSha256: null, verdict };
    compareRecord(this.#tally, expected, row, this.#createSha256);
    this.#count(verdict.accepted);
    this.#offset += slice.length;
    this.#line = line + Math.max(1, slice.split('\n').length - 1);
    return true;
  }

  end(): void {
    if (this.#offset < this.#file.contentBytes) {
      this.#miss(this.#file.counts.read + 1, this.#file.contentBytes);
      this.#offset = this.#file.contentBytes;
    }
    // Of records that are missing the verdict is not known: the gap says it all.
    const counts = this.#hasGaps ? this.#file.counts : this.counts;
    compareTotals(this.#tally, this.#file, counts, this.#offset);
  }

  /** Only a record that is too long to be kept has no bytes, and whatever is in it, it is rejected for that alone. */
  #compareUnkept(row: StoredRecord, line: number): void {
    const { record, length, sliceSha256: sha256 } = row;
    const place = { record: this.counts.read, line, offset: this.#offset, length };
    if (length <= MAX_RECORD_BYTES) {
      this.#tally.add('unkept', placeOf({ ...place, record }), MAX_RECORD_BYTES, length);
    }
    const long = { ...place, lines: 1, byteLength: length, slice: null, text: '', plain: true, sha256 };
    const verdict = this.#judge?.(long);
    if (!verdict) return;
    compareRecord(
      this.#tally,
      { ...place, slice: null, sliceSha256: sha256, verdict },
      row,
      this.#createSha256,
    );
  }

  #count(accepted: boolean): void {
    this.counts[accepted ? 'accepted' : 'rejected'] += 1;
  }

  /** Notes that nothing is stored from here to the record `next` at byte `to`. */
  #miss(next: number, to: number): void {
    const first = this.counts.read + 1;
    const place = { record: first, line: this.#line, bytes: { from: this.#offset, to } };
    this.#tally.add('missing', place, Math.max(1, next - first));
    this.#hasGaps = true;
    this.#offset = to;
  }

  /** The record of a slice, which must be one and whole; undefined when there is none in it. */
  #recordOf(row: StoredRecord, slice: string): CsvRecord | undefined {
    const found: CsvRecord[] = [];
    const splitter = createSplitter({ offset: this.#offset, line: row.line }, this.#createSha256);
    const keep = (record: CsvRecord): void => void found.push(record);
    splitter.push(slice, isPlain(slice), keep);
    splitter.end(keep);
    const isLast = this.#offset + slice.length >= this.#file.contentBytes;
    const isWhole = slice.endsWith('\n') || isLast;
    if (found.length !== 1 || !isWhole) this.#tally.add('split', placeOf(row), 1, found.length);
    return found[0];
  }
}
