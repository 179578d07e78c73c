import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { Issue } from '../../../contracts/issues.ts';
import { explainIssue } from '../../../domain/cftc/explain-issue.ts';
import { encodeUtf8, isPlain } from '../../../domain/csv/decode.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge, readFields } from '../../../domain/swaps/judge.ts';
import { record } from '../../support/csv-record.ts';
import { createRejectionEncoder } from '../../../domain/swaps/rejections.ts';

const REFERENCE = '20261121-0123456789abcdef0123456789abcdef/41';
const layoutOf = (...names: string[]): Layout => recogniseHeader(names) as Layout;
const layout = layoutOf('#26', '#103', 'Remark');
const inEnglish = (issue: Issue): string => explainIssue(issue, 'en');
const encoder = createRejectionEncoder(layout, inEnglish);

/** A record of the list as another program reads it. */
const readBack = (line: string, header = encoder.header): Record<string, string> => {
  const [line1] = parse<Record<string, string>>(header + line, { columns: true });
  return line1!;
};
const asText = (cells: readonly string[]): string =>
  encodeUtf8(cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','));
const listed = (text: string, from: Layout = layout): Record<string, string> => {
  const own = createRejectionEncoder(from, inEnglish);
  const { issues } = createJudge(from)(record(text, isPlain(text)));
  return readBack(own.encode({ reference: REFERENCE, text, issues }), own.header);
};

const cell = fc.string({
  unit: fc.oneof(
    fc.constantFrom(',', '"', '=', '-', '+', '@', ' ', '\t', ';'),
    fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
  ),
  maxLength: 20,
});

describe('a listed record', () => {
  it('gives the very cells back that were sent, to any reader and to intake', () => {
    const cells = fc
      .array(cell, { minLength: 3, maxLength: 3 })
      .filter((three) => !/[\r\n\0]/.test(three.join('')));
    fc.assert(
      fc.property(cells, (sent) => {
        const line = encoder.encode({ reference: REFERENCE, text: asText(sent), issues: [] });

        expect(Object.values(readBack(line))).toEqual([...sent, REFERENCE, '', '']);
        const returned = layoutOf('#26', '#103', 'Remark', 'tainRecord', 'tainIssues', 'tainRaw');
        const bytes = encodeUtf8(line.slice(0, -1));
        expect(readFields(bytes, isPlain(bytes), returned)).toEqual({ fields: [...sent, REFERENCE, '', ''] });
      }),
    );
  });

  it('names its reference and says in words everything that is wrong', () => {
    const record = listed('NEW,5493001KJTIIGC8Y1R12,');

    expect(record).toMatchObject({ '#26': 'NEW', tainRecord: REFERENCE, tainRaw: '' });
    expect(record['tainIssues']).toMatch(/^#26 Action type .*"NEW" .* \| #103 .*/);
  });

  it.each([
    ['of too few fields', 'NEWT', 'NEWT', /1 field where the header has 3/],
    ['with an open quote', '"NEWT,x,y', '"NEWT,x,y', /never closed/],
    ['with a carriage return', 'NEWT,x,\ry', 'NEWT,x,␍y', /carriage return/],
    ['that is not UTF-8', 'NEWT,x,\u00e9', 'NEWT,x,\ufffd', /not UTF-8/],
    ['with a NUL byte', 'NEWT,x,\0', 'NEWT,x,␀', /NUL/],
    ['that looks like a formula', '=1+1', "'=1+1", /1 field/],
  ])('%s shows its text instead of cells, on one line', (_what, text, shown, words) => {
    const record = listed(text);

    expect(record).toMatchObject({ '#26': '', '#103': '', Remark: '', tainRaw: shown });
    expect(record['tainIssues']).toMatch(words);
  });

  it('too long to be kept says how long it was and what it hashes to', () => {
    const notKept = { bytes: 20_000_000, sha256: 'ab'.repeat(32) };
    const record = readBack(encoder.encode({ reference: REFERENCE, text: null, notKept, issues: [] }));

    expect(record).toMatchObject({ '#26': '', tainRaw: `[20000000 bytes, sha-256 ${notKept.sha256}]` });
  });

  it('fits into the cells of a spreadsheet, however much is wrong', () => {
    const issue: Issue = {
      ruleId: 'format.boolean',
      severity: 'error',
      element: '1',
      column: null,
      value: 'x'.repeat(200),
      params: {},
    };
    const issues = Array.from({ length: 1000 }, () => issue);
    const record = readBack(encoder.encode({ reference: REFERENCE, text: 'x'.repeat(100_000), issues }));

    expect(record['tainIssues']!.length).toBeLessThan(32_768);
    expect(record['tainRaw']!.length).toBeLessThan(32_768);
  });

  it('of a corrected file that is rejected again has each column once, with its own reference', () => {
    const corrected = layoutOf('#26', 'tainIssues', '#103', 'tainRecord');
    const again = createRejectionEncoder(corrected, inEnglish);
    const text = 'NEW,old issues,x,20261120-0123456789abcdef0123456789abcdef/7';

    expect(again.header).toBe('#26,#103,tainRecord,tainIssues,tainRaw\n');
    expect(recogniseHeader(again.header.trim().split(','))).not.toHaveProperty('code');
    expect(listed(text, corrected)).toMatchObject({ '#26': 'NEW', '#103': 'x', tainRecord: REFERENCE });
  });
});
