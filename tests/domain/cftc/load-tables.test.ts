import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OUR_ENTITY } from '../../../demo/parties.ts';
import { BUILT_IN_TABLES, type Tables } from '../../../domain/cftc/built-in-tables.ts';
import { isBusinessDay } from '../../../domain/cftc/calendars/holiday-calendar.ts';
import { entityAt } from '../../../domain/cftc/entities.ts';
import { isLei } from '../../../domain/cftc/identifiers.ts';
import { isTableFile, loadTables } from '../../../domain/cftc/load-tables.ts';
import { usdPerUnit } from '../../../domain/cftc/part43/rates.ts';

const CAPS = 'assetClass,category,effectiveFrom,size,citation\nFX,*,2024-10-07,150000000,notice\n';
const ENTITIES = 'lei,role,country,calendar,zone,effectiveFrom\n';
const entity = (calendar: string): string =>
  `${OUR_ENTITY.lei},SD,SG,${calendar},Asia/Singapore,2024-01-01\n`;

const load = (files: Record<string, string>) => loadTables(new Map(Object.entries(files)));
function take(files: Record<string, string>): Tables {
  const loaded = load(files);
  if ('problem' in loaded) throw new Error(JSON.stringify(loaded.problem));
  return loaded.tables;
}

describe('the tables of a folder', () => {
  it('are the built-in ones where there is no file', () => {
    expect(take({})).toEqual(BUILT_IN_TABLES);
  });

  it('replace the built-in one of the same name, and no other', () => {
    const tables = take({ 'caps.csv': CAPS });
    expect(tables.caps.rows).toHaveLength(1);
    expect(tables.blocks).toBe(BUILT_IN_TABLES.blocks);
    expect(tables.builtIn).toEqual(['blocks', 'rates', 'entities']);
  });

  it('know a calendar that a list brings, whatever the order of the files', () => {
    const files = { 'entities.csv': ENTITIES + entity('SG'), 'holidays-SG.csv': 'date\n2026-08-10\n' };
    const { entities, calendars } = take(files);
    expect(entityAt(entities, OUR_ENTITY.lei, '2026-01-01')).toMatchObject({ calendar: 'SG' });
    expect(isBusinessDay('2026-08-10', calendars.get('SG')!)).toBe(false);
    expect(load({ 'entities.csv': ENTITIES + entity('SG') })).toMatchObject({
      problem: {
        code: 'table.invalid',
        params: { file: 'entities.csv', line: 2, problem: 'calendar-unknown' },
      },
    });
  });

  it('believe a list for its years, and the built-in calendar for the others', () => {
    const korea = take({ 'holidays-KR.csv': 'date,name\n2026-05-05,\n' }).calendars.get('KR')!;
    expect(isBusinessDay('2026-05-05', korea)).toBe(false);
    expect(isBusinessDay('2025-10-06', korea)).toBe(false);
    expect(isBusinessDay('2027-05-05', korea)).toBeNull();
  });

  it('have rates for any currency', () => {
    const { rates } = take({ 'rates.csv': 'currency,date,usdPerUnit\nKRW,2026-11-20,0.00068\n' });
    expect(usdPerUnit(rates, 'KRW', '2026-11-21')).toBe('0.00068');
  });

  it.each([
    ['caps.csv', `${CAPS}FX,*,2024-10-07,1,notice\n`, 3, '', 'row-twice'],
    ['blocks.csv', CAPS.replace('150000000', '1e9'), 2, 'size', 'not-a-number'],
    ['rates.csv', 'currency,date,usdPerUnit\nXXQ,2026-11-20,1\n', 2, 'currency', 'value-not-allowed'],
    ['entities.csv', ENTITIES + entity('US').slice(1), 2, 'lei', 'not-an-lei'],
    ['holidays-US.csv', 'date\n2026-02-30\n', 2, 'date', 'not-a-date'],
  ])('are refused for a bad row of %s', (file, text, line, field, problem) => {
    expect(load({ 'caps.csv': CAPS, [file]: text })).toMatchObject({
      problem: { code: 'table.invalid', params: { file, line, field, problem } },
    });
  });

  it('throw for no text', () => {
    const names = ['caps.csv', 'blocks.csv', 'rates.csv', 'entities.csv', 'holidays-KR.csv'];
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(CAPS, ENTITIES, 'date', ',,,,', '"'),
    );
    const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), (files) => {
        expect(['tables', 'problem']).toContain(Object.keys(load(files))[0]);
      }),
    );
  });

  it.each([
    ['holidays-KR.csv', true],
    ['Caps.csv', false],
    ['holidays-.csv', false],
    ['holidays-a/b.csv', false],
    ['rates.csv.bak', false],
  ])('%s: %s', (name, expected) => {
    expect(isTableFile(name)).toBe(expected);
  });
});

describe('the built-in entities', () => {
  it('are the dealers of the demonstration, with LEIs that nobody has', () => {
    const leis = BUILT_IN_TABLES.entities.rows.map(({ lei }) => lei);
    expect(leis).toContain(OUR_ENTITY.lei);
    for (const lei of leis) expect([lei.startsWith('DEMO00'), isLei(lei)]).toEqual([true, true]);
  });

  it('are at home where a calendar is', () => {
    const { entities, calendars } = BUILT_IN_TABLES;
    for (const { calendar } of entities.rows) expect(calendars.has(calendar)).toBe(true);
  });
});
