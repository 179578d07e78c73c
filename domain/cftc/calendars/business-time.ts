/**
 * Business days and business hours. A business day is all 24 hours of a day that is not a Saturday, a Sunday or a
 * legal holiday; business hours are the hours of business days, one after the other. Source: 17 CFR 43.2 and 45.1.
 */
import { addDays } from './days.ts';
import { isBusinessDay, type HolidayCalendar } from './holiday-calendar.ts';
import { endOfDay, localDate, startOfDay } from './zone.ts';

const HOUR = 3_600_000;
/** No calendar has this many days off in a row. */
const LONGEST_BREAK = 60;

/** A place: whose holidays, whose clocks. */
export type Place = { readonly calendar: HolidayCalendar; readonly zone: string };

/**
 * The nth business day after a date; the date itself does not count, business day or not.
 * @param n 1 or more
 * @returns null when the calendar does not cover a day that counts, or the text is no date
 */
export function businessDayAfter(date: string, n: number, calendar: HolidayCalendar): string | null {
  let day: string | null = date;
  for (let left = n; left > 0; left -= 1) {
    day = nextBusinessDay(day, calendar);
    if (day === null) return null;
  }
  return day;
}

function nextBusinessDay(date: string, calendar: HolidayCalendar): string | null {
  let day: string | null = date;
  for (let tried = 0; tried < LONGEST_BREAK; tried += 1) {
    day = addDays(day, 1);
    const counts = day === null ? null : isBusinessDay(day, calendar);
    if (day === null || counts === null) return null;
    if (counts) return day;
  }
  return null;
}

/**
 * The last second of the nth business day after a date, as an instant.
 * @param n 1 or more
 * @returns null when the calendar does not cover a day that counts, or the text is no date
 * @throws RangeError when the runtime knows no such zone
 */
export function endOfBusinessDayAfter(date: string, n: number, { calendar, zone }: Place): number | null {
  const day = businessDayAfter(date, n, calendar);
  return day === null ? null : endOfDay(day, zone);
}

/**
 * The instant at which so many business hours have passed. Hours of weekends and holidays do not pass; the hours of
 * a business day are the real ones, 23 or 25 where its clocks are changed.
 * @param hours more than 0
 * @returns null when the calendar does not cover a day that counts
 * @throws RangeError when the runtime knows no such zone
 */
export function addBusinessHours(instant: number, hours: number, { calendar, zone }: Place): number | null {
  let left = hours * HOUR;
  let at = instant;
  let day = localDate(instant, zone);
  for (let tried = 0; tried < LONGEST_BREAK + hours / 20; tried += 1) {
    const next = day === null ? null : addDays(day, 1);
    const counts = day === null ? null : isBusinessDay(day, calendar);
    if (next === null || counts === null) return null;
    const end = startOfDay(next, zone)!;
    if (counts) {
      if (left <= end - at) return at + left;
      left -= end - at;
    }
    at = end;
    day = next;
  }
  return null;
}
