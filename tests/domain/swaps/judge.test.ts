import { describe, expect, it } from '@jest/globals';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { readHeader } from '../../../domain/swaps/read-file.ts';
import type { CsvRecord } from '../../../domain/csv/split.ts';
import { encodeUtf8 } from '../../../domain/csv/decode.ts';

const layout = recogniseHeader(['#26', '#103', '#43', '#104']) as Layout;
const judge = createJudge(layout);

const record = (text: string, plain = true): CsvRecord => ({
  line: 1,
  lines: 1,
  offset: 0,
  byteLength: text.length,
  slice: text,
  text,
  plain,
  sha256: null,
});

describe('the judge', () => {
  it('cuts a long value without leaving half a character', () => {
    const { issues } = judge(record(encodeUtf8(`NEWT,,${'a'.repeat(199)}😀zz,`), false));

    expect(issues).toHaveLength(1);
    expect(issues[0]!.value!.isWellFormed()).toBe(true);
  });

  it('names at most a hundred mistakes of one list', () => {
    const { accepted, issues } = judge(record(`NEWT,,,${';'.repeat(100_000)}`));

    expect(accepted).toBe(false);
    expect(issues).toHaveLength(100);
  });
});

describe('a header', () => {
  const read = (text: string) => readHeader(record(text));

  it('of more columns than any format has is refused', () => {
    expect(read('x,'.repeat(5000))).toMatchObject({ code: 'file.header-unknown' });
  });

  it('with endless names is refused with a short message', () => {
    const problem = read(`#26,#103,Action type${' '.repeat(100_000)}`);

    expect(problem).toMatchObject({ code: 'file.header-duplicate' });
    expect(JSON.stringify(problem).length).toBeLessThan(300);
  });
});
