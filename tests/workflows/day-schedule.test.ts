import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createCftcDayActivities } from '../../activities/cftc-day.ts';
import { createDayOpenerActivities } from '../../activities/day-opener.ts';
import { LIFECYCLES, SEARCH_ATTRIBUTES } from '../../contracts/lifecycles.ts';
import { addDays } from '../../domain/cftc/calendars/days.ts';
import { instantAt, localDate } from '../../domain/cftc/calendars/zone.ts';
import { DEFAULT_DAY_SETTINGS } from '../../domain/cftc-day/day-settings.ts';
import { parseConfig } from '../../platform/config.ts';
import { findTemporal } from '../../platform/embedded/temporal-binary.ts';
import { startTemporal, type RunningTemporal } from '../../platform/embedded/temporal.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { dayOpenerSchedule, openDayOpener } from '../../workers/days.ts';
import { reconcileSchedule } from '../../workers/lifecycles.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const database = useDatabase();
const data = useDataDir();
/** A server of its own, which can be stopped. */
const temporal = {} as TestTemporal;
let stateDir = '';
let server: RunningTemporal;
let now = 0;

const startServer = async (ports: { readonly port?: number; readonly uiPort?: number } = {}) =>
  startTemporal({
    ...{ stateDir, namespace: 'default', log: path.join(stateDir, 'temporal.log'), ...ports },
    binary: (await findTemporal()).path,
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, 'Keyword'])),
  });

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  stateDir = await mkdtemp(path.join(tmpdir(), 'tain-schedule-'));
  server = await startServer();
  const { address } = server;
  temporal.namespace = 'default';
  temporal.client = await connectTemporal({ ...parseConfig({}), TEMPORAL_ADDRESS: address });
  temporal.connection = await NativeConnection.connect({ address });
});

afterEach(async () => {
  const { client } = temporal;
  for await (const { scheduleId } of client.schedule.list())
    await client.schedule.getHandle(scheduleId).delete();
  for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' }))
    await client.workflow
      .getHandle(workflowId)
      .terminate('end of the test')
      .catch(() => undefined);
  await database.sql`truncate cftc_day, cftc_day_version, cftc_day_input cascade`;
});

afterAll(async () => {
  await temporal.connection.close();
  await temporal.client.connection.close();
  await server.stop();
  await rm(stateDir, { recursive: true });
});

const activities = () => {
  const shared = { sql: database.sql, client: temporal.client, now: () => now };
  return {
    ...createCftcDayActivities({ ...shared, dataDir: data.dataDir, lookMs: 100, cycleMs: 2000 }),
    ...createDayOpenerActivities(shared),
  };
};

const opened = async (): Promise<string[]> => {
  const rows = await database.sql<{ date: string }[]>`
    select business_date as date from cftc_day where opened_by = 'day-opener' order by 1`;
  return rows.map(({ date }) => date);
};

/** As the Schedule is made at the start, but looking every two seconds instead of every hour. */
async function openQuickly(): Promise<void> {
  const { client } = temporal;
  await openDayOpener({ client, sql: database.sql }, parseConfig({ TAIN_DATA_DIR: data.dataDir }));
  const schedule = dayOpenerSchedule(DEFAULT_DAY_SETTINGS);
  const spec = { ...schedule.spec, intervals: [{ every: '2 seconds' as const }] };
  await reconcileSchedule(client, { ...schedule, spec });
}

/** Due times of the Schedule that came while nobody was there, and were taken when somebody was. */
const caughtUp = async (upAt: number) => {
  const handle = temporal.client.schedule.getHandle(LIFECYCLES.dayOpener.workflowId());
  const { info } = await handle.describe();
  return {
    missed: info.numActionsMissedCatchupWindow,
    late: info.recentActions.filter(
      ({ scheduledAt, takenAt }) => scheduledAt.getTime() < upAt && takenAt.getTime() >= upAt,
    ),
  };
};

