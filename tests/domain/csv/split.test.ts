import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { splitFields } from '../../../domain/csv/fields.ts';
import { isPlain } from '../../../domain/csv/decode.ts';
import {
  createSplitter,
  MAX_RECORD_BYTES,
  type CsvRecord,
  type SplitterStart,
} from '../../../domain/csv/split.ts';
import { createSliceHash } from '../../../platform/slice-hash.ts';

function splitAll(
  chunks: readonly string[],
  start: SplitterStart = { offset: 0, line: 1 },
  maxRecordBytes = MAX_RECORD_BYTES,
): CsvRecord[] {
  const splitter = createSplitter(start, createSliceHash, maxRecordBytes);
  const records: CsvRecord[] = [];
  for (const chunk of chunks) splitter.push(chunk, isPlain(chunk), (record) => records.push(record));
  splitter.end((record) => records.push(record));
  return records;
}

const sha256Of = (bytes: string): string => createHash('sha256').update(bytes, 'latin1').digest('hex');

function cut(text: string, places: readonly number[]): string[] {
  const sorted = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => text.slice(from, sorted[index] ?? text.length));
}

const fileText = fc.string({
  unit: fc.constantFrom('a', 'b', ',', '"', '\n', '\r\n', '\r', '\u00e9'),
  maxLength: 200,
});
const places = fc.array(fc.nat({ max: 1000 }), { maxLength: 30 });

describe('the splitter', () => {
  it('gives line and byte offset of every record', () => {
    const records = splitAll(['a,b\r\n1,2\n\n3,4']);

    expect(records.map(({ line, offset, text }) => [line, offset, text])).toEqual([
      [1, 0, 'a,b'],
      [2, 5, '1,2'],
      [4, 10, '3,4'],
    ]);
  });

  it('tiles the file with its slices, whatever the bytes', () => {
    fc.assert(
      fc.property(fileText, (text) => {
        const records = splitAll([text]);

        const joined = records.map(({ slice }) => slice).join('');
        expect(joined === text || /^[\r\n]*$/.test(text)).toBe(true);
        let offset = 0;
        for (const record of records) {
          expect(record.offset).toBe(offset);
          offset += record.byteLength;
        }
      }),
    );
  });

  it('finds the same records however the file is cut into chunks', () => {
    fc.assert(
      fc.property(fileText, places, (text, cuts) => {
        expect(splitAll(cut(text, cuts))).toEqual(splitAll([text]));
        expect(splitAll([...text])).toEqual(splitAll([text]));
      }),
    );
  });

  it('goes on from a record in the middle as if it had read the beginning', () => {
    fc.assert(
      fc.property(fileText, fc.nat(), (text, pick) => {
        const records = splitAll([text]);
        const from = records[pick % Math.max(1, records.length)];
        if (!from || from.offset === 0) return;

        const rest = splitAll([text.slice(from.offset)], { offset: from.offset, line: from.line });

        expect(rest).toEqual(records.slice(records.indexOf(from)));
      }),
    );
  });

  it('ends a record at a line break inside quotes, so that a stray quote costs one record', () => {
    const records = splitAll(['h\n"a\nb\nc\n']);

    expect(records.map(({ text }) => text)).toEqual(['h', '"a', 'b', 'c']);
    expect(splitFields('"a')).toEqual({ ruleId: 'csv.unclosed-quote', field: 1 });
  });

  it('knows of a record that outgrows the limit its place and its hash, however it is cut', () => {
    fc.assert(
      fc.property(fileText, places, fc.integer({ min: 1, max: 12 }), (text, cuts, limit) => {
        const records = splitAll([text], undefined, limit);

        expect(splitAll(cut(text, cuts), undefined, limit)).toEqual(records);
        expect(splitAll([...text], undefined, limit)).toEqual(records);
        for (const [index, whole] of splitAll([text]).entries()) {
          const { offset, byteLength, line, lines } = whole;
          expect(records[index]).toMatchObject({ offset, byteLength, line, lines });
          const bytes = text.slice(offset, offset + byteLength);
          const sha256 = byteLength > limit ? sha256Of(bytes) : null;
          expect(records[index]).toMatchObject({ sha256, slice: sha256 === null ? bytes : null });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('says of every record whether it is plain', () => {
    fc.assert(
      fc.property(fileText, places, (text, cuts) => {
        for (const { slice, plain } of splitAll(cut(text, cuts))) expect(plain).toBe(isPlain(slice!));
      }),
    );
  });

  it('goes on after a record of 40 MiB without holding it', () => {
    const chunk = 'x'.repeat(1024 * 1024);
    const records = splitAll(['h\n', ...Array.from({ length: 40 }, () => chunk), '\n1,2\n']);

    expect(records.map(({ offset, byteLength, slice }) => [offset, byteLength, slice])).toEqual([
      [0, 2, 'h\n'],
      [2, 40 * chunk.length + 1, null],
      [40 * chunk.length + 3, 4, '1,2\n'],
    ]);
  });

  it('keeps the last record of a file that does not end in a line break', () => {
    expect(splitAll(['a\nb']).at(-1)).toMatchObject({ line: 2, offset: 2, slice: 'b', text: 'b' });
  });

  it('has no record in an empty file and in one of line breaks only', () => {
    expect(splitAll([''])).toEqual([]);
    expect(splitAll(['\n\r\n\n'])).toEqual([]);
  });
});

describe('the fields of a record', () => {
  const value = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', 'ü', '1'), maxLength: 8 });
  const quote = (text: string, force: boolean): string =>
    force || /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

  it('are what csv-parse finds, on everything that is valid', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.boolean()), { minLength: 1, maxLength: 8 }), (cells) => {
        const text = cells.map(([cell, force]) => quote(cell, force)).join(',');
        if (text === '') return;

        expect([splitFields(text)]).toEqual(parse(text, { relax_column_count: true }));
      }),
    );
  });

  it.each([
    ['a"b,c', 'csv.stray-quote', 1],
    ['a,"b"c', 'csv.stray-quote', 2],
    ['a,b,"c', 'csv.unclosed-quote', 3],
    ['a,b\rc', 'csv.stray-carriage-return', 2],
  ])('are refused by name in %j', (text, ruleId, field) => {
    expect(splitFields(text)).toEqual({ ruleId, field });
  });

  it('are one more than the commas', () => {
    expect(splitFields(',,')).toEqual(['', '', '']);
    expect(splitFields('"",')).toEqual(['', '']);
  });
});
