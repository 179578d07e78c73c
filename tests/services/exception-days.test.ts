import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createDayOpenerActivities } from '../../activities/day-opener.ts';
import { BY_DAY_OPENER } from '../../contracts/audit.ts';
import { describeException } from '../../contracts/texts/describe-exceptions.ts';
import { noteOpener } from '../../db/day-opener.ts';
import { openDay, reopenDay } from '../../db/days.ts';
import { findOpenerTrouble, findStanding, findUnopened } from '../../db/exception-days.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { DEFAULT_DAY_SETTINGS } from '../../domain/cftc-day/day-settings.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, cutOn, makeMessages } from '../support/days.ts';
import { useDataDir } from '../support/files.ts';

const database = useDatabase();
const data = useDataDir();
const { calendars } = BUILT_IN_TABLES;
const dueOf = () => null;

beforeEach(async () => {
  await clearDays(database.sql);
  await noteOpener(database.sql, null);
});

describe('an opener that cannot open days', () => {
  it('is a cause with what is wrong in words, until it can', async () => {
    const { sql } = database;
    const dayFile = path.join(data.dataDir, 'day.json');
    // Nothing is due in 2020 where nothing was opened before, so that no workflow is started.
    const client = {} as Client;
    const { openDays } = createDayOpenerActivities({
      sql,
      client,
      dayFile,
      now: () => Date.parse('2020-01-04T12:00:00Z'),
    });
    await writeFile(dayFile, '{"cut": "half past five"}');
    await expect(openDays()).rejects.toMatchObject({ type: 'day-file.invalid' });

    const { causes } = await findOpenerTrouble(sql);

    expect(causes).toMatchObject([{ kind: 'days-not-opened', key: 'day-opener' }]);
    expect(causes[0]!.params).toMatchObject({ code: 'day-file.invalid', place: 'cut' });
    expect(describeException(causes[0]!, 'en').title).toContain(`${dayFile}: cut: `);
    expect(describeException(causes[0]!, 'ko').title).toContain(`${dayFile} 파일의 cut`);

    await expect(openDays()).rejects.toThrow();
    expect((await findOpenerTrouble(sql)).causes[0]!.since).toBe(causes[0]!.since);
    await writeFile(dayFile, '{"cut": "17:30"}');
    await openDays();
    expect((await findOpenerTrouble(sql)).causes).toEqual([]);
  });
});

describe('a business date without a day', () => {
  const unopenedAt = async (now: string) => {
    const found = await findUnopened(database.sql, calendars, { now: Date.parse(now), dueOf });
    return found.causes.map(({ params, since }) => [params['date'], new Date(since!).toISOString()]);
  };

  it('is a cause an hour behind its cut time, until it is opened', async () => {
    const { sql } = database;
    await noteOpener(sql, DEFAULT_DAY_SETTINGS);
    await sql`update day_opener set known_since = '2026-11-01'`;
    await openDay(sql, '2026-11-20', BY_DAY_OPENER, { inputs: [] });

    expect(await unopenedAt('2026-11-23T23:30:00Z')).toEqual([]);
    expect(await unopenedAt('2026-11-24T00:30:00Z')).toEqual([['2026-11-23', '2026-11-23T23:00:00.000Z']]);
    await openDay(sql, '2026-11-23', BY_DAY_OPENER, { inputs: [] });
    expect(await unopenedAt('2026-11-24T00:30:00Z')).toEqual([]);
  });

  it('is none where nobody opens days, or somebody has only begun to', async () => {
    const { sql } = database;
    await openDay(sql, '2026-11-20', BY_DAY_OPENER, { inputs: [] });
    expect(await unopenedAt('2026-11-24T00:30:00Z')).toEqual([]);
    await noteOpener(sql, DEFAULT_DAY_SETTINGS);
    expect(await unopenedAt('2026-11-24T00:30:00Z')).toEqual([]);
  });
});

describe('a day that stands still without a problem', () => {
  const standing = async (now = Date.now()) => {
    const { causes } = await findStanding(database.sql, { now, dueOf });
    return causes.map(({ params }) => [params['date'], params['state'], params['before']]);
  };
  const openedAnHourAgo = () => database.sql`update cftc_day set opened_at = now() - interval '1 hour'`;

  it('is a cause half an hour behind its cut time, with the day that it waits for', async () => {
    const { sql } = database;
    await openDay(sql, '2026-11-19', BY_DAY_OPENER, { inputs: [] });
    await openDay(sql, '2026-11-20', BY_DAY_OPENER, { inputs: [] });
    expect(await standing()).toEqual([]);
    await openedAnHourAgo();
    expect(await standing()).toEqual([
      ['2026-11-19', 'open', ''],
      ['2026-11-20', 'open', '2026-11-19'],
    ]);
    await sql`update cftc_day set state = 'incomplete', problem_code = 'internal' where business_date = '2026-11-19'`;
    expect(await standing()).toEqual([['2026-11-20', 'open', '']]);
  });

  it('is one by its inputs alone while it waits for them', async () => {
    const { sql } = database;
    const inputs = [{ name: 'trades', kind: 'file', expected: '*.csv', dueAt: null }] as const;
    await openDay(sql, '2026-11-20', BY_DAY_OPENER, { inputs });
    await openedAnHourAgo();
    expect(await standing()).toEqual([]);
  });

  it('is one that is cut and whose messages are not made, and one that was opened again only from then on', async () => {
    const { sql } = database;
    const version = await cutOn(sql, '2026-11-20', '2026-11-20T23:00:00Z');
    await openedAnHourAgo();
    expect(await standing(Date.parse('2026-11-20T23:20:00Z'))).toEqual([]);
    expect(await standing(Date.parse('2026-11-20T23:40:00Z'))).toEqual([['2026-11-20', 'cut', '']]);
    await makeMessages(sql, version);
    await sql`update cftc_day set state = 'reported'`;
    expect(await standing()).toEqual([]);
    await reopenDay(sql, '2026-11-20', BY_DAY_OPENER, 'something came');
    expect(await standing()).toEqual([]);
  });
});
