import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExceptionCause, ExceptionKind } from '../../contracts/exceptions.ts';
import { readDayFacts } from '../../db/day-summary.ts';
import { listExceptionItems } from '../../db/exception-items.ts';
import { findCauses, type DeskTables } from '../../db/exceptions.ts';
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
