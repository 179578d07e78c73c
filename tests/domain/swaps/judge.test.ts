import { describe, expect, it } from '@jest/globals';
import { PROFILES, type ProfileName } from '../../../domain/cftc/profiles.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { readHeader } from '../../../domain/swaps/read-file.ts';
import { encodeUtf8 } from '../../../domain/csv/decode.ts';
import { record } from '../../support/csv-record.ts';
import { GOOD_COLUMNS, GOOD_VALUES, goodLine } from '../../support/good-record.ts';

const layoutOf = (...more: string[]) => recogniseHeader([...GOOD_COLUMNS, ...more]) as Layout;
const judge = createJudge(layoutOf('#86'));

describe('the judge', () => {
  it('cuts a long value without leaving half a character', () => {
    const { issues } = judge(record(encodeUtf8(`${goodLine()},${'a'.repeat(199)}😀zz`), false));

    expect(issues).toHaveLength(1);
    expect(issues[0]!.value!.isWellFormed()).toBe(true);
  });

  it('names at most a hundred mistakes of one list', () => {
    const { accepted, issues } = judge(record(`${goodLine({ jurisdiction: ';'.repeat(100_000) })},`));

    expect(accepted).toBe(false);
    expect(issues).toHaveLength(100);
  });
});

describe('a corrected record', () => {
  const UTI = GOOD_VALUES.uniqueTransactionIdentifierUti;
  const reference = '20261121-0123456789abcdef0123456789abcdef/41';
  const header = layoutOf('tainRecord', 'tainIssues', 'tainRaw');
  const judgeReturned = createJudge(header);

  it('names the record that it corrects, and what else came back with it is not judged', () => {
    expect(judgeReturned(record(`${goodLine()},${reference},whatever was wrong,"NEWT,"`))).toEqual({
      accepted: true,
      key: UTI,
      corrects: reference,
      issues: [],
    });
    expect(judgeReturned(record(`${goodLine()},,,`))).toMatchObject({ accepted: true, corrects: null });
  });

  it.each([
    'sample.csv/41',
    '20261121-0123456789abcdef0123456789abcdef',
    '20261121-0123456789abcdef0123456789abcdef/0',
    '20261321-0123456789abcdef0123456789abcdef/41',
    'x'.repeat(5000),
  ])('is kept, with a warning, when %.50s is no reference', (text) => {
    const { accepted, corrects, issues } = judgeReturned(record(`${goodLine()},${text},,`));

    expect(accepted).toBe(true);
    expect(corrects).toBe(text.slice(0, 100));
    expect(issues).toMatchObject([{ ruleId: 'record.correction-reference', column: 'tainRecord' }]);
  });

  it('reports nothing when only the columns of the rejection are filled', () => {
    expect(
      judgeReturned(record(`${','.repeat(GOOD_COLUMNS.length)}${reference},some issue,raw`)).issues,
    ).toMatchObject([{ ruleId: 'record.empty' }]);
  });

  it('is known in a public dissemination file too', () => {
    const columns = recogniseHeader(['#D1', '#26', '#87', 'tainRecord']) as Layout;

    expect(columns.unknownColumns).toEqual([]);
    expect(createJudge(columns)(record(`1,NEWT,,${reference}`))).toMatchObject({ corrects: reference });
  });
});

describe('an element', () => {
  it.each([
    ['2022-12-04', ['#31']],
    ['2022-12-05', ['#31']],
    ['2024-01-28', ['#31']],
    ['2024-01-29', ['#31', '#87']],
  ])('is judged on %s only if the specification in force has it', (submittedOn, wrong) => {
    const wrongLine = goodLine({ notionalAmountLeg1: 'x', uniqueProductIdentifier: 'QZ8C74WSCNR0' });
    const { issues } = createJudge(layoutOf(), { submittedOn })(record(wrongLine));

    expect(issues.map(({ element }) => `#${element}`).sort()).toEqual(wrong);
  });
});

describe('a product', () => {
  const values = { assetClass: 'CO', '#87': '', '#43': 'BARL', '#44': '1', settles: 'CASH' };
  const named = (name: string): string => (name === 'settles' ? 'UPI.deliveryType' : name);

  it.each([
    ['before', ['Delivery Type', 'settles']],
    ['behind', ['settles', 'Delivery Type']],
  ])('is known from one column when a blank one for the same stands %s it', (_, last) => {
    const base = GOOD_COLUMNS.filter(
      (name) => name !== 'UPI.deliveryType' && name !== 'assetClass' && name !== 'uniqueProductIdentifier',
    );
    const more = ['assetClass', '#87', '#43', '#44', ...last];
    const layout = recogniseHeader([...base, ...more.map(named)]) as Layout;
    const cells = [...base.map((name) => GOOD_VALUES[name]), ...more.map((name) => valueOf(name))];

    expect(createJudge(layout)(record(cells.join(','))).issues).toMatchObject([{ ruleId: 'required.89' }]);
  });

  const valueOf = (name: string): string => values[name as keyof typeof values] ?? '';
});

describe('a profile', () => {
  const amounts = layoutOf();
  const small = goodLine({ uniqueTransactionIdentifierUti: '5493001KJTIIGC8Y1R12t1' });
  const separated = goodLine({ notionalAmountLeg1: '"50,000,000+"' });
  const verdict = (row: string, name?: ProfileName) =>
    createJudge(amounts, name && { profile: PROFILES[name] })(record(row)).accepted;

  it('strict makes every warning an error', () => {
    expect([verdict(small), verdict(small, 'spec'), verdict(small, 'strict')]).toEqual([true, true, false]);
    const { issues } = createJudge(amounts, { profile: PROFILES.strict })(record(small));
    expect(issues).toMatchObject([{ ruleId: 'format.uti-case', severity: 'error' }]);
  });

  it('public reads values as they are published, and only that one does', () => {
    expect([verdict(separated), verdict(separated, 'public'), verdict(separated, 'strict')]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('public asks what ends a swap for the identifiers of the message and of the one that it ends', () => {
    const layout = recogniseHeader([
      '#D1',
      '#D2',
      '#26',
      '#27',
      '#28',
      '#30',
      '#87',
      'Asset Class',
    ]) as Layout;
    const missing = (text: string): string[] =>
      createJudge(layout)(record(text)).issues.map(({ ruleId }) => ruleId);
    const ended = 'TERM,ETRM,,2026-11-20T14:05:00Z,,IR';

    expect(missing(`1,2,${ended}`)).toEqual([]);
    expect(missing(`1,,${ended}`)).toEqual(['required.D2.dissemination']);
    expect(missing(`,2,${ended}`)).toEqual(['required.D1.dissemination']);
  });

  it('is the one of the format where none is asked for', () => {
    const disseminated = recogniseHeader(['#D1', '#26', '#87', '#31']) as Layout;

    expect(createJudge(disseminated)(record('1,NEWT,,"50,000,000+"')).accepted).toBe(true);
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
