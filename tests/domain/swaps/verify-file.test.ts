import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DIFFERENCE_KINDS, type Difference, type RecordProof } from '../../../contracts/verification.ts';
import { createFileReader, createHeaderFinder } from '../../../domain/swaps/read-file.ts';
import { createSliceHash as createSha256 } from '../../../platform/slice-hash.ts';
import type { StoredRecord } from '../../../domain/swaps/verify-differences.ts';
import { verifyFile, type StoredFile } from '../../../domain/swaps/verify-file.ts';
import { verifySlices } from '../../../domain/swaps/verify-slices.ts';
import { GOOD_COLUMNS, goodLine, LEI } from '../../support/good-record.ts';

type Stored = { readonly file: StoredFile; readonly records: StoredRecord[] };

const HEADER = `${GOOD_COLUMNS.join(',')},Remark\n`;
const row = (number: number, currency: string, remark: string): string =>
  `${goodLine({
    uniqueTransactionIdentifierUti: `${LEI}T${String(number).padStart(8, '0')}`,
    notionalCurrencyLeg1: currency,
  })},${remark}`;

async function* cut(content: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < content.length; at += size) yield content.slice(at, at + size);
}

async function* batches(records: readonly StoredRecord[]): AsyncGenerator<readonly StoredRecord[]> {
  yield [];
  for (let at = 0; at < records.length; at += 3) yield records.slice(at, at + 3);
}

/** What ingest stores of a content. */
function store(content: string, folderDate = '2026-11-20'): Stored {
  const finder = createHeaderFinder(createSha256);
  const header = finder.push(content) ?? finder.end();
  if ('code' in header) throw new Error(header.code);
  const { layout, slice } = header;
  const records: StoredRecord[] = [];
  const reader = createFileReader(layout, header.end, createSha256, { submittedOn: folderDate });
  const take: Parameters<typeof reader.end>[0] = ({ record, verdict }) =>
    void records.push({
      record: records.length + 1,
      line: record.line,
      offset: record.offset,
      length: record.byteLength,
      verdict: verdict.accepted ? 'accepted' : 'rejected',
      key: verdict.key,
      issues: verdict.issues,
      slice: record.slice,
      sliceSha256: null,
      corrects: verdict.corrects,
    });
  reader.push(content.slice(slice.length), false, take);
  reader.end(take);
  const accepted = records.filter(({ verdict }) => verdict === 'accepted').length;
  const contentSha256 = createHash('sha256').update(content, 'latin1').digest('hex');
  const file = {
    folderDate,
    header: slice,
    format: layout.format,
    unknownColumns: layout.unknownColumns,
    counts: { read: records.length, accepted, rejected: records.length - accepted },
    nextOffset: content.length,
    contentBytes: content.length,
    contentSha256,
  };
  return { file, records };
}

const fromFile = (content: string, { file, records }: Stored): Promise<RecordProof> =>
  verifyFile({ file, records: batches(records), createSha256 }, () => cut(content, 100));
const fromSlices = ({ file, records }: Stored, disk: string | null = null): Promise<RecordProof> =>
  verifySlices({ file, records: batches(records), createSha256 }, disk === null ? null : cut(disk, 100));

/** Files of good, rejected, ragged and odd rows, with blank lines and either line break. */
const contents = fc
  .array(
    fc.record({
      currency: fc.constantFrom('USD', 'EUR', 'XQX'),
      remark: fc.constantFrom(
        '',
        'plain',
        '"a, b"',
        'gr\u00c3\u00b6\u00c3\u009fer',
        'latin \u00e9',
        '\0',
        ',,',
        '"open',
      ),
      end: fc.constantFrom('\n', '\r\n', '\n\n', '\n\r\n'),
    }),
    { minLength: 2, maxLength: 12 },
  )
  .chain((rows) =>
    fc.boolean().map((hasEnd) => {
      const lines = rows.map(({ currency, remark, end }, at) => row(at, currency, remark) + end);
      const content = HEADER + lines.join('');
      return hasEnd ? content : content.replace(/[\r\n]+$/, '');
    }),
  );

