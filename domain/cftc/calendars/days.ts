/** Days of the Gregorian calendar as numbers, so that they can be counted; written as dates.ts knows them. */
import { isCalendarDate } from '../dates.ts';

const DAYS_IN_ERA = 146_097;
const EPOCH = 719_468;
/** 9999-12-31, the last day that can be written. */
const LAST = 2_932_896;
/** 0001-01-01. */
const FIRST = -719_162;

const pad = (value: number, length: number): string => String(value).padStart(length, '0');

/**
 * Days since 1970-01-01; null when the text is no calendar date.
 * Counts in years that begin in March, so that 29 February is the last day of one.
 */
export function dayNumber(date: string): number | null {
  if (!isCalendarDate(date)) return null;
  const month = Number(date.slice(5, 7));
  const year = Number(date.slice(0, 4)) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + Number(date.slice(8)) - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_IN_ERA + dayOfEra - EPOCH;
}

/** The date of a day number; null outside of the years 1 to 9999. */
export function dateOfDay(day: number): string | null {
  if (!(day >= FIRST && day <= LAST)) return null;
  const shifted = day + EPOCH;
  const era = Math.floor(shifted / DAYS_IN_ERA);
  const dayOfEra = shifted - era * DAYS_IN_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(dayOfMonth, 2)}`;
}

/** The date that lies so many days later; null when one of the two cannot be written. */
export function addDays(date: string, days: number): string | null {
  const day = dayNumber(date);
  return day === null ? null : dateOfDay(day + days);
}

/** Days from one date to another; null when one of them is no date. */
export function daysBetween(from: string, to: string): number | null {
  const [first, last] = [dayNumber(from), dayNumber(to)];
  return first === null || last === null ? null : last - first;
}

/** 0 for Sunday to 6 for Saturday, of a day number. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
