import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { INITIAL_BLOCKS, isBlock, parseBlockTable } from '../../../../domain/cftc/part43/blocks.ts';
import { capFor, INITIAL_CAPS, parseCapTable } from '../../../../domain/cftc/part43/caps.ts';
import { parseRateTable, toUsd, usdPerUnit } from '../../../../domain/cftc/part43/rates.ts';
import { findSize, type SizeKey } from '../../../../domain/cftc/part43/size-table.ts';

const rates = (currency: string, tenorDays: number | null): SizeKey => ({
  assetClass: 'IR',
  category: null,
  currency,
  tenorDays,
});
const other = (assetClass: SizeKey['assetClass'], category: string | null = null): SizeKey => ({
  assetClass,
  category,
  currency: null,
  tenorDays: null,
});
const DAY = '2020-06-01';
const initialCap = (key: SizeKey, date = DAY) => capFor(INITIAL_CAPS, INITIAL_BLOCKS, key, date);

const HEADER = 'assetClass,category,tenorDays,effectiveFrom,effectiveTo,size,orBlock,citation';

describe('the initial sizes', () => {
  test.each([
    ['USD', 1, '6400000000'],
    ['USD', 46, '6400000000'],
    ['USD', 47, '2100000000'],
    ['EUR', 10_973, '120000000'],
    ['JPY', 10_974, '67000000'],
    ['KRW', 746, '130000000'],
    ['KRW', 747, '88000000'],
    ['CLP', 3668, '15000000'],
  ])('of blocks in %s of %i days are %s', (currency, days, usd) => {
    expect(findSize(INITIAL_BLOCKS, rates(currency, days), DAY)).toMatchObject({ usd });
  });

  test('of caps are the greater of block size and amount', () => {
    expect(initialCap(rates('USD', 365))).toMatchObject({
      usd: '1100000000',
      confidence: 'general-knowledge',
    });
    expect(initialCap(rates('USD', 1000))).toMatchObject({ usd: '240000000' });
    expect(initialCap(rates('USD', 20_000))).toMatchObject({ usd: '75000000' });
    expect(initialCap(rates('KRW', 3000))).toMatchObject({ usd: '100000000' });
    expect(initialCap(other('EQ'))).toMatchObject({ usd: '250000000' });
  });

  test('are undetermined where we do not know them, with what is surely not capped', () => {
    expect(initialCap(rates('CLP', 4000))).toEqual({
      usd: null,
      gap: 'block-size-unknown',
      atLeast: '75000000',
    });
    expect(initialCap(other('FX'))).toEqual({ usd: null, gap: 'block-size-unknown', atLeast: '250000000' });
    expect(initialCap(rates('USD', null))).toMatchObject({ gap: 'tenor-unknown' });
    expect(initialCap(other(null))).toMatchObject({ gap: 'asset-class-unknown' });
    expect(isBlock(INITIAL_BLOCKS, { ...rates('USD', 5), currency: null }, '1', DAY)).toEqual({
      block: null,
      gap: 'category-unknown',
    });
    expect(isBlock(INITIAL_BLOCKS, other('CO', 'WTI'), '1', DAY)).toEqual({ block: null, gap: 'no-row' });
  });

  test('hold on their last day and not on the next', () => {
    expect(initialCap(other('EQ'), '2024-10-06')).toMatchObject({ usd: '250000000' });
    expect(initialCap(other('EQ'), '2024-10-07')).toMatchObject({ usd: null, gap: 'not-in-force' });
    expect(initialCap(other('EQ'), '2013-07-29')).toMatchObject({ gap: 'not-in-force' });
  });

  test('make a block of what reaches them', () => {
    const block = (usd: string | null) => isBlock(INITIAL_BLOCKS, rates('USD', 20_000), usd, DAY).block;
    expect([block('66999999.99999'), block('67000000'), block('67000000.00001'), block(null)]).toEqual([
      false,
      true,
      true,
      null,
    ]);
    expect(isBlock(INITIAL_BLOCKS, other('EQ'), null, DAY)).toMatchObject({ block: false });
  });
});

