import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createCftcDayActivities } from '../../activities/cftc-day.ts';
import { createDayOpenerActivities } from '../../activities/day-opener.ts';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import { DAY_UPDATES, type DayProgress } from '../../contracts/cftc-day.ts';
import { TainError } from '../../contracts/errors.ts';
import { LIFECYCLES, PROGRESS_QUERY } from '../../contracts/lifecycles.ts';
import { findDayFindings } from '../../db/day-views.ts';
import { readOpener } from '../../db/day-opener.ts';
import { requireDay } from '../../db/days.ts';
import { listOutboxFiles } from '../../db/outbox-files.ts';
import { startLifecycle, updateLifecycle } from '../../platform/temporal.ts';
import { dayOpenerSchedule, openDayOpener } from '../../workers/days.ts';
import { parseConfig } from '../../platform/config.ts';
import { applyPublished, makeDay } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { readFilesOf } from '../support/days.ts';
import { goodRow, HEADER, useDataDir } from '../support/files.ts';
import { clearLedger } from '../support/ledger.ts';
import { publishDropped } from '../support/published.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const OURS = 'DEMO00TAINSWAPCO0029';
/** Evening in New York. */
const evening = (date: string): number => Date.parse(`${date}T23:30:00Z`);
let now = 0;
let made = 0;

beforeEach(async () => {
  await database.sql`
    truncate cftc_day, cftc_day_version, cftc_day_input, cftc_cut_file, cftc_cut_feed, cftc_carried, outbound_message,
      outbox_file, delivery, tb_bat_file_mst, tb_bat_file_hist cascade`;
  await clearLedger(database.sql);
});

const activities = (overrides: Partial<Parameters<typeof createCftcDayActivities>[0]> = {}) => {
  const shared = { sql: database.sql, client: temporal.client, now: () => now };
  return {
    ...createCftcDayActivities({
      ...{ ...shared, dataDir: data.dataDir, lookMs: 30, cycleMs: 1000 },
      ...overrides,
    }),
    ...createDayOpenerActivities({ ...shared, dayFile: overrides.dayFile }),
  };
};

/** A file whose records reach the ledger. */
async function take(name: string, text?: string | Buffer): Promise<void> {
  const content = text ?? `${HEADER}\n${goodRow((made += 1))}\n`;
  const { file } = await publishDropped(database.sql, data, name, content);
  await applyPublished(database.sql, file);
}

const startOf = (date: string) => ({
  workflowId: LIFECYCLES.cftcDay.workflowId(date),
  args: [{ date, by: BY_COMMAND_LINE }],
  summary: 'test',
});
const start = (date: string) => startLifecycle(temporal.client, 'cftcDay', startOf(date));
const progress = (date: string) =>
  temporal.client.workflow.getHandle(LIFECYCLES.cftcDay.workflowId(date)).query<DayProgress>(PROGRESS_QUERY);
const comesTo = (date: string, wanted: object): Promise<void> =>
  until(async () => expect(await progress(date)).toMatchObject(wanted));
const ask = (date: string, update: string, change: object = {}) =>
  updateLifecycle(temporal.client, 'cftcDay', startOf(date), {
    update,
    args: [{ by: BY_COMMAND_LINE, reason: 'the desk says so', ...change }],
  });
const result = (date: string) =>
  temporal.client.workflow.getHandle(LIFECYCLES.cftcDay.workflowId(date)).result() as Promise<DayProgress>;

async function writeDayFile(content: object): Promise<string> {
  const file = path.join(data.dataDir, 'days.json');
  await writeFile(file, JSON.stringify(content));
  return file;
}

