/** Which days are no business days in a place. Saturdays and Sundays are none anywhere. */
import type { Basis } from '../basis.ts';
import { dayNumber, weekdayOf } from './days.ts';

export type HolidayCalendar = Basis & {
  readonly id: string;
  /** Are the holidays of the year known? */
  readonly covers: (year: number) => boolean;
  /** Name of the holiday on a calendar date of a covered year, null when it is none. */
  readonly holidayOn: (date: string) => string | null;
};

/**
 * Is the day a business day? Source: 17 CFR 45.1, business day.
 * @returns null when the calendar does not cover the year, or the text is no date
 */
export function isBusinessDay(date: string, calendar: HolidayCalendar): boolean | null {
  const day = dayNumber(date);
  if (day === null) return null;
  const weekday = weekdayOf(day);
  if (weekday === 0 || weekday === 6) return false;
  return calendar.covers(Number(date.slice(0, 4))) ? calendar.holidayOn(date) === null : null;
}

/** A calendar from a list: it covers every year that the list names a day of. */
export function calendarOfList(
  id: string,
  holidays: ReadonlyMap<string, string>,
  basis: Basis,
): HolidayCalendar {
  const years = new Set([...holidays.keys()].map((date) => Number(date.slice(0, 4))));
  return {
    id,
    citation: basis.citation,
    confidence: basis.confidence,
    covers: (year) => years.has(year),
    holidayOn: (date) => holidays.get(date) ?? null,
  };
}

/** Two calendars of one place as one: where both cover a year, the second is believed. */
export function extendCalendar(base: HolidayCalendar, by: HolidayCalendar): HolidayCalendar {
  return {
    id: base.id,
    citation: `${base.citation}; ${by.citation}`,
    confidence: base.confidence,
    covers: (year) => by.covers(year) || base.covers(year),
    holidayOn: (date) => (by.covers(Number(date.slice(0, 4))) ? by : base).holidayOn(date),
  };
}
