import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutSegments, type Segment } from '../../platform/file-segments.ts';
import { countSegment, findLastCut } from '../../domain/csv/segments.ts';
import { createSplitter, type CsvRecord } from '../../domain/csv/split.ts';
import { createSliceHash } from '../../platform/slice-hash.ts';

const bytes = fc
  .string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', '\r', '\n\n'), maxLength: 120 })
  // Behind a header a record begins.
  .map((text) => `h${text}`);

function split(text: string, offset = 0, line = 1): CsvRecord[] {
  const records: CsvRecord[] = [];
  const splitter = createSplitter({ offset, line }, createSliceHash);
  splitter.push(text, false, (record) => records.push(record));
  splitter.end((record) => records.push(record));
  return records;
}

async function cut(blocks: readonly Buffer[], offset: number): Promise<Segment[]> {
  const segments: Segment[] = [];
  const source = (async function* () {
    for (const block of blocks) yield await Promise.resolve(block);
  })();
  for await (const segment of cutSegments(source, { offset, line: 2 }, 512 * 1024)) segments.push(segment);
  return segments;
}

describe('a cut', () => {
  it('is always where the splitter begins a record, whatever follows', () => {
    fc.assert(
      fc.property(bytes, bytes, (text, rest) => {
        const place = findLastCut(Buffer.from(text, 'latin1'));

        const starts = split(text + rest).map(({ offset }) => offset);
        expect(starts).toContain(place);
      }),
      { numRuns: 1000 },
    );
  });

  it('counts what the splitter reads before it', () => {
    fc.assert(
      fc.property(bytes, (text) => {
        const place = findLastCut(Buffer.from(text, 'latin1'));
        if (place === 0) return;
        const before = split(text.slice(0, place));

        const { records, lines } = countSegment(Buffer.from(text.slice(0, place), 'latin1'));
        expect(records).toBe(before.length);
        expect(lines).toBe(before.reduce((sum, record) => sum + record.lines, 0));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('segments', () => {
  it('tile a large file and hold the records that the splitter finds', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `${index},${'x'.repeat(index % 97)}`);
    for (let index = 0; index < lines.length; index += 13) lines[index] += '\r';
    for (let index = 0; index < lines.length; index += 501) lines[index] += '\n\r\n';
    const content = Buffer.from(lines.join('\n'));
    const blocks = Array.from({ length: Math.ceil(content.length / 99_991) }, (_, index) =>
      content.subarray(index * 99_991, (index + 1) * 99_991),
    );

    const segments = await cut(blocks, 100);

    expect(segments.length).toBeGreaterThan(2);
    const found = segments.flatMap(({ bytes: part, offset, line }) =>
      split(Buffer.from(part!).toString('latin1'), offset, line),
    );
    expect(found).toEqual(split(content.toString('latin1'), 100, 2));
    expect(segments.reduce((sum, { records }) => sum + records, 0)).toBe(found.length);
  });

  it('hand on a record that is too long to be held as its place and hash, and what stands around it', async () => {
    const block = Buffer.alloc(1024 * 1024, 'x');
    const blocks = [
      Buffer.from('a,b\n'),
      ...Array.from({ length: 18 }, () => block),
      Buffer.from('\n\r\nc\n'),
    ];

    const segments = await cut(blocks, 10);

    const whole = split(Buffer.concat(blocks).toString('latin1'), 10, 2);
    const found = segments.flatMap(({ bytes: part, long, offset, line }) =>
      part ? split(Buffer.from(part).toString('latin1'), offset, line) : [long!],
    );
    expect(found).toEqual(whole);
    expect(whole.map(({ sha256 }) => sha256 !== null)).toEqual([false, true, false]);
  });
});