describe('a table that was loaded', () => {
  const { table, problems } = parseCapTable(
    [
      HEADER,
      'IR,*,,2024-10-07,,100000000,,notice',
      'IR,NonMajor,746,2024-10-07,,150000000,,notice',
      'IR,NonMajor,,2024-10-07,,50000000,,notice',
      'IR,CLP,,2024-10-07,,40000000,,notice',
      'IR,CLP,,2025-10-06,,45000000,,notice',
      'FX,EURUSD,,2024-10-07,2025-12-31,none,,notice',
    ].join('\r\n'),
  );
  const usd = (key: SizeKey, date = '2025-01-01') => capFor(table, INITIAL_BLOCKS, key, date).usd;

  test('is read without a problem', () => {
    expect(problems).toEqual([]);
    expect(table.rows).toHaveLength(6);
  });

  test('is asked for the currency, then its group, then any', () => {
    expect(usd(rates('CLP', 10))).toBe('40000000');
    expect(usd(rates('THB', 746))).toBe('150000000');
    expect(usd(rates('THB', 747))).toBe('50000000');
    expect(usd(rates('USD', 10))).toBe('100000000');
  });

  test('is asked for the latest edition in force', () => {
    expect(usd(rates('CLP', 10), '2025-10-05')).toBe('40000000');
    expect(usd(rates('CLP', 10), '2025-10-06')).toBe('45000000');
    expect(usd(rates('CLP', 10), '2024-10-06')).toBeNull();
  });

  test('can say that nothing is capped', () => {
    expect(capFor(table, INITIAL_BLOCKS, other('FX', 'EURUSD'), '2025-01-01')).toMatchObject({
      usd: null,
      gap: null,
    });
    expect(capFor(table, INITIAL_BLOCKS, other('FX', 'EURUSD'), '2026-01-01')).toMatchObject({
      gap: 'not-in-force',
    });
  });

  test('can say that everything is a block', () => {
    const { table: blocks } = parseBlockTable(
      'assetClass,category,effectiveFrom,size,citation\nCR,exotic,2024-10-07,all,notice\n',
    );
    expect(isBlock(blocks, other('CR', 'exotic'), null, '2025-01-01')).toMatchObject({ block: true });
    expect(isBlock(blocks, other('CR'), '1', '2025-01-01')).toMatchObject({ gap: 'category-unknown' });
  });
});

