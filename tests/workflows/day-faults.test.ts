import { mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { createCftcDayActivities } from '../../activities/cftc-day.ts';
import { createDayOpenerActivities } from '../../activities/day-opener.ts';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import type { DayProgress } from '../../contracts/cftc-day.ts';
import { LIFECYCLES, PROGRESS_QUERY } from '../../contracts/lifecycles.ts';
import { requireDay } from '../../db/days.ts';
import { listOutboxFiles } from '../../db/outbox-files.ts';
import { startLifecycle } from '../../platform/temporal.ts';
import { applyPublished, makeDay } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { readFilesOf } from '../support/days.ts';
import { goodRow, HEADER, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const [FIRST, SECOND] = ['2026-11-23', '2026-11-24'] as const;
/** Evening in New York. */
const evening = (date: string): number => Date.parse(`${date}T23:30:00Z`);
let now = 0;

const activities = (overrides: Partial<Parameters<typeof createCftcDayActivities>[0]> = {}) =>
  createCftcDayActivities({
    ...{ sql: database.sql, client: temporal.client, dataDir: data.dataDir, now: () => now },
    ...{ lookMs: 30, cycleMs: 1000, eventsPerBatch: 20, ...overrides },
  });

/** A file is published, and its records reach the ledger. */
async function take(name: string, content: string | Buffer): Promise<void> {
  const { file } = await publishDropped(database.sql, data, name, content);
  await applyPublished(database.sql, file);
}

const start = (date: string) =>
  startLifecycle(temporal.client, 'cftcDay', {
    workflowId: LIFECYCLES.cftcDay.workflowId(date),
    args: [{ date, by: BY_COMMAND_LINE }],
    summary: 'test',
  });
const comesTo = (date: string, wanted: object): Promise<void> =>
  until(async () => {
    const handle = temporal.client.workflow.getHandle(LIFECYCLES.cftcDay.workflowId(date));
    expect(await handle.query<DayProgress>(PROGRESS_QUERY)).toMatchObject(wanted);
  });

const filesOf = async (date: string) => {
  const { version } = await requireDay(database.sql, date);
  return readFilesOf(data.dataDir, await listOutboxFiles(database.sql, date, version));
};
const sent = (date: string): string => path.join(data.dataDir, date.replaceAll('-', ''), 'send');

describe('files that arrive while a day is at work', () => {
  it('belong to the next one, whichever step they come behind', async () => {
    now = evening(FIRST);
    await take('before.csv', makeDay('before', 200, 1)[0]!);
    let late = 0;
    // One more behind every step from the cut on.
    const all = activities();
    const busy = Object.fromEntries(
      Object.entries(all).map(([name, run]) => [
        name,
        async (...args: never[]) => {
          const result = await (run as (...args: never[]) => Promise<unknown>)(...args);
          if (['cutDay', 'awaitStragglers', 'cutMessages', 'writeFiles'].includes(name)) {
            late += 1;
            await take(`behind-${name}.csv`, `${HEADER}\n${goodRow(late)}\n`);
          }
          return result;
        },
      ]),
    );
    await withWorker(temporal, busy, async () => {
      await start(FIRST);
      await comesTo(FIRST, { state: 'reported' });
    });
    const before = await filesOf(FIRST);
    now = evening(SECOND);
    await withWorker(temporal, all, async () => {
      await start(SECOND);
      await comesTo(SECOND, { state: 'reported', counts: { accepted: late, messages: late } });
    });

    expect(late).toBe(4);
    const cut = await database.sql<{ name: string; date: string }[]>`
      select file_name as name, business_date as date from cftc_cut_file join tb_bat_file_mst using (file_id)
      order by name`;
    expect(cut.map(({ name, date }) => [name, date])).toEqual([
      ['before.csv', FIRST],
      ...['awaitStragglers', 'cutDay', 'cutMessages', 'writeFiles'].map((step) => [
        `behind-${step}.csv`,
        SECOND,
      ]),
    ]);
    expect(await filesOf(FIRST)).toEqual(before);
  });
});

describe('a day whose disk is full', () => {
  it('says so, leaves no half file, and goes on by itself when there is room', async () => {
    const date = '2026-11-25';
    now = evening(date);
    await take('full.csv', makeDay('full', 100, 1)[0]!);
    await mkdir(sent(date), { recursive: true });
    const name = 'cftc-45-transaction-IR-20261125-v1.csv';
    // Whatever is written there is written to a disk that is full, until there is room.
    let isFull = true;
    const filling = (async () => {
      while (isFull) {
        await symlink('/dev/full', path.join(sent(date), `.${name}.part`)).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();

    await withWorker(temporal, activities(), async () => {
      await start(date);
      await until(async () =>
        expect(await requireDay(database.sql, date)).toMatchObject({
          state: 'cut',
          problem_code: 'day.folder-unwritable',
          problem_params: { date, path: sent(date), reason: 'ENOSPC' },
        }),
      );
      isFull = false;
      await filling;
      expect(await readdir(sent(date))).not.toContain(name);
      expect(await readdir(sent(date))).not.toContain('manifest.json');
      await comesTo(date, { state: 'reported', problem: null });
    });
    expect(await readdir(sent(date))).toEqual([...(await filesOf(date)).keys()].sort());
  });
});

/** Stays in an activity until it is cancelled. */
async function untilCancelled(): Promise<void> {
  const { cancellationSignal, heartbeat } = Context.current();
  while (!cancellationSignal.aborted) {
    heartbeat();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('what somebody ends half way in Temporal', () => {
  it('is a day that leaves no half file, and that the opener takes up', async () => {
    const date = '2026-11-26';
    now = evening(date);
    await take('cancelled.csv', makeDay('cancelled', 100, 1)[0]!);
    await mkdir(sent(date), { recursive: true });
    const all = activities();
    const held = {
      ...all,
      async writeFiles(day: string): Promise<number> {
        await untilCancelled();
        return all.writeFiles(day);
      },
    };
    await withWorker(temporal, held, async () => {
      await start(date);
      await comesTo(date, { state: 'cut', step: 'files' });
      const handle = temporal.client.workflow.getHandle(LIFECYCLES.cftcDay.workflowId(date));
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow(/cancel/i);
    });
    expect(await readdir(sent(date))).toEqual([]);
    expect(await requireDay(database.sql, date)).toMatchObject({ state: 'cut' });

    const { sql } = database;
    await createDayOpenerActivities({ sql, client: temporal.client, now: () => now }).openDays();
    await withWorker(temporal, all, () => comesTo(date, { state: 'reported', version: 1 }));
    expect(await readdir(sent(date))).toEqual([...(await filesOf(date)).keys()].sort());
  });
});

describe('a day behind one that was cut by a clock that was ahead', () => {
  it('waits until the clock is past it, and says so', async () => {
    const [ahead, behind] = ['2026-11-27', '2026-11-30'] as const;
    now = evening('2026-12-01');
    await take('ahead.csv', makeDay('ahead', 20, 1)[0]!);
    await withWorker(temporal, activities(), async () => {
      await start(ahead);
      await comesTo(ahead, { state: 'reported' });
      now = evening(behind);
      await start(behind);
      await until(async () =>
        expect(await requireDay(database.sql, behind)).toMatchObject({
          state: 'open',
          problem_code: 'day.clock-behind',
          problem_params: { date: behind, earliest: '2026-12-01T23:31:00Z' },
        }),
      );
      await temporal.client.workflow.getHandle(LIFECYCLES.cftcDay.workflowId(behind)).terminate();
    });
  });
});
