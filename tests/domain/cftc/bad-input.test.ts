import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeUtf8 } from '../../../domain/csv/decode.ts';
import { explainIssue } from '../../../domain/cftc/explain-issue.ts';
import { PROFILES, type ProfileName } from '../../../domain/cftc/profiles.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { record } from '../../support/csv-record.ts';
import { GOOD_COLUMNS, GOOD_VALUES, goodLine } from '../../support/good-record.ts';

const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];
const layoutOf = (...columns: string[]) => recogniseHeader(columns) as Layout;
const judgeOf = (profile: ProfileName, ...more: string[]) =>
  createJudge(layoutOf(...GOOD_COLUMNS, ...more), { profile: PROFILES[profile] });
const spec = judgeOf('spec');

/** Rules that a good record with these values breaks. */
function rulesOf(values: Partial<Record<string, string>>, profile: ProfileName = 'spec'): string[] {
  const all: Record<string, string> = { ...GOOD_VALUES };
  for (const [column, value] of Object.entries(values)) all[column] = value!;
  const judge = createJudge(layoutOf(...Object.keys(all)), { profile: PROFILES[profile] });
  return judge(record(Object.values(all).join())).issues.map(({ ruleId }) => ruleId);
}

describe('the judge of any bytes', () => {
  const poison = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'NaN',
    '1e5',
    '-0',
    '24:00:00',
    '2026-02-29',
    '2026-11-20T24:00:00Z',
    '2026-12-31T23:59:60Z',
    '9999-12-31',
    '9999-12-31T23:59:59Z',
    '0000-01-01',
    '\u202e\u2066x',
    '\ud800',
    '\udfff\ud800',
    '\ufeff',
    '٣',
    'I\u0307',
    ';',
    ';;;;',
    '"',
    '""',
    'a\0b',
    ' ',
    '\t',
  ];
  const cell = fc.oneof(
    fc.constant(''),
    fc.constantFrom(...poison),
    fc.string({ unit: 'binary' }),
    fc.string({ maxLength: 60 }),
    fc.constantFrom(...Object.values(GOOD_VALUES)),
  );
  const anyRow = fc.array(cell, { minLength: GOOD_COLUMNS.length, maxLength: GOOD_COLUMNS.length });

  it.each(PROFILE_NAMES)('gives issues in words and never fails (profile %s)', (profile) => {
    const judge = judgeOf(profile);
    fc.assert(
      fc.property(anyRow, fc.boolean(), (cells, isQuoted) => {
        const write = (value: string): string => (isQuoted ? `"${value.replaceAll('"', '""')}"` : value);
        const text = cells.map(write).join().replaceAll(/[\n]/g, ' ').toWellFormed();
        const { issues, accepted, key } = judge(record(encodeUtf8(text), false));

        expect(accepted).toBe(!issues.some(({ severity }) => severity === 'error'));
        expect(key === null || key.isWellFormed()).toBe(true);
        for (const issue of issues) expect(explainIssue(issue, 'en')).toMatch(/\S/);
        expect(JSON.stringify(issues).isWellFormed()).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('takes bytes that are no text, one by one or as they come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1').replaceAll('\n', ',');

        expect(spec(record(text, false)).issues.length).toBeGreaterThan(0);
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString'])('knows %s as no code and no asset class', (text) => {
    expect(rulesOf({ assetClass: text })).toEqual(['record.asset-class']);
    expect(rulesOf({ messageType: text })).toEqual(['record.message-type']);
    expect(rulesOf({ cleared: text })).toEqual(['code.unknown']);
    expect(rulesOf({ actionType: text })).toEqual(['code.unknown']);
    expect(rulesOf({ eventType: text })).toEqual(['code.unknown']);
    expect(rulesOf({ 'UPI.instrumentType': text })).toEqual(['record.undetermined']);
  });

  it.each([
    ['effectiveDate', '2026-02-29', 'format.date'],
    ['expirationDate', '2100-02-29', 'format.date'],
    ['executionTimestamp', '2026-11-20T24:00:00Z', 'format.timestamp'],
    ['executionTimestamp', '2016-12-31T23:59:60Z', 'format.timestamp'],
    ['notionalAmountLeg1', '1e6', 'format.decimal'],
    ['notionalAmountLeg1', 'Infinity', 'format.decimal'],
    ['fixedRateLeg1', '٣', 'format.decimal'],
  ])('refuses %s %s with that one issue', (column, value, rule) => {
    expect(rulesOf({ [column]: value })).toEqual([rule]);
  });

  it('takes the last day that can be written, and leap days', () => {
    expect(rulesOf({ expirationDate: '9999-12-31', finalContractualSettlementDate: '9999-12-31' })).toEqual(
      [],
    );
    expect(rulesOf({ expirationDate: '2028-02-29', finalContractualSettlementDate: '2028-02-29' })).toEqual(
      [],
    );
  });
});

describe('a record with more than anybody sends', () => {
  const MEGABYTES = 10 * 1024 * 1024;

  it.each(GOOD_COLUMNS)('of 10 MB in %s is judged, and says little', (column) => {
    for (const filler of ['9', 'A;']) {
      const long = filler.repeat(MEGABYTES / filler.length);
      const { issues } = spec(record(goodLine({ [column]: long })));

      expect(JSON.stringify(issues).length).toBeLessThan(50_000);
    }
  });

  it('of 100,000 members in every list is judged by every rule', () => {
    const many = (value: string): string => Array<string>(100_000).fill(value).join(';');
    const lists = {
      '#33Leg1': many('1'),
      '#34Leg1': many('2026-11-24'),
      '#35Leg1': many('2026-11-25'),
      '#57': many('PEXH'),
      '#58': many('1'),
      '#59': many('USD'),
      '#60': many('2026-11-24'),
      '#61': many(GOOD_VALUES.counterparty1),
      '#62': many(GOOD_VALUES.counterparty2),
    };

    expect(rulesOf(lists)).toEqual([]);
    expect(rulesOf({ ...lists, '#35Leg1': `${lists['#35Leg1'].slice(0, -2)}24` })).toEqual(['agrees.35']);
    expect(rulesOf({ ...lists, '#57': `${lists['#57']};UFRO` })).toEqual(['record.set-count']);
  });

  it('rejects an error behind a hundred warnings', () => {
    const paid = (...currencies: string[]) => {
      const many = (value: string): string => currencies.map(() => value).join(';');
      return rulesOf({
        executionTimestamp: '',
        '#57': many('PEXH'),
        '#58': many('1'),
        '#59': currencies.join(';'),
        '#60': many('2026-11-24'),
        '#61': many(GOOD_VALUES.counterparty1),
        '#62': many(GOOD_VALUES.counterparty2),
      });
    };

    expect(paid(...Array<string>(150).fill('HRK'), 'XQX')).toContain('code.currency');
  });
});

describe('a currency that was withdrawn', () => {
  const traded = (day: string, currency: string) =>
    rulesOf({
      notionalCurrencyLeg1: currency,
      executionTimestamp: day === '' ? '' : `${day}T10:00:00Z`,
    }).filter((rule) => rule.startsWith('code.'));

  it.each([
    ['2022-12-31', []],
    ['2023-01-31', []],
    ['2023-02-01', ['code.currency-expired']],
    ['2026-11-20', ['code.currency-expired']],
    ['2026-02-30', ['code.currency-withdrawn']],
    ['', ['code.currency-withdrawn']],
  ])('in January 2023, in a swap of %s, breaks %j', (day, broken) => {
    expect(traded(day, 'HRK')).toEqual(broken);
  });

  it('is found in both halves of a pair, and in every member of a list', () => {
    const pair = (basis: string) => rulesOf({ '#66': basis, executionTimestamp: '2010-01-01T00:00:00Z' });

    expect(pair('HRK/USD').filter((rule) => rule.startsWith('code.'))).toEqual([]);
    expect(pair('HRK/DEM')).toContain('code.currency-expired');
    expect(rulesOf({ '#59': 'HRK;USD;DEM' })).toEqual(
      expect.arrayContaining(['code.currency-expired', 'code.currency-expired']),
    );
  });

  it('leaves the other issues of the record as they are', () => {
    expect(rulesOf({ notionalCurrencyLeg1: 'DEM', fixedRateLeg1: 'x', cleared: 'X' })).toEqual([
      'code.unknown',
      'code.currency-expired',
      'format.decimal',
    ]);
  });
});

describe('what nobody can decide', () => {
  const UNKNOWN = { 'UPI.instrumentType': '', 'UPI.underlierType': '', 'UPI.deliveryType': '' };

  it.each(PROFILE_NAMES.filter((name) => name !== 'public'))('rejects under no profile (%s)', (profile) => {
    const { accepted, issues } = judgeOf(profile)(record(goodLine({ ...UNKNOWN, assetClass: '' })));

    expect(accepted).toBe(true);
    expect(issues).toMatchObject([{ ruleId: 'record.undetermined', severity: 'unchecked' }]);
    const { rules, count } = issues[0]!.params;
    expect(String(rules).split(', ')).toHaveLength(Number(count));
    expect(String(rules)).toMatch(/required\.89/);
  });

  it('is nothing where every premise that is known settles the rule', () => {
    expect(rulesOf(UNKNOWN)).toEqual(['record.undetermined']);
    expect(rulesOf({ ...UNKNOWN, actionType: 'TERM', eventType: 'ETRM' })).toEqual([]);
  });

  it('is not counted where the value at fault has an issue of its own', () => {
    const named = (values: Partial<Record<string, string>>) => {
      const { issues } = spec(record(goodLine(values)));
      const open = issues.find(({ ruleId }) => ruleId === 'record.undetermined');
      return { rules: issues.map(({ ruleId }) => ruleId), open: String(open?.params['rules'] ?? '') };
    };

    expect(named({ assetClass: 'XX' }).rules).toEqual(['record.asset-class']);
    expect(named({ cleared: 'X' }).rules).toEqual(['code.unknown']);
    const postPriced = named({ assetClass: '', fixedRateLeg1: '', postPricedSwapIndicator: 'maybe' });
    expect(postPriced.rules).toEqual(['format.boolean', 'record.undetermined']);
    expect(postPriced.open).not.toMatch(/required\.(67|69|73)/);
  });
});
