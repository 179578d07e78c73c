import { beforeEach, expect, test } from '@jest/globals';
import { alertId } from '../../contracts/exception-watch.ts';
import type { ExceptionCause } from '../../contracts/exceptions.ts';
import { recordSight, recordTold, takeAlert } from '../../db/exception-watch.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

beforeEach(() => database.sql`truncate exception_note`);

const late = (count: number): ExceptionCause => ({
  ...{ kind: 'message-late', key: 'late', count, since: null, deadline: null, params: {}, links: [] },
});

/** Looks once, and tells what is due. */
async function look(causes: readonly ExceptionCause[]): Promise<string[]> {
  const { sql } = database;
  await recordSight(sql, causes, { settled: new Set(), cut: [] });
  const told: string[] = [];
  for (;;) {
    const due = await takeAlert(sql, { pauseMs: 0, maxPauseMs: 0 });
    if (due === null) return told;
    told.push(`${alertId(due.key, due.appearance, due.event, due.telling)} ${due.cause.count}`);
    await recordTold(sql, due);
  }
}

const anHourLater = () => database.sql`update exception_note set told_at = told_at - interval '61 minutes'`;

test('a cause that has doubled is told again, an hour after it was told at the earliest', async () => {
  expect(await look([late(2)])).toEqual(['late#1:come 2']);
  expect(await look([late(5000)])).toEqual([]);
  await anHourLater();
  expect(await look([late(5000)])).toEqual(['late#1:more1 5000']);
  await anHourLater();
  expect(await look([late(9999)])).toEqual([]);
  expect(await look([late(10_000)])).toEqual(['late#1:more2 10000']);
  expect(await look([late(90_000)])).toEqual([]);
});

test('what has grown is told to be gone, and begins anew when it comes again', async () => {
  await look([late(2)]);
  await anHourLater();
  expect(await look([late(4)])).toEqual(['late#1:more1 4']);
  expect(await look([])).toEqual(['late#1:gone 4']);
  await anHourLater();
  expect(await look([late(1)])).toEqual(['late#2:come 1']);
  await anHourLater();
  expect(await look([late(2)])).toEqual(['late#2:more1 2']);
});

test('an alert of more that nobody took is sent again under its id', async () => {
  const { sql } = database;
  await look([late(2)]);
  await anHourLater();
  await recordSight(sql, [late(4)], { settled: new Set(), cut: [] });
  const ids = [];
  for (let tries = 0; tries < 2; tries += 1) {
    const due = (await takeAlert(sql, { pauseMs: 0, maxPauseMs: 0 }))!;
    ids.push(alertId(due.key, due.appearance, due.event, due.telling));
  }
  expect(ids).toEqual(['late#1:more1', 'late#1:more1']);
});
