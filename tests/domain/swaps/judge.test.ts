import { describe, expect, it } from '@jest/globals';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { readHeader } from '../../../domain/swaps/read-file.ts';
import { encodeUtf8 } from '../../../domain/csv/decode.ts';
import { record } from '../../support/csv-record.ts';

const layout = recogniseHeader(['#26', '#103', '#43', '#104']) as Layout;
const judge = createJudge(layout);

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

  it.each([
    ['utf16', '\u00ff\u00feA\0c\0t\0i\0o\0n\0'],
    ['utf16', '\u00fe\u00ff\0A\0c\0t\0i\0o\0n'],
    ['utf16', '#\x002\x006\0,\0#\x001\x000\x003\0'],
    ['carriage-returns', '#26,#103\rNEWT,x\rNEWT,y'],
    ['text', '#26,"#103'],
    ['text', '#26,caf\u00e9'],
  ])('that is no CSV text names the problem %s: %j', (problem, text) => {
    expect(read(text)).toEqual({ code: 'file.header-unknown', params: { problem } });
  });

  it('with endless names is refused with a short message', () => {
    const problem = read(`#26,#103,Action type${' '.repeat(100_000)}`);

    expect(problem).toMatchObject({ code: 'file.header-duplicate' });
    expect(JSON.stringify(problem).length).toBeLessThan(300);
  });
});
