/** CFTC days as the batch role does them, and the Schedule that opens them. */
import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { createCftcDayActivities } from '../activities/cftc-day.ts';
import { createDayOpenerActivities, startDay } from '../activities/day-opener.ts';
import { TainError } from '../contracts/errors.ts';
import { noteOpener, noteOpenerProblem } from '../db/day-opener.ts';
import { listUnfinished } from '../db/days.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import type { DaySettings } from '../domain/cftc-day/day-settings.ts';
import type { Config } from '../platform/config.ts';
import { loadDaySettings } from '../platform/day-config.ts';
import { loadTargets, targetOf } from '../platform/outbound-config.ts';
import type { Logger } from '../platform/log.ts';
import type { Sql } from '../platform/postgres.ts';
import { openTables } from '../platform/tables.ts';
import { reconcileSchedule } from './lifecycles.ts';

type DayConfig = Pick<
  Config,
  | 'TAIN_DATA_DIR'
  | 'TAIN_DAY_FILE'
  | 'TAIN_TABLE_DIR'
  | 'TAIN_REGISTER_DIR'
  | 'TAIN_SUBMITTER_LEI'
  | 'TAIN_DAY_PARQUET'
  | 'TAIN_OUTBOUND_FILE'
  | 'TAIN_ROLE'
>;

export function createDayActivities(config: DayConfig, sql: Sql, client: Client) {
  const shared = { sql, client, dayFile: config.TAIN_DAY_FILE, tableDir: config.TAIN_TABLE_DIR };
  return {
    ...createCftcDayActivities({
      ...shared,
      dataDir: config.TAIN_DATA_DIR,
      registerDir: config.TAIN_REGISTER_DIR,
      submitter: config.TAIN_SUBMITTER_LEI,
      parquet: config.TAIN_DAY_PARQUET,
      async listTargets() {
        const target = targetOf(await loadTargets(config.TAIN_OUTBOUND_FILE), 45);
        return target === null ? [] : [target.name];
      },
    }),
    ...createDayOpenerActivities(shared),
  };
}

/**
 * Brings the Schedule that opens days in line with the configuration; a repository has none. Safe to repeat. A file that
 * cannot be used changes nothing but what the desk says.
 */
export async function openDayOpener(
  { client, sql }: { readonly client: Client; readonly sql: Sql },
  config: DayConfig,
  log?: Logger,
): Promise<void> {
  if (config.TAIN_ROLE === 'repository') {
    await noteOpener(sql, null);
    return removeDayOpener(client);
  }
  try {
    const { calendars } = await openTables(config.TAIN_TABLE_DIR);
    const settings = await loadDaySettings(config.TAIN_DAY_FILE, new Set(calendars.keys()));
    await reconcileSchedule(client, dayOpenerSchedule(settings));
    await noteOpener(sql, settings);
  } catch (error) {
    if (!(error instanceof TainError)) throw error;
    await noteOpenerProblem(sql, error);
    log?.error({ err: error }, 'days.file');
  }
}

/**
 * Takes up days that Temporal knows nothing of, as behind a restore; the opener would do so within the hour. Safe to repeat:
 * a workflow that runs is left running.
 */
export async function takeUpDays(
  { client, sql }: { readonly client: Client; readonly sql: Sql },
  { TAIN_ROLE }: DayConfig,
): Promise<void> {
  if (TAIN_ROLE === 'repository') return;
  for (const date of await listUnfinished(sql)) await startDay(client, date);
}

async function removeDayOpener(client: Client): Promise<void> {
  const schedule = client.schedule.getHandle(LIFECYCLES.dayOpener.workflowId());
  await schedule.delete().catch((error: unknown) => {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  });
}

/**
 * Every day at the cut time, whatever the calendar says: which dates are opened is told by the opener, which looks for
 * all that are missing, so that a start that is left out loses none. Once an hour besides, because the server leaves out
 * times that clocks skip.
 */
export const dayOpenerSchedule = ({ zone, cut }: Pick<DaySettings, 'zone' | 'cut'>) => ({
  scheduleId: LIFECYCLES.dayOpener.workflowId(),
  spec: {
    calendars: [{ hour: Math.floor(cut / 60), minute: cut % 60 }],
    intervals: [{ every: '1 hour' as const }],
    timezone: zone,
  },
  action: {
    type: 'startWorkflow' as const,
    workflowType: LIFECYCLES.dayOpener.workflowType,
    workflowId: LIFECYCLES.dayOpener.workflowId(),
    taskQueue: LIFECYCLES.dayOpener.taskQueue,
    args: [],
  },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '3 days' as const },
});
