import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { readReport } from '../../activities/report-rows.ts';
import type { ExceptionCause, ExceptionKind } from '../../contracts/exceptions.ts';
import { readDayFacts } from '../../db/day-summary.ts';
import { listExceptionItems } from '../../db/exception-items.ts';
import { countOwed } from '../../db/exception-ledger.ts';
import { findCauses, type DeskTables } from '../../db/exceptions.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { needsOf } from '../../domain/reports/day-facts.ts';
import { openTables } from '../../platform/tables.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, reportOn, tellSession } from '../support/days.ts';
import { writeTables } from '../support/desk.ts';
import { useDataDir } from '../support/files.ts';
import { message, REPORTER, TERMS, uti } from '../support/swap-events.ts';

const database = useDatabase();
const data = useDataDir();
const DAY = '2026-03-16';
const NOW = Date.parse('2026-03-17T12:00:00Z');
const ofUs = {
  ...TERMS,
  counterparty1ReportingCounterparty: REPORTER,
  executionTimestamp: `${DAY}T08:00:00Z`,
};
let tables: DeskTables;

beforeEach(async () => {
  await clearDays(database.sql);
  tables = await openTables(await writeTables(path.join(data.dataDir, 'tables')));
});

const causesOf = async (kind: ExceptionKind): Promise<ExceptionCause[]> =>
  (await findCauses(database.sql, tables, NOW)).causes.filter((cause) => cause.kind === kind);

describe('events that break the order of events', () => {
  it('are a cause by rule, with the deadline of their day, and a need of the day that they are of', async () => {
    const { sql } = database;
    await tellSession(sql, 'ONE', [
      message('NEWT-TRAD', 'A', `${DAY}T09:00:00`, ofUs),
      message('EROR', 'A', `${DAY}T10:00:00`),
      message('MODI-TRAD', 'A', `${DAY}T11:00:00`, { ...ofUs, notionalAmountLeg1: '5' }),
      message('MODI-TRAD', 'A', `${DAY}T12:00:00`, { ...ofUs, notionalAmountLeg1: '6' }),
      message('NEWT-TRAD', 'B', `${DAY}T09:00:00`, ofUs),
      message('NEWT-TRAD', 'B', `${DAY}T10:00:00`, ofUs),
    ]);
    await reportOn(sql, DAY, `${DAY}T23:00:00Z`);

    const causes = await causesOf('violated');

    expect(causes.toSorted((one, other) => other.count - one.count)).toMatchObject([
      { key: 'violated:sequence.errored', count: 2, params: { swaps: 1, swap: uti('A') } },
      { key: 'violated:sequence.new-known', count: 1, params: { swaps: 1, swap: uti('B') } },
    ]);
    expect(new Date(causes[0]!.deadline!).toISOString()).toBe('2026-03-18T03:59:59.000Z');
    const errored = causes.find(({ count }) => count === 2)!;
    expect(await listExceptionItems(sql, errored)).toMatchObject([
      { name: 'one@ONE/3', about: uti('A') },
      { name: 'one@ONE/4', about: uti('A') },
    ]);
    const needs = needsOf(await readDayFacts(sql, DAY, NOW, tables));
    expect(needs).toContainEqual({ kind: 'violated', count: 3, name: '', dueAt: null });
  });
});

