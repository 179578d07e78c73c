import { beforeEach, describe, expect, test } from '@jest/globals';
import { applyEvents, type NewlyApplied } from '../../db/ledger.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, reportOn, tellSession } from '../support/days.ts';
import { feedSource, sourced } from '../support/ledger.ts';
import { message } from '../support/swap-events.ts';

const database = useDatabase();
const MONDAY = '2026-11-23';
const TUESDAY = '2026-11-24';
const AT = `${MONDAY}T09:00:00`;
const SWAPS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];

beforeEach(() => clearDays(database.sql));

const news = (amount: string): RecordValues[] =>
  SWAPS.map((swap) => message('NEWT-TRAD', swap, AT, { notionalAmountLeg1: amount }));
const reportMonday = () => reportOn(database.sql, MONDAY, `${MONDAY}T23:00:00Z`);
const reportTuesday = () => reportOn(database.sql, TUESDAY, `${TUESDAY}T23:00:00Z`);

describe('an event that was reported and comes again on a later day', () => {
  test('is not reported again, whichever of the two the ledger counts', async () => {
    // The ledger counts the one with the lesser place, whatever came first: that of ONE.
    await tellSession(database.sql, 'LONGNAME', news('1'));
    expect((await reportMonday()).counts).toMatchObject({ applied: 8, messages: 8 });
    await tellSession(database.sql, 'ONE', news('1'));

    expect((await reportTuesday()).counts).toMatchObject({ accepted: 8, duplicate: 8, messages: 0 });
  });

  test('is not either when it says something else, which stays a contradiction', async () => {
    // Of two contents the ledger counts the lesser hash, in some of these swaps that of Tuesday.
    await tellSession(database.sql, 'ONE', news('1'));
    await reportMonday();
    await tellSession(database.sql, 'TWO', news('2'));
    const [taken] = await database.sql<[{ count: number }]>`
      select count(*) as count from event_outcome join ledger_source using (source_id)
      where name = 'two@TWO' and outcome = 'applied'`;
    expect(taken.count).toBeGreaterThan(0);

    expect((await reportTuesday()).counts).toMatchObject({ accepted: 8, conflict: 8, messages: 0 });
  });

  test('is not told again to what leaves at once', async () => {
    const told: string[][] = [];
    const hear = (session: string, amount: string) => {
      const source = feedSource(session);
      return database.sql.begin((tx) =>
        applyEvents(
          tx,
          news(amount).map((values, at) => sourced(values, source, at + 1)),
          source,
          async (_tx, applied: readonly NewlyApplied[]) => {
            told.push(applied.map(({ subject }) => subject.key));
          },
        ),
      );
    };
    await hear('LONGNAME', '1');
    await hear('ONE', '1');
    await hear('TWO', '2');

    expect(told.flat()).toHaveLength(8);
  });
});
