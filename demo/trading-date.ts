/** Which day the demonstration is of: the last business day that is over everywhere, so that all of it can be reported. */
import { addDays } from '../domain/cftc/calendars/days.ts';
import { isBusinessDay } from '../domain/cftc/calendars/holiday-calendar.ts';
import { US_FEDERAL } from '../domain/cftc/calendars/us-federal.ts';

/** Clocks of the westernmost places show a date for so long after it has ended in UTC. */
const LAST_ZONE_MS = 12 * 3_600_000;

/**
 * The last business day in the United States that is over at an instant, by every clock on Earth: YYYY-MM-DD.
 * @param now milliseconds since 1970
 */
export function tradingDateAt(now: number): string {
  let date = new Date(now - LAST_ZONE_MS).toISOString().slice(0, 10);
  do date = addDays(date, -1)!;
  while (isBusinessDay(date, US_FEDERAL) === false);
  return date;
}
