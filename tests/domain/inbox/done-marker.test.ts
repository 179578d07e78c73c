import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeError } from '../../../contracts/texts/describe.ts';
import { createRecordCounter } from '../../../domain/csv/count.ts';
import { createSliceHash } from '../../../platform/slice-hash.ts';
import {
  findDisagreement,
  findRowDisagreement,
  parseDoneMarker,
  type DoneMarker,
} from '../../../domain/inbox/done-marker.ts';

const NOTHING: DoneMarker = { rows: null, bytes: null, sha256: null };
const HASH = 'ab'.repeat(32);

const anyMarker = fc.record({
  rows: fc.option(fc.nat()),
  bytes: fc.option(fc.maxSafeNat()),
  sha256: fc.option(
    fc
      .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 64, maxLength: 64 })
      .map((digits) => digits.join('')),
  ),
});
const anyCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join(''));
const stated = (marker: DoneMarker): [string, string | number][] =>
  Object.entries(marker).filter(([, value]) => value !== null) as [string, string | number][];

describe('a .done marker', () => {
  it.each(['', '\n', '  \r\n', '\ufeff', '{}', 'source=front end\n', '{"source":{"host":1}}'])(
    'that states nothing, like %j, is read as that',
    (text) => {
      expect(parseDoneMarker(text)).toEqual(NOTHING);
    },
  );

  it('says the same as lines and as JSON, in any case of its keys and with any line break', () => {
    fc.assert(
      fc.property(
        anyMarker,
        fc.constantFrom('\n', '\r\n', '\r', '\n\n'),
        fc.constantFrom('=', ': ', ' = ', ':'),
        fc.tuple(anyCase('rows'), anyCase('bytes'), anyCase('sha256')),
        (marker, lineBreak, separator, [rows, bytes, sha256]) => {
          const keys: Record<string, string> = { rows, bytes, sha256 };
          const pairs = stated(marker).map(([key, value]) => [keys[key]!, value] as const);
          const lines = pairs.map(([key, value]) => `${key}${separator}${value}`).join(lineBreak);

          expect(parseDoneMarker(lines)).toEqual(marker);
          expect(parseDoneMarker(JSON.stringify(Object.fromEntries(pairs)))).toEqual(marker);
        },
      ),
    );
  });

  it('is read or refused with a sentence, whatever it contains', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '{', 'rows='), (text, start) => {
        const marker = parseDoneMarker(start + text);
        if (!('problem' in marker)) return;
        const { detail } = describeError('file.done-unreadable', { file: 'a.csv', ...marker }, 'en');
        expect(detail).not.toMatch(/\?\.$/);
        expect(marker.problem).toMatch(/^(json|line|value|twice)$/);
      }),
    );
  });

  it.each([
    ['{"rows": 3', { problem: 'json' }, 'JSON'],
    ['finished', { problem: 'line', line: 1 }, 'line 1'],
    ['rows=3\n\nready', { problem: 'line', line: 3 }, 'line 3'],
    ['rows=-1', { problem: 'value', key: 'rows', value: '-1' }, '"-1" is no number of rows'],
    ['{"bytes": 1.5}', { problem: 'value', key: 'bytes', value: '1.5' }, '"1.5" is no number of bytes'],
    [
      'rows=9007199254740993',
      { problem: 'value', key: 'rows', value: '9007199254740993' },
      '9007199254740993',
    ],
    ['{"rows": [3]}', { problem: 'value', key: 'rows', value: '[3]' }, '[3]'],
    ['sha256=abc', { problem: 'value', key: 'sha256', value: 'abc' }, '64 hex digits'],
    ['rows=3\nROWS=4', { problem: 'twice', key: 'rows' }, 'rows twice'],
  ])('like %j is refused with its reason', (text, problem, words) => {
    expect(parseDoneMarker(text)).toEqual(problem);
    expect(describeError('file.done-unreadable', { file: 'a.csv', ...problem }, 'en').detail).toContain(
      words,
    );
  });

  it('disagrees in what it states and the file is not, and in nothing else', () => {
    const actual = { bytes: 10, sha256: HASH };

    expect(findDisagreement('a.csv', NOTHING, actual)).toBeNull();
    expect(findDisagreement('a.csv', { rows: 1, bytes: 10, sha256: HASH }, actual)).toBeNull();
    expect(findDisagreement('a.csv', { ...NOTHING, bytes: 11 }, actual)).toEqual({
      code: 'file.done-disagrees',
      params: { file: 'a.csv', what: 'bytes', stated: 11, actual: 10 },
    });
    expect(findDisagreement('a.csv', { ...NOTHING, sha256: 'cd'.repeat(32) }, actual)).toMatchObject({
      params: { what: 'sha256', actual: HASH },
    });
    expect(findRowDisagreement('a.csv', null, 5)).toBeNull();
    expect(findRowDisagreement('a.csv', 5, 5)).toBeNull();
    expect(findRowDisagreement('a.csv', 0, 5)).toMatchObject({
      params: { what: 'rows', stated: 0, actual: 5 },
    });
  });
});

describe('counting records', () => {
  const countIn = (text: string, size: number): number => {
    const counter = createRecordCounter(createSliceHash);
    for (let at = 0; at < text.length; at += size) counter.push(text.slice(at, at + size));
    return counter.end();
  };

  it.each([
    ['', 0],
    ['header', 0],
    ['header\n', 0],
    ['\r\nheader\r\n\r\na\r\n\r\nb', 2],
    ['header\na,"x\ny"\n,\n', 3],
  ])('finds in %j %i behind the header, however it is cut', (text, records) => {
    for (const size of [1, 2, 3, 100]) expect(countIn(text, size)).toBe(records);
  });
});