describe('a table with faults', () => {
  const row = (line: string) => parseCapTable(`${HEADER}\n${line}\n`);

  test.each([
    ['XX,*,,2024-10-07,,5,,c', 'assetClass', 'value-not-allowed'],
    ['ir,*,,2024-10-07,,5,,c', 'assetClass', 'value-not-allowed'],
    ['IR,,,2024-10-07,,5,,c', 'category', 'value-missing'],
    ['IR,*,0,2024-10-07,,5,,c', 'tenorDays', 'not-a-number'],
    ['IR,*,1.5,2024-10-07,,5,,c', 'tenorDays', 'not-a-number'],
    ['IR,*,,2024-02-30,,5,,c', 'effectiveFrom', 'not-a-date'],
    ['IR,*,,2024-10-07,2024-10-06,5,,c', 'effectiveTo', 'dates-reversed'],
    ['IR,*,,2024-10-07,soon,5,,c', 'effectiveTo', 'not-a-date'],
    ['IR,*,,2024-10-07,,0,,c', 'size', 'not-a-number'],
    ['IR,*,,2024-10-07,,-5,,c', 'size', 'not-a-number'],
    ['IR,*,,2024-10-07,,5e6,,c', 'size', 'not-a-number'],
    ['IR,*,,2024-10-07,,all,,c', 'size', 'not-a-number'],
    ['IR,*,,2024-10-07,,5,maybe,c', 'orBlock', 'value-not-allowed'],
    ['IR,*,,2024-10-07,,5,,', 'citation', 'value-missing'],
    ['IR,*,,2024-10-07,,5', null, 'field-count'],
    ['IR,"*,,2024-10-07,,5,,c', null, 'record-unreadable'],
  ])('leaves out %s: %s %s', (line, field, problem) => {
    const { table, problems } = row(line);
    expect(table.rows).toEqual([]);
    expect(problems).toMatchObject([{ line: 2, field, problem }]);
  });

  test('names every fault of a row, and keeps the rows without', () => {
    const { table, problems } = row('XX,*,x,x,,x,,c\nEQ,*,,2024-10-07,,5,true,c\n\nEQ,*,,2024-10-07,,6,,c');
    expect(problems.map(({ field, problem }) => [field, problem])).toEqual([
      ['assetClass', 'value-not-allowed'],
      ['tenorDays', 'not-a-number'],
      ['effectiveFrom', 'not-a-date'],
      ['size', 'not-a-number'],
      [null, 'row-twice'],
    ]);
    expect(problems.at(-1)!.line).toBe(5);
    expect(table.rows).toMatchObject([{ usd: '5', kind: 'greater-of-block' }]);
  });

  test.each([
    ['', 'file-empty'],
    ['\r\n\r\n', 'file-empty'],
    ['\ufeff', 'file-empty'],
    ['"assetClass', 'record-unreadable'],
  ])('of %j has no rows', (text, problem) => {
    expect(parseCapTable(text)).toMatchObject({ table: { rows: [] }, problems: [{ line: 1, problem }] });
  });

  test('names columns that are missing, twice or strange', () => {
    const { problems } = parseBlockTable(
      '\ufeffASSETCLASS,category,category,size,orBlock,citation\nIR,*,*,5,,c',
    );
    expect(problems.map(({ field, value, problem }) => [field ?? value, problem])).toEqual([
      ['category', 'column-twice'],
      ['orBlock', 'column-unknown'],
      ['effectiveFrom', 'column-missing'],
    ]);
  });

  test('never ends in an exception, whatever the text', () => {
    const cell = fc.oneof(
      fc.constantFrom('IR', '*', '2024-10-07', '5', 'none', '"', '\0', '\ud800', ''),
      fc.string(),
    );
    const lines = fc.array(fc.array(cell, { minLength: 1, maxLength: 9 }).map((cells) => cells.join(',')));
    fc.assert(
      fc.property(lines, (all) => {
        const { table, problems } = parseCapTable(`${HEADER}\n${all.join('\n')}`);
        expect(table.rows.length + problems.length).toBeGreaterThanOrEqual(0);
        for (const { value } of problems) expect(value?.isWellFormed() ?? true).toBe(true);
      }),
    );
  });
});

describe('rates', () => {
  const { table, problems } = parseRateTable(
    'currency,date,usdPerUnit\nEUR,2026-10-01,1.1\nEUR,2026-10-05,1.2\nJPY,2026-10-01,0.0065\nXQX,2026-10-01,1\nEUR,2026-10-01,1.3\n',
  );

  test('are read, faults apart', () => {
    expect(problems.map(({ line, problem }) => [line, problem])).toEqual([
      [5, 'value-not-allowed'],
      [6, 'row-twice'],
    ]);
  });

  test.each([
    ['2026-10-01', '1.1'],
    ['2026-10-04', '1.1'],
    ['2026-10-05', '1.2'],
    ['2026-10-12', '1.2'],
    ['2026-10-13', null],
    ['2026-09-30', null],
    ['nonsense', null],
  ])('on %s are of the day or up to seven days old: %s', (date, rate) => {
    expect(usdPerUnit(table, 'EUR', date)).toBe(rate);
  });

  test('convert exactly', () => {
    expect(toUsd(table, '9999999999999999999999999', 'JPY', '2026-10-01')).toBe(
      '64999999999999999999999.9935',
    );
    expect(toUsd(table, '5.5', 'USD', 'whenever')).toBe('5.5');
    expect(toUsd(table, '5.5', 'KRW', '2026-10-01')).toBeNull();
  });
});