describe('margin that is owed', () => {
  const BEFORE = '2026-03-12';
  const linked = (initial: string, variation: string) => ({
    ...ofUs,
    executionTimestamp: `${BEFORE}T08:00:00Z`,
    initialMarginCollateralPortfolioCode: initial,
    variationMarginCollateralPortfolioCode: variation,
  });
  const margin = (initial: string, variation: string, date: string) => ({
    actionType: 'MARU',
    counterparty1ReportingCounterparty: REPORTER,
    initialMarginCollateralPortfolioCode: initial,
    variationMarginCollateralPortfolioCode: variation,
    eventTimestamp: `${date}T00:00:00Z`,
  });

  /** The same by the report, whose reading shares nothing with the desk but what is margined as what. */
  async function reported(date: string): Promise<string[]> {
    const order = {
      kind: 'missing-collateral',
      format: 'csv',
      from: null,
      to: null,
      asOf: date,
      knownAt: null,
      filters: {},
    } as const;
    const sources = {
      sql: database.sql,
      registers: BUILT_IN_REGISTERS,
      tables: { ...BUILT_IN_TABLES, ...tables },
    };
    const keys: string[] = [];
    for await (const { rows } of readReport(sources, order, new Date(NOW)).batches)
      keys.push(...rows.map(([key]) => key!));
    return keys.sort();
  }

  it('is that of what open swaps name, and of nothing else, on the desk as in the report', async () => {
    const { sql } = database;
    const own = { counterparty1ReportingCounterparty: REPORTER };
    await tellSession(sql, 'ONE', [
      message('NEWT-TRAD', 'NEVER', `${BEFORE}T09:00:00`, linked('IM1', 'VM1')),
      message('NEWT-TRAD', 'NEVER2', `${BEFORE}T09:00:00`, linked('IM1', 'VM1')),
      message('NEWT-TRAD', 'STALE', `${BEFORE}T09:00:00`, linked('IM2', '')),
      message('NEWT-TRAD', 'THERE', `${BEFORE}T09:00:00`, linked('IM3', 'VM3')),
      message('NEWT-TRAD', 'ITSELF', `${BEFORE}T09:00:00`, linked('TRANSACTIONLEVEL', 'TRANSACTIONLEVEL')),
      message('NEWT-TRAD', 'ITSELF2', `${BEFORE}T09:00:00`, linked('TRANSACTIONLEVEL', 'TRANSACTIONLEVEL')),
      message('NEWT-TRAD', 'NOWHERE', `${BEFORE}T09:00:00`, linked('', '')),
      message('NEWT-TRAD', 'ENDED', `${BEFORE}T09:00:00`, linked('IM4', 'VM4')),
      message('TERM-ETRM', 'ENDED', `${BEFORE}T10:00:00`, own),
      message('NEWT-TRAD', 'MATURED', `${BEFORE}T09:00:00`, {
        ...linked('IM5', 'VM5'),
        expirationDate: '2026-03-13',
      }),
      margin('IM2', '', BEFORE),
      margin('IM3', 'VM3', DAY),
      margin('IM4', 'VM4', BEFORE),
      message('MARU', 'ITSELF2', `${DAY}T00:00:00`, {
        ...own,
        initialMarginCollateralPortfolioCode: 'TRANSACTIONLEVEL',
        variationMarginCollateralPortfolioCode: 'TRANSACTIONLEVEL',
      }),
    ]);
    const lacking = [uti('ITSELF'), `${REPORTER}/IM1/VM1`, `${REPORTER}/IM2/`].sort();

    expect(await countOwed(sql, 'collateral', [{ entity: REPORTER, date: DAY }])).toEqual([
      { entity: REPORTER, date: DAY, count: 3, example: lacking[0] },
    ]);
    const listed = await listExceptionItems(sql, {
      kind: 'collateral-owed',
      params: { entity: REPORTER, date: DAY },
    });
    expect(listed.map(({ name }) => name)).toEqual(lacking);
    expect(Object.fromEntries(listed.map(({ name, about, link }) => [name, [about, link]]))).toEqual({
      [uti('ITSELF')]: ['-', `/v1/swaps/${uti('ITSELF')}`],
      [`${REPORTER}/IM1/VM1`]: ['-', null],
      [`${REPORTER}/IM2/`]: [BEFORE, `/v1/swaps/${encodeURIComponent(`${REPORTER}/IM2/`)}?kind=portfolio`],
    });
    expect(await reported(DAY)).toEqual(lacking);
  });
});
