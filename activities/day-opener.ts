/** Opening days: every business date whose cut time has come gets its workflow. */
import type { Client } from '@temporalio/client';
import { BY_DAY_OPENER } from '../contracts/audit.ts';
import type { CftcDayInput, OpenedDays } from '../contracts/cftc-day.ts';
import { TainError } from '../contracts/errors.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { noteOpener, noteOpenerProblem } from '../db/day-opener.ts';
import { listKnownDates, listUnfinished } from '../db/days.ts';
import { datesToOpen } from '../domain/cftc-day/day-settings.ts';
import { loadDaySettings } from '../platform/day-config.ts';
import type { Sql } from '../platform/postgres.ts';
import { openTables } from '../platform/tables.ts';
import { startLifecycle } from '../platform/temporal.ts';
import { withFailures } from './failures.ts';

export type DayOpenerDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly dayFile?: string | undefined;
  readonly tableDir?: string | undefined;
  /** Milliseconds since 1970; absent: the clock of this machine. */
  readonly now?: () => number;
};

/** Sees to it that a date has a workflow; one that runs is left running. Safe to repeat. */
export function startDay(client: Client, date: string): Promise<void> {
  const input: CftcDayInput = { date, by: BY_DAY_OPENER };
  return startLifecycle(client, 'cftcDay', {
    workflowId: LIFECYCLES.cftcDay.workflowId(date),
    args: [input],
    summary: `CFTC day ${date}`,
  });
}

export type DayOpenerActivities = ReturnType<typeof createDayOpenerActivities>;

export function createDayOpenerActivities({
  sql,
  client,
  dayFile,
  tableDir,
  now = Date.now,
}: DayOpenerDependencies) {
  const open = async (): Promise<OpenedDays> => {
    const { calendars } = await openTables(tableDir);
    const settings = await loadDaySettings(dayFile, new Set(calendars.keys()));
    const calendar = calendars.get(settings.calendar)!;
    const dates = datesToOpen(await listKnownDates(sql), now(), settings, calendar);
    for (const date of [...(await listUnfinished(sql)), ...dates]) await startDay(client, date);
    await noteOpener(sql, settings);
    return { dates };
  };
  return withFailures({
    /**
     * Opens the dates that are due, and takes up days whose workflow has ended before they did; what keeps it from that is
     * kept for the desk. Safe to retry: a workflow that runs is left running, and a date that is entered is not opened
     * again.
     */
    async openDays(): Promise<OpenedDays> {
      try {
        return await open();
      } catch (error) {
        const { code, params } = error instanceof TainError ? error : new TainError('internal', {});
        // Where the database is what fails, the error says it.
        await noteOpenerProblem(sql, { code, params }).catch(() => undefined);
        throw error;
      }
    },
  });
}
