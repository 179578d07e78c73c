/** Running a day, and an operator's word on it: asked of its workflow, which does it and writes the audit row. */
import type { Client } from '@temporalio/client';
import {
  DAY_UPDATES,
  type CftcDayInput,
  type DayChange,
  type DayOperation,
  type DayWaiver,
} from '../contracts/cftc-day.ts';
import { TainError } from '../contracts/errors.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import type { ReportingRole } from '../contracts/outbound.ts';
import { findCutBehind } from '../db/days.ts';
import { isBusinessDay } from '../domain/cftc/calendars/holiday-calendar.ts';
import { localDate } from '../domain/cftc/calendars/zone.ts';
import { loadDaySettings } from '../platform/day-config.ts';
import type { Sql } from '../platform/postgres.ts';
import { openTables } from '../platform/tables.ts';
import { startLifecycle, updateLifecycle, type LifecycleStart } from '../platform/temporal.ts';
import { askWorkflow } from './ask-workflow.ts';

/** Opening a day again takes back all of its messages. */
const DEADLINE_MS = 15_000;

export type DayRules = {
  readonly role: ReportingRole;
  readonly dayFile?: string | undefined;
  readonly tableDir?: string | undefined;
  /** Zone of the folder dates. */
  readonly timeZone: string;
};

const startOf = (input: CftcDayInput): LifecycleStart => ({
  workflowId: LIFECYCLES.cftcDay.workflowId(input.date),
  args: [input],
  summary: `CFTC day ${input.date}`,
});

/**
 * Starts a day, unless it runs already. Safe to repeat.
 * @throws TainError day.not-reporter; day.ahead; day.behind where a later one is cut; day.not-business-day where no reason
 *   is given; day-file.invalid, day-file.unreadable, table.invalid, table.unreadable
 */
export async function runDay(
  { client, sql }: { readonly client: Client; readonly sql: Sql },
  input: CftcDayInput,
  rules: DayRules,
): Promise<void> {
  const { date, reason } = input;
  if (rules.role !== 'reporter') throw new TainError('day.not-reporter', { date });
  const { calendars } = await openTables(rules.tableDir);
  const { calendar, zone } = await loadDaySettings(rules.dayFile, new Set(calendars.keys()));
  // Folders can be a date ahead of the clocks of the day.
  const today = [zone, rules.timeZone]
    .map((one) => localDate(Date.now(), one) ?? '')
    .sort()
    .at(-1)!;
  if (date > today) throw new TainError('day.ahead', { date, today, zone });
  if (reason === undefined && isBusinessDay(date, calendars.get(calendar)!) === false)
    throw new TainError('day.not-business-day', { date, calendar });
  const newest = await findCutBehind(sql, date);
  if (newest !== null) throw new TainError('day.behind', { date, newest });
  await askWorkflow(client, () => startLifecycle(client, 'cftcDay', startOf(input)), unattended(date));
}

const unattended = (date: string) => (seconds: number, options: ErrorOptions) =>
  new TainError('day.unattended', { date, seconds }, options);

/**
 * Waives an input of a day, closes the day, or opens it again.
 * @throws TainError day.unattended when Temporal or the worker does not answer in time; what the day refuses, as it says it
 */
export async function operateDay(
  client: Client,
  date: string,
  operation: DayOperation,
  change: DayChange | DayWaiver,
): Promise<void> {
  await askWorkflow(
    client,
    () =>
      updateLifecycle(client, 'cftcDay', startOf({ date, by: change.by }), {
        update: DAY_UPDATES[operation],
        args: [change],
      }),
    unattended(date),
    DEADLINE_MS,
  );
}