type Tampering = {
  readonly name: string;
  /** Kinds by which the difference may be named. */
  readonly kinds: readonly Difference['kind'][];
  readonly change: (record: StoredRecord, by: number) => StoredRecord;
};

const TAMPERINGS: readonly Tampering[] = [
  {
    name: 'number',
    kinds: ['number', 'missing', 'extra'],
    change: (one, by) => ({ ...one, record: one.record + by * 100 }),
  },
  { name: 'line', kinds: ['line'], change: (one, by) => ({ ...one, line: one.line + by }) },
  { name: 'offset', kinds: ['offset'], change: (one, by) => ({ ...one, offset: one.offset + by }) },
  { name: 'length', kinds: ['length'], change: (one, by) => ({ ...one, length: one.length + by }) },
  {
    name: 'verdict',
    kinds: ['verdict'],
    change: (one) => ({ ...one, verdict: one.verdict === 'accepted' ? 'rejected' : 'accepted' }),
  },
  { name: 'key', kinds: ['key'], change: (one) => ({ ...one, key: one.key === null ? 'K' : null }) },
  {
    name: 'issues',
    kinds: ['issues'],
    change: (one) => ({
      ...one,
      issues:
        one.issues.length > 0
          ? one.issues.slice(1)
          : [
              {
                ruleId: 'format.date',
                severity: 'error',
                element: '1',
                column: null,
                value: null,
                params: {},
              },
            ],
    }),
  },
  {
    name: 'bytes',
    kinds: ['bytes'],
    change: (one, by) => {
      const at = by % one.slice!.length;
      const other = one.slice![at] === 'x' ? 'y' : 'x';
      return { ...one, slice: one.slice!.slice(0, at) + other + one.slice!.slice(at + 1) };
    },
  },
];

