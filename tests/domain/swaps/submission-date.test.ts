import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { describe, expect, it } from '@jest/globals';
import { createSegmentEncoder } from '../../../activities/file-encode-segment.ts';
import {
  createFileReader,
  createHeaderFinder,
  type FileHeader,
  type JudgedRecord,
} from '../../../domain/swaps/read-file.ts';
import { verifyFile, type StoredFile } from '../../../domain/swaps/verify-file.ts';
import { verifySlices } from '../../../domain/swaps/verify-slices.ts';
import { createSliceHash } from '../../../platform/slice-hash.ts';
import { GOOD_COLUMNS, goodLine } from '../../support/good-record.ts';

/** A swap without UPI, and one without its effective date. */
const HEADER = `${GOOD_COLUMNS.join(',')}\n`;
const RECORDS = `${goodLine({ uniqueProductIdentifier: '' })}\n${goodLine({ effectiveDate: '' })}\n`;
const CONTENT = HEADER + RECORDS;
const { layout, end } = createHeaderFinder(createSliceHash).push(CONTENT) as FileHeader;

const countsOn = { '2022-12-04': 2, '2022-12-05': 1, '2024-01-28': 1, '2024-01-29': 0, '2026-11-20': 0 };

/** What ingest counts as accepted in a folder. */
function ingest(folderDate: string): number {
  const encode = createSegmentEncoder(
    { header: HEADER, folderDate, fileId: 1, revision: 1 },
    BUILT_IN_REGISTERS,
  );
  const start = { offset: HEADER.length, line: 2, firstRecord: 1 };
  return encode({ bytes: new Uint8Array(Buffer.from(RECORDS)), long: null, ...start }).accepted;
}

/** What a proof says of the records that were judged on one day, in a file of another. */
async function prove(judgedOn: string, folderDate: string): Promise<number[]> {
  const judged: JudgedRecord[] = [];
  const reader = createFileReader(layout, end, createSliceHash, { submittedOn: judgedOn });
  const take = (one: JudgedRecord): unknown => judged.push(one);
  reader.push(RECORDS, true, take);
  reader.end(take);
  const rows = judged.map(({ record, verdict: { accepted, key, issues, corrects } }, at) => ({
    record: at + 1,
    line: record.line,
    offset: record.offset,
    length: record.byteLength,
    verdict: accepted ? ('accepted' as const) : ('rejected' as const),
    key,
    issues,
    corrects,
    slice: record.slice,
    sliceSha256: null,
  }));
  const accepted = judged.filter(({ verdict }) => verdict.accepted).length;
  const hash = createSliceHash();
  hash.update(CONTENT);
  const file: StoredFile = {
    folderDate,
    header: HEADER,
    format: 'submission',
    unknownColumns: [],
    counts: { read: 2, accepted, rejected: 2 - accepted },
    nextOffset: CONTENT.length,
    contentBytes: CONTENT.length,
    contentSha256: hash.digest(),
  };
  const one = async function* <T>(value: T): AsyncGenerator<T> {
    yield value;
  };
  const request = () => ({ file, records: one(rows), createSha256: createSliceHash });
  const proofs = [await verifyFile(request(), () => one(CONTENT)), await verifySlices(request(), null)];
  return proofs.map(({ differing }) => differing);
}

describe('a file that was submitted on a day', () => {
  it.each(Object.entries(countsOn))('of %s is judged by the rules in force on it', (day, accepted) => {
    expect(ingest(day)).toBe(accepted);
  });

  it.each(Object.keys(countsOn))(
    'of %s is proven by the same rules, from itself and from its slices',
    async (day) => {
      expect(await prove(day, day)).toEqual([0, 0]);
    },
  );

  it('differs when its verdicts are those of another day', async () => {
    const [fromFile, fromSlices] = await prove('2023-06-01', '2026-11-20');

    expect(fromFile).toBeGreaterThan(0);
    expect(fromSlices).toBe(fromFile);
  });
});
