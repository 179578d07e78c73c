/** What needs a person because no day is opened, or because one stands still without a word. */
import type { Sql } from 'postgres';
import {
  MAX_CAUSES_PER_KIND,
  STANDING_MINUTES,
  UNOPENED_MINUTES,
  type ExceptionCause,
  type Found,
} from '../contracts/exceptions.ts';
import { instantAt } from '../domain/cftc/calendars/zone.ts';
import type { Calendars } from '../domain/cftc/entities.ts';
import { datesToOpen, DEFAULT_DAY_SETTINGS } from '../domain/cftc-day/day-settings.ts';
import { readOpener } from './day-opener.ts';
import { listKnownDates } from './days.ts';

const MINUTE_MS = 60_000;

const found = (causes: readonly ExceptionCause[]): Found => ({
  causes: causes.slice(0, MAX_CAUSES_PER_KIND),
  total: causes.length,
});

/** What keeps the opener from opening any day. */
export async function findOpenerTrouble(sql: Sql): Promise<Found> {
  const { problem_code: code, problem_params: params, problem_since: since } = await readOpener(sql);
  if (code === null || since === null) return found([]);
  return found([
    {
      kind: 'days-not-opened',
      key: 'day-opener',
      count: 1,
      since: since.getTime(),
      deadline: null,
      params: { ...params, code },
      links: ['/v1/days'],
    },
  ]);
}

/** When the first of what happened on a day (YYYY-MM-DD) is due, an instant; null where nobody can say. */
type DueOf = (date: string) => number | null;

/**
 * Business dates that are long past their cut time and have no day, by what the opener went by last. One that has only
 * just been told of its settings gets as long to begin.
 * @param now an instant in milliseconds
 */
export async function findUnopened(
  sql: Sql,
  calendars: Calendars,
  { now, dueOf }: { readonly now: number; readonly dueOf: DueOf },
): Promise<Found> {
  const { calendar: id, zone, cut_minute: cut, known_since: knownSince } = await readOpener(sql);
  const calendar = id === null ? undefined : calendars.get(id);
  const before = now - UNOPENED_MINUTES * MINUTE_MS;
  if (calendar === undefined || zone === null || cut === null || knownSince!.getTime() > before)
    return found([]);
  const dates = datesToOpen(await listKnownDates(sql), before, { zone, cut }, calendar);
  return found(
    dates.map((date) => ({
      kind: 'day-unopened',
      key: `unopened:${date}`,
      count: 1,
      since: instantAt(date, cut, zone),
      deadline: dueOf(date),
      params: { date },
      links: ['/v1/days'],
    })),
  );
}

/**
 * Days that are open or cut for long, with nothing that is known to keep them: they wait for the ledger, or for a day
 * before them. Those that wait for an input are told by that.
 * @param now an instant in milliseconds
 */
export async function findStanding(
  sql: Sql,
  { now, dueOf }: { readonly now: number; readonly dueOf: DueOf },
): Promise<Found> {
  const rows = await sql<
    { date: string; state: 'open' | 'cut'; begun: Date; cut: Date | null; before: string | null }[]
  >`
    select business_date::text as date, state, cut_at as cut, greatest(opened_at, (
        select max(at) from audit_log where subject = business_date::text and action = 'day.reopened')) as begun, (
        select min(earlier.business_date)::text from cftc_day as earlier
        left join cftc_day_version as made
          on made.business_date = earlier.business_date and made.version = earlier.version
        where earlier.business_date < day.business_date and case when day.state = 'open' then earlier.state = 'open'
          else earlier.state in ('cut', 'incomplete') and not made.messages_cut end) as before
    from cftc_day as day left join cftc_day_version using (business_date, version)
    where state in ('open', 'cut') and problem_code is null and not exists (
      select from cftc_day_input as input
      where input.business_date = day.business_date and day.state = 'open' and input.state = 'waiting')
    order by business_date`;
  if (rows.length === 0) return found([]);
  const { zone, cut_minute: minute } = await readOpener(sql);
  const cutTime = (date: string): number =>
    instantAt(date, minute ?? DEFAULT_DAY_SETTINGS.cut, zone ?? DEFAULT_DAY_SETTINGS.zone) ?? 0;
  const causes = rows.map(({ date, state, begun, cut, before }): ExceptionCause => ({
    kind: 'day-standing',
    key: `standing:${date}`,
    count: 1,
    since: cut === null ? Math.max(begun.getTime(), cutTime(date)) : cut.getTime(),
    deadline: dueOf(date),
    params: { date, state, minutes: STANDING_MINUTES, before: before ?? '' },
    links: [`/v1/days/${date}`],
  }));
  return found(causes.filter(({ since }) => since! < now - STANDING_MINUTES * MINUTE_MS));
}
