import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPlain } from '../../../domain/csv/decode.ts';
import { createSplitter, type CsvRecord } from '../../../domain/csv/split.ts';
import { createSliceHash } from '../../../platform/slice-hash.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { readRecordValues, textOfSlice } from '../../../domain/swaps/values.ts';

const layout = recogniseHeader(['#26', '#103']) as Layout;
const judge = createJudge(layout);

function split(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  const splitter = createSplitter({ offset: 0, line: 1 }, createSliceHash);
  splitter.push(text, isPlain(text), (record) => records.push(record));
  splitter.end((record) => records.push(record));
  return records;
}

describe('a stored slice', () => {
  it('is read as the very text that was judged, whatever its bytes', () => {
    const bytes = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', '\r'), maxLength: 60 });
    fc.assert(
      fc.property(bytes, (text) => {
        for (const record of split(text)) expect(textOfSlice(record.slice!)).toBe(record.text);
      }),
    );
  });

  it('keeps a stray carriage return at its end, so that view and verdict agree', () => {
    const [record] = split('NEWT,x\r\r\n');

    expect(judge(record!).issues[0]!.ruleId).toBe('csv.stray-carriage-return');
    expect(readRecordValues(record!.slice!, layout)).toBeNull();
  });
});
