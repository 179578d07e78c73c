import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPlain } from '../../../domain/csv/decode.ts';
import { countLines } from '../../../domain/csv/lines.ts';
import { createSplitter, type CsvRecord } from '../../../domain/csv/split.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { readRecordValues, textOfSlice } from '../../../domain/swaps/values.ts';

const layout = recogniseHeader(['#26', '#103']) as Layout;
const judge = createJudge(layout);

function split(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  const splitter = createSplitter();
  splitter.push(text, (record) => records.push(record));
  splitter.end((record) => records.push(record));
  return records;
}

describe('a stored slice', () => {
  it('is read as the very text that was judged, whatever its bytes', () => {
    const bytes = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', '\r'), maxLength: 60 });
    fc.assert(
      fc.property(bytes, (text) => {
        for (const record of split(text)) expect(textOfSlice(record.slice)).toBe(record.text);
      }),
    );
  });

  it('keeps a stray carriage return at its end, so that view and verdict agree', () => {
    const [record] = split('NEWT,x\r\r\n');

    expect(judge(record!.text, isPlain(record!.text)).issues[0]!.ruleId).toBe('csv.stray-carriage-return');
    expect(readRecordValues(record!.slice, layout)).toBeNull();
  });

  it('counts its lines as the splitter does', () => {
    for (const text of ['a', 'a\n', '\n\na\n\nb', '\r\na', 'a\n\n\nb\nc\n']) {
      const records = split(text);
      for (const [index, record] of records.entries()) {
        const next = records[index + 1];
        const before = /^[\r\n]*/.exec(record.slice)![0].split('\n').length - 1;
        if (next) expect(record.line - before + countLines(record.slice)).toBe(next.line);
      }
    }
  });
});