describe('the proof of a file', () => {
  it('holds for what ingest stores, from the file and from the slices', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const stored = store(content);
        const { counts } = stored.file;
        const proven = { counts, unhashedBytes: 0, differing: 0, differences: [] };

        expect(await fromFile(content, stored)).toEqual(proven);
        expect(await fromSlices(stored)).toEqual(proven);
      }),
    );
  });

  it('names every change of a single stored row, its record and its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        contents,
        fc.constantFrom(...TAMPERINGS),
        fc.nat(),
        fc.integer({ min: 1, max: 50 }),
        async (content, { kinds, change }, pick, by) => {
          const stored = store(content);
          const at = pick % stored.records.length;
          const victim = stored.records[at]!;
          const records = stored.records
            .with(at, change(victim, by))
            .sort((one, other) => one.record - other.record);

          const found = await fromFile(content, { ...stored, records });

          expect(found.differing).toBeGreaterThan(0);
          for (const { kind, bytes } of found.differences) {
            expect(kinds).toContain(kind);
            expect(bytes!.from).toBeGreaterThanOrEqual(Math.min(victim.offset, records[at]!.offset));
            expect(bytes!.to).toBeLessThanOrEqual(victim.offset + victim.length + by);
          }
          expect(found.differences.map(({ record }) => record)).toContain(victim.record);
          expect((await fromSlices({ ...stored, records })).differing).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('names rows that were deleted and doubled, and goes on behind them', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.nat(), fc.nat(), async (content, lose, double) => {
        const stored = store(content);
        const lost = stored.records[lose % stored.records.length]!;
        const doubled = stored.records[double % stored.records.length]!;
        const records = stored.records
          .filter((one) => one !== lost)
          .concat({ ...doubled, record: stored.records.length + 1 });

        for (const found of [
          await fromFile(content, { ...stored, records }),
          ...(lost.record < stored.records.length && lost !== doubled
            ? [await fromSlices({ ...stored, records })]
            : []),
        ]) {
          const places = found.differences.map(({ kind, bytes }) => [kind, bytes]);
          expect(places).toHaveLength(found.differing);
          if (lost === doubled && lost.record === stored.records.length) {
            // The last row under the next number: only its number is wrong.
            expect(places.map(([kind]) => kind)).toEqual(['number']);
            continue;
          }
          expect(places.sort(([one], [other]) => (one! < other! ? 1 : -1))).toEqual([
            ['missing', { from: lost.offset, to: lost.offset + lost.length }],
            ['extra', { from: doubled.offset, to: doubled.offset + doubled.length }],
          ]);
        }
      }),
    );
  });

  it('names altered totals', async () => {
    const content = `${HEADER}${row(1, 'USD', '')}\n${row(2, 'XQX', '')}\n`;
    const { file, records } = store(content);
    const changes: [Partial<StoredFile>, string[]][] = [
      [{ counts: { read: 2, accepted: 2, rejected: 0 } }, ['accepted', 'rejected']],
      [{ counts: { read: 3, accepted: 1, rejected: 1 } }, ['read']],
      [{ contentBytes: 1, nextOffset: 1 }, ['size']],
      [{ nextOffset: 1 }, ['size']],
      [{ format: 'public-dissemination' }, ['format']],
      [{ unknownColumns: [] }, ['columns']],
      [{ header: HEADER.replace('Remark', 'remark') }, ['header', 'columns']],
    ];
    for (const [change, kinds] of changes) {
      const found = await fromFile(content, { file: { ...file, ...change }, records });
      expect(found.differences.map(({ kind }) => kind)).toEqual(expect.arrayContaining([kinds[0]]));
      for (const { kind } of found.differences) expect(kinds).toContain(kind);
      expect((await fromSlices({ file: { ...file, ...change }, records })).differing).toBeGreaterThan(0);
    }
  });

  it('counts all differences and lists the first', async () => {
    const content = HEADER + Array.from({ length: 50 }, (_, at) => `${row(at, 'USD', '')}\n`).join('');
    const { file } = store(content);

    const found = await fromFile(content, { file, records: [] });

    expect(found.differing).toBe(50);
    expect(found.differences).toHaveLength(20);
  });

  it('says how many bytes of records that are not kept could not be hashed again without the file', async () => {
    const content = `${HEADER}${row(1, 'USD', '')}\n${row(2, 'USD', 'long')}\n\n${row(3, 'USD', '')}\n`;
    const stored = store(content);
    const long = stored.records[1]!;
    const hash = createHash('sha256').update(long.slice!, 'latin1').digest('hex');
    const kept = (sliceSha256: string): Stored => ({
      ...stored,
      records: stored.records.with(1, { ...long, slice: null, sliceSha256 }),
    });

    expect(await fromFile(content, kept(hash))).toMatchObject({ differing: 0 });
    expect((await fromFile(content, kept('0'.repeat(64)))).differences).toMatchObject([
      { kind: 'hash', record: 2 },
    ]);
    // Without the file it is not believed: so short a record would have been kept.
    const alone = await fromSlices(kept(hash));
    expect(alone.unhashedBytes).toBe(long.length);
    expect(alone.differences[0]).toMatchObject({ kind: 'unkept', record: 2 });
  });

  it('names the first byte in which a changed file differs from the stored slices', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.nat(), async (content, pick) => {
        const stored = store(content);
        const at = pick % content.length;
        const other = content[at] === 'x' ? 'y' : 'x';
        const disk = content.slice(0, at) + other + content.slice(at + 1);

        const found = await fromSlices(stored, disk);

        const victim = stored.records.find(({ offset, length }) => offset <= at && at < offset + length);
        expect(found.differences).toEqual([
          {
            kind: 'disk',
            record: victim?.record ?? null,
            line: victim?.line ?? null,
            bytes: { from: at, to: at + 1 },
            expected: content[at],
            actual: other,
          },
        ]);
      }),
    );
  });

  it('has words for every kind of difference', async () => {
    const { DIFFERENCE_TEXTS } = await import('../../../contracts/texts/en-verification.ts');
    expect(Object.keys(DIFFERENCE_TEXTS).sort()).toEqual([...DIFFERENCE_KINDS].sort());
  });
});
