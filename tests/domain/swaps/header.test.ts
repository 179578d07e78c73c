import { describe, expect, it } from '@jest/globals';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge } from '../../../domain/swaps/judge.ts';
import { record } from '../../support/csv-record.ts';
import { readRecordValues } from '../../../domain/swaps/values.ts';
import { disseminatedRow, ERA_COLUMNS } from '../../support/dissemination-files.ts';

const recognise = (names: readonly string[]): Layout => {
  const layout = recogniseHeader(names);
  if ('code' in layout) throw new Error(JSON.stringify(layout));
  return layout;
};
const reversed = (names: readonly string[]): string[] => [...names].reverse();
const without = (names: readonly string[], ...left: string[]): string[] =>
  names.filter((name) => !left.includes(name));

const ROWS = {
  A: {
    'Dissemination ID': '246813579',
    'Original Dissemination ID': '13579',
    'Primary Asset Class': 'CU',
    Action: 'CORRECT',
    'Transaction Type': 'Trade',
    Cleared: 'U',
    'Block Trade Election Indicator': 'N',
    'Day Count Convention': 'ACT/360',
    'Execution Timestamp': '2020-05-06T07:08:09',
    'Effective Date': '2020-05-08',
    'Notional Amount 1': '250,000,000+',
    'Notional Currency 1': 'USD',
    'Fixed Rate 1': '1.25%',
  },
  B: {
    'Dissemination Identifier': '1008000000000000123',
    'Event timestamp': '2023-05-06T07:08:09Z',
    'Execution Timestamp': '2023-05-06T07:08:09Z',
    'Action type': 'NEWT',
    'Event type': 'TRAD',
    'Asset Class': 'FX',
    'Product name': 'ForeignExchange:VanillaOption',
    'Notional amount-Leg 1': '47,000,000',
    'Call amount-Leg 1': '13000000+',
    'Call currency-Leg 1': 'USD',
    'Put amount-Leg 2': '12000000',
    'Put currency-Leg 2': 'EUR',
    'Settlement location-Leg 2': 'HK',
  },
  C: {
    'Dissemination Identifier': '1008000000000000456',
    'Event timestamp': '2026-05-06T07:08:09Z',
    'Execution Timestamp': '2026-05-06T07:08:09Z',
    'Unique Product Identifier': 'QZ8C74WSCNR8',
    'UPI Underlier Name': 'USD EUR',
    'Action type': 'NEWT',
    'Event type': 'TRAD',
    'Asset Class': 'FX',
    'Call amount': '13000000+',
    'Call currency': 'USD',
    'Settlement location': 'HK',
    'UPI FISN': 'NA/O Call Epn USD EUR',
  },
} as const;

describe('the header of a public dissemination file', () => {
  it.each([
    ['A', 69],
    ['B', 112],
    ['C', 110],
  ] as const)('of era %s is recognised with all its %i columns, in any order', (era, columns) => {
    for (const names of [ERA_COLUMNS[era], reversed(ERA_COLUMNS[era])]) {
      const layout = recognise(names);

      expect(layout).toMatchObject({ format: 'public-dissemination', era, unknownColumns: [] });
      expect(layout.columns).toHaveLength(columns);
    }
  });

  it.each(['A', 'B', 'C'] as const)('of era %s leads to an accepted record with its values', (era) => {
    const layout = recognise(ERA_COLUMNS[era]);
    const row = disseminatedRow(ERA_COLUMNS[era], ROWS[era]);

    expect(createJudge(layout)(record(row))).toMatchObject({
      accepted: true,
      key: Object.values(ROWS[era])[0],
      issues: [],
    });
    expect(Object.values(readRecordValues(`${row}\n`, layout)!).sort()).toEqual(
      Object.values(ROWS[era]).sort(),
    );
  });

  it('of era B gives options and settlement to their legs, judged as their elements', () => {
    const layout = recognise(ERA_COLUMNS.B);
    const row = disseminatedRow(ERA_COLUMNS.B, ROWS.B);

    expect(readRecordValues(row, layout)).toMatchObject({
      callAmountLeg1: '13000000+',
      putCurrencyLeg2: 'EUR',
      settlementLocationLeg2: 'HK',
    });
    const wrong = disseminatedRow(ERA_COLUMNS.B, { ...ROWS.B, 'Call currency-Leg 1': 'XQX' });
    expect(createJudge(layout)(record(wrong)).issues).toMatchObject([
      { ruleId: 'code.currency', element: '37' },
    ]);
  });

  it('of era A binds only what is written as today, and keeps the rest apart from the elements', () => {
    const layout = recognise(ERA_COLUMNS.A);
    const values = readRecordValues(disseminatedRow(ERA_COLUMNS.A, ROWS.A), layout)!;

    expect(values).toMatchObject({
      disseminationIdentifier: '246813579',
      notionalAmountLeg1: '250,000,000+',
      'eraA.Action': 'CORRECT',
      'eraA.Cleared': 'U',
    });
    expect(values).not.toHaveProperty('cleared');
    expect(values).not.toHaveProperty('actionType');
    const wrong = disseminatedRow(ERA_COLUMNS.A, { ...ROWS.A, 'Effective Date': '2020-02-30' });
    expect(createJudge(layout)(record(wrong)).issues).toMatchObject([
      { ruleId: 'format.date', element: '94' },
    ]);
  });

  it.each(['A', 'B', 'C'] as const)('of era %s may have columns more and columns less', (era) => {
    const trimmed = without(ERA_COLUMNS[era], 'Expiration Date', 'Option Style', 'Strike Price');
    const layout = recognise([...trimmed, 'Brand new']);

    expect(layout).toMatchObject({ era, unknownColumns: ['Brand new'] });
  });

  it.each([
    ['A', 'Dissemination ID'],
    ['A', 'Action'],
    ['B', 'Action type'],
    ['C', 'Action type'],
  ] as const)('of era %s is refused by name without "%s"', (era, column) => {
    expect(recogniseHeader(without(ERA_COLUMNS[era], column))).toMatchObject({
      code: 'file.header-incomplete',
      params: { column },
    });
  });

  it('is refused when no column tells the product, so that a renamed one is noticed', () => {
    const names = without(ERA_COLUMNS.C, 'Unique Product Identifier', 'UPI FISN', 'UPI Underlier Name');

    expect(recogniseHeader(names)).toMatchObject({
      code: 'file.header-incomplete',
      params: { column: 'Unique Product Identifier' },
    });
  });
});

describe('the header of a submission', () => {
  it('stays one when it names a dissemination identifier too', () => {
    for (const extra of ['Dissemination identifier', '#D1', 'Primary Asset Class']) {
      expect(recognise(['#26', '#103', '#31', extra])).toMatchObject({ format: 'submission', era: null });
    }
  });

  it('is told from a public one by what its columns mean, not by how they are named', () => {
    expect(recognise(['#26', '#D1', '#87'])).toMatchObject({ format: 'public-dissemination', era: 'C' });
  });

  it('names every unknown column once, and none of those that a list of rejected records adds', () => {
    const layout = recognise(['#26', '#103', 'Colour', 'tainRecord', 'tainIssues', 'tainRaw', 'Shape']);

    expect(layout.unknownColumns).toEqual(['Colour', 'Shape']);
  });
});