describe('a day', () => {
  it('goes from its inputs to its files, once however often it is run, and rests until it is closed', async () => {
    const date = '2026-11-23';
    now = evening(date);
    await take('demo.csv', makeDay('workflow', 300, 1)[0]);

    await withWorker(temporal, activities(), async () => {
      await Promise.all([start(date), start(date)]);
      await comesTo(date, { state: 'reported', step: null, waiting: ['a decision'], deliveries: 0 });
      await start(date);
      const { counts, files } = await progress(date);
      expect(counts!.messages).toBeGreaterThan(200);
      expect(files).toBeGreaterThan(2);
      expect(await ask(date, DAY_UPDATES.close)).toBe('closed');

      expect(await result(date)).toMatchObject({ state: 'closed', version: 1, problem: null });
      const audit = await database.sql`
        select action, actor, reason from audit_log where subject = ${date} order by seq`;
      expect(audit.map(({ action }) => action as string)).toEqual([
        'day.opened',
        'day.cut',
        'day.reported',
        'day.closed',
      ]);
      expect(audit.at(-1)).toMatchObject({ actor: 'command-line', reason: 'the desk says so' });
    });
  });

  it('names an input that does not come, and is cut without it when somebody waives it', async () => {
    const date = '2026-11-24';
    now = evening(date);
    await take('waived.csv');
    const dayFile = await writeDayFile({ expects: [{ name: 'rates', file: 'rates-*.csv' }] });

    await withWorker(temporal, activities({ dayFile }), async () => {
      await start(date);
      await comesTo(date, { state: 'open', step: 'inputs', waiting: ['rates'] });
      await expect(ask(date, DAY_UPDATES.waive, { name: 'fx' })).rejects.toMatchObject({
        cause: { cause: { type: 'day.input-unknown' } },
      });
      await expect(ask(date, DAY_UPDATES.waive, { name: 'rates', reason: ' ' })).rejects.toThrow();
      await ask(date, DAY_UPDATES.waive, { name: 'rates' });
      await comesTo(date, { state: 'reported' });

      const { inputs } = (await findDayFindings(database.sql, date))!;
      expect(inputs).toMatchObject([
        { name: 'rates', state: 'waived', waived_by: 'command-line', waived_reason: 'the desk says so' },
      ]);
      await ask(date, DAY_UPDATES.close);
    });
  });

  it('is cut without an input that is not there when it is due, and waits for the day before', async () => {
    now = Date.parse('2026-11-25T22:00:00Z');
    await take('late.csv');
    const expects = [{ name: 'rates', file: 'nothing-*.csv', by: '17:30' }];
    const dayFile = await writeDayFile({ expects });

    await withWorker(temporal, activities({ dayFile }), async () => {
      await start('2026-11-25');
      await comesTo('2026-11-25', { state: 'open', waiting: ['rates'] });
      await start('2026-11-26');
      await comesTo('2026-11-26', { waiting: ['rates', 'day 2026-11-25'] });
      now = Date.parse('2026-11-25T22:30:00Z');
      await comesTo('2026-11-25', { state: 'reported' });
      expect((await findDayFindings(database.sql, '2026-11-25'))!.inputs).toMatchObject([
        { state: 'missing' },
      ]);
      await comesTo('2026-11-26', { waiting: ['rates'] });
      now = evening('2026-11-26');
      await comesTo('2026-11-26', { state: 'cut', problem: { code: 'day.nothing-to-report' } });

      expect(await ask('2026-11-26', DAY_UPDATES.close)).toBe('nil');
      await ask('2026-11-25', DAY_UPDATES.close);
    });
  });

  it('without an input is incomplete while valuations are owed, says of how many swaps, and can be opened again', async () => {
    const date = '2026-11-27';
    now = evening('2026-11-20');
    const ours = goodRow(9001).replaceAll('5493001KJTIIGC8Y1R12', OURS);
    await take('swap.csv', `${HEADER}\n${ours}\n`);

    await withWorker(temporal, activities(), async () => {
      await start('2026-11-23');
      await comesTo('2026-11-23', { state: 'reported' });
      now = evening(date);
      await start(date);
      await comesTo(date, {
        state: 'incomplete',
        problem: { code: 'day.valuations-owed', params: { date, owed: 1 } },
      });
      expect(await listOutboxFiles(database.sql, date, 1)).toEqual([]);

      await take('more.csv');
      now += 3_600_000;
      expect(await ask(date, DAY_UPDATES.reopen)).toBe('open');
      await comesTo(date, { state: 'reported', version: 2, counts: { accepted: 1, messages: 1 } });
      await ask(date, DAY_UPDATES.close);
      expect(await result(date)).toMatchObject({ state: 'closed' });

      // Its workflow has ended: what is asked starts it again.
      now += 3_600_000;
      expect(await ask(date, DAY_UPDATES.reopen)).toBe('open');
      await comesTo(date, { state: 'reported', version: 3, counts: { messages: 1 } });
      await ask(date, DAY_UPDATES.close);
    });
  });

  it('without an input has files all the same when something of other days leaves with it', async () => {
    now = evening('2026-12-07');
    await take('leaving.csv');

    await withWorker(temporal, activities(), async () => {
      await start('2026-12-07');
      await comesTo('2026-12-07', { state: 'reported' });
      await database.sql`update outbound_message set leaves_on = null, leaves_version = null`;
      now = evening('2026-12-08');
      await start('2026-12-08');
      await comesTo('2026-12-08', { state: 'reported', files: 1, counts: { accepted: 0, messages: 0 } });
      await ask('2026-12-08', DAY_UPDATES.close);
      await ask('2026-12-07', DAY_UPDATES.close);
    });
  });

  it('says why its files cannot leave, and goes on from its files when somebody decides', async () => {
    const date = '2026-12-09';
    now = evening(date);
    await take('targets.csv');
    const listTargets = async (): Promise<never> => {
      throw new TainError('outbound.invalid', {
        file: 'outbound.json',
        place: 'targets',
        problem: 'no name',
      });
    };

    await withWorker(temporal, activities({ listTargets }), async () => {
      await start(date);
      await comesTo(date, { state: 'reported', problem: null });
      await until(async () =>
        expect(await requireDay(database.sql, date)).toMatchObject({
          state: 'reported',
          problem_code: 'outbound.invalid',
        }),
      );
      expect(await ask(date, DAY_UPDATES.close)).toBe('closed');
      expect(await result(date)).toMatchObject({ state: 'closed', problem: null });
    });
  });

  it('writes the same files when every step fails once behind its work', async () => {
    const date = '2026-11-30';
    now = evening(date);
    await take('killed.csv', makeDay('killed', 200, 1)[0]);
    const all = activities();
    const failed = new Set<string>();
    const failing = Object.fromEntries(
      Object.entries(all).map(([name, run]) => [
        name,
        async (...args: never[]) => {
          const done = await (run as (...args: never[]) => Promise<unknown>)(...args);
          if (failed.has(name)) return done;
          failed.add(name);
          throw new Error('killed');
        },
      ]),
    );

    await withWorker(temporal, failing, async () => {
      await start(date);
      await comesTo(date, { state: 'reported' });
    });
    const files = await listOutboxFiles(database.sql, date, 1);
    const before = await readFilesOf(data.dataDir, files);
    await withWorker(temporal, all, () => ask(date, DAY_UPDATES.reopen));

    expect([...failed]).toEqual(
      expect.arrayContaining(['openDay', 'cutDay', 'cutMessages', 'judgeDay', 'writeFiles']),
    );
    expect(before.size).toBe(files.length);
    // The same day undisturbed, but for its version: files that were taken back are gone.
    now += 3_600_000;
    await withWorker(temporal, all, async () => {
      await comesTo(date, { state: 'reported', version: 2 });
      await ask(date, DAY_UPDATES.close);
    });
    const after = await readFilesOf(data.dataDir, await listOutboxFiles(database.sql, date, 2));
    const withoutTimes = (text: Buffer): string =>
      text.toString('utf8').replaceAll(/2026-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '');
    for (const [name, text] of before)
      if (name.endsWith('.csv'))
        expect(withoutTimes(after.get(name.replace('-v1', '-v2'))!)).toBe(withoutTimes(text));
  });

  it('sends each file to each target, and closes when every message is answered', async () => {
    const date = '2026-12-01';
    now = evening(date);
    await take('sent.csv');

    await withWorker(temporal, activities({ listTargets: async () => ['sdr', 'folder'] }), async () => {
      await start(date);
      await comesTo(date, {
        state: 'delivering',
        step: 'answers',
        waiting: ['messages that are pending'],
        deliveries: 2,
      });
      const deliveries = await database.sql<{ id: string }[]>`
        select delivery_id as id from delivery where business_date = ${date} order by target`;
      expect(deliveries.map(({ id }) => id)).toEqual([
        expect.stringMatching(/^[0-9a-f]{32}-folder$/),
        expect.stringMatching(/^[0-9a-f]{32}-sdr$/),
      ]);
      for (const { id } of deliveries) {
        const handle = temporal.client.workflow.getHandle(LIFECYCLES.delivery.workflowId(id));
        expect((await handle.describe()).type).toBe('delivery');
      }
      await expect(ask(date, DAY_UPDATES.close)).rejects.toMatchObject({
        cause: { cause: { type: 'day.not-closable' } },
      });
      await database.sql`update outbound_message set state = 'acknowledged', sent_at = now(), answered_at = now()`;

      expect(await result(date)).toMatchObject({ state: 'closed' });
      expect(await requireDay(database.sql, date)).toMatchObject({
        closed_by: 'cftc-day',
        closed_reason: 'every message was answered',
      });
    });
  });
});