describe('the Schedule of days, while its server is down over several due times', () => {
  it.each([
    {
      change: 'to summer time',
      from: '2026-03-05T23:30:00Z',
      // An hour earlier in UTC from the 8th on: that of the 11th is half an hour ago.
      to: '2026-03-11T22:30:00Z',
      dates: ['2026-03-05', '2026-03-06', '2026-03-09', '2026-03-10', '2026-03-11'],
    },
    {
      change: 'to winter time',
      from: '2026-10-29T22:30:00Z',
      // An hour later in UTC from 1 November on: that of the 4th is half an hour ahead.
      to: '2026-11-04T22:30:00Z',
      dates: ['2026-10-29', '2026-10-30', '2026-11-02', '2026-11-03'],
    },
  ])('catches up, loses no date and opens none twice, over a change $change', async ({ from, to, dates }) => {
    now = Date.parse(from);
    await withWorker(temporal, activities(), async () => {
      await openQuickly();
      await until(async () => expect(await opened()).toEqual(dates.slice(0, 1)));

      await server.stop();
      now = Date.parse(to);
      await sleep(5000);
      expect(await opened()).toHaveLength(1);
      const upAt = Date.now();
      server = await startServer({ port: server.port, uiPort: server.uiPort });

      const { missed } = await until(async () => {
        const found = await caughtUp(upAt);
        if (found.late.length === 0) throw new Error('nothing is caught up yet');
        return found;
      });
      expect(missed).toBe(0);
      await until(async () => expect(await opened()).toEqual(dates));
      // It goes on looking, and finds nothing more.
      const looks = async () =>
        (await temporal.client.schedule.getHandle(LIFECYCLES.dayOpener.workflowId()).describe()).info
          .numActionsTaken;
      const before = await looks();
      await until(async () => expect(await looks()).toBeGreaterThan(before + 1));
      expect(await opened()).toEqual(dates);
    });
    const audited = await database.sql<{ subject: string; count: number }[]>`
      select subject, count(*) as count from audit_log
      where action = 'day.opened' and subject = any(${dates}) group by subject order by subject`;
    expect(audited).toEqual(dates.map((subject) => ({ subject, count: 1 })));
  });
});

const NEW_YORK = DEFAULT_DAY_SETTINGS.zone;
const NOON = 12 * 60;

/** The next two dates in New York on which clocks are changed, and by how many hours days begin later from then on. */
function nextChanges(): { readonly date: string; readonly hours: number }[] {
  const found: { date: string; hours: number }[] = [];
  let date = addDays(localDate(Date.now(), NEW_YORK)!, 5)!;
  while (found.length < 2) {
    const next = addDays(date, 1)!;
    const hours = (instantAt(next, NOON, NEW_YORK)! - instantAt(date, NOON, NEW_YORK)!) / 3_600_000 - 24;
    if (hours !== 0) found.push({ date: next, hours });
    date = next;
  }
  return found;
}

describe('the times of the Schedule, as the server tells them', () => {
  /** Those from a date on, of the cut alone or with the hourly looks. */
  async function timesFrom(start: number, cut: number, isHourly = false): Promise<number[]> {
    const { client } = temporal;
    const { spec, ...schedule } = dayOpenerSchedule({ zone: NEW_YORK, cut });
    const { intervals, ...daily } = spec;
    const scheduleId = `times-${start}-${cut}-${isHourly}`;
    const from = { ...daily, ...(isHourly && { intervals }), startAt: new Date(start) };
    await client.schedule.create({ ...schedule, scheduleId, spec: from });
    const { info } = await client.schedule.getHandle(scheduleId).describe();
    return info.nextActionTimes.map((time) => time.getTime());
  }
  const datesFrom = (first: string, count: number): string[] =>
    Array.from({ length: count }, (_, at) => addDays(first, at)!);

  it('are the cut time by the clocks of New York, before and after they are changed, forth and back', async () => {
    const changes = nextChanges();
    for (const { date } of changes) {
      const first = addDays(date, -4)!;
      const times = await timesFrom(instantAt(first, 0, NEW_YORK)!, DEFAULT_DAY_SETTINGS.cut);

      expect(times.length).toBeGreaterThan(7);
      expect(times).toEqual(
        datesFrom(first, times.length).map((one) => instantAt(one, DEFAULT_DAY_SETTINGS.cut, NEW_YORK)),
      );
    }
    expect(changes.map(({ hours }) => hours).sort()).toEqual([-1, 1]);
  });

  it('leave out a cut time that clocks skip, and have a look within the hour instead', async () => {
    const { date } = nextChanges().find(({ hours }) => hours === -1)!;
    const cut = 2 * 60 + 30;
    const first = addDays(date, -1)!;
    const skipped = instantAt(date, cut, NEW_YORK)!;
    const times = await timesFrom(instantAt(first, 0, NEW_YORK)!, cut);
    const [look] = await timesFrom(skipped - 1000, cut, true);

    expect(times).toEqual(
      datesFrom(first, times.length + 1)
        .filter((one) => one !== date)
        .map((one) => instantAt(one, cut, NEW_YORK)),
    );
    expect(look! - skipped).toBeLessThan(3_600_000);
  });
});