describe('the opener', () => {
  const runOpener = () =>
    temporal.client.workflow.execute(LIFECYCLES.dayOpener.workflowType, {
      workflowId: 'day-opener-test',
      taskQueue: LIFECYCLES.dayOpener.taskQueue,
    }) as Promise<{ dates: string[] }>;
  const dates = async () =>
    (await database.sql<{ date: string }[]>`select business_date as date from cftc_day order by 1`).map(
      ({ date }) => date,
    );

  it('opens every business date since its first, over a holiday, a weekend and a change of clocks', async () => {
    await withWorker(temporal, activities(), async () => {
      now = Date.parse('2027-03-11T23:00:00Z');
      expect(await runOpener()).toEqual({ dates: ['2027-03-11'] });
      await until(async () => expect(await dates()).toEqual(['2027-03-11']));
      // One hour earlier in UTC from 14 March on.
      now = Date.parse('2027-03-15T21:59:59Z');
      expect(await runOpener()).toEqual({ dates: ['2027-03-12'] });
      await until(async () => expect(await dates()).toHaveLength(2));
      now = Date.parse('2027-03-15T22:00:00Z');
      expect(await runOpener()).toEqual({ dates: ['2027-03-15'] });
      await until(async () => expect(await dates()).toHaveLength(3));
      // Down for a week: none is lost, and those of others are left alone.
      now = Date.parse('2027-03-23T12:00:00Z');
      expect(await runOpener()).toEqual({
        dates: ['2027-03-16', '2027-03-17', '2027-03-18', '2027-03-19', '2027-03-22'],
      });
      await until(async () => expect(await dates()).toHaveLength(8));
      expect(await runOpener()).toEqual({ dates: [] });
    });
  });

  it('is started by a Schedule at the cut time of the zone, which follows the configuration', async () => {
    const { client } = temporal;
    const handle = client.schedule.getHandle(LIFECYCLES.dayOpener.workflowId());
    const config = (env: Record<string, string> = {}) => parseConfig({ TAIN_DATA_DIR: data.dataDir, ...env });
    const resources = { client, sql: database.sql };
    await openDayOpener(resources, config());
    const created = await handle.describe();
    await handle.pause('their release');
    const file = await writeDayFile({ zone: 'Asia/Seoul', cut: '19:30' });
    await openDayOpener(resources, config({ TAIN_DAY_FILE: file }));
    const changed = await handle.describe();
    await openDayOpener(resources, config({ TAIN_DAY_FILE: path.join(data.dataDir, 'gone.json') }));
    const kept = await handle.describe();
    const said = await readOpener(database.sql);
    await openDayOpener(resources, config({ TAIN_ROLE: 'repository' }));

    expect(dayOpenerSchedule({ zone: 'UTC', cut: 0 }).spec.calendars).toEqual([{ hour: 0, minute: 0 }]);
    expect(created.spec.timezone).toBe('America/New_York');
    expect(created.spec.calendars).toMatchObject([{ hour: [{ start: 18 }], minute: [{ start: 0 }] }]);
    expect(changed.spec.timezone).toBe('Asia/Seoul');
    expect(changed.spec.calendars).toMatchObject([{ hour: [{ start: 19 }], minute: [{ start: 30 }] }]);
    expect(changed.state.paused).toBe(true);
    expect(kept.spec).toEqual(changed.spec);
    expect(said).toMatchObject({ zone: 'Asia/Seoul', problem_code: 'day-file.unreadable' });
    expect(await readOpener(database.sql)).toMatchObject({ zone: null, problem_code: null });
    await expect(handle.describe()).rejects.toThrow(/not found/i);
  });
});
