/** Dates and timestamps as the specification writes them: ISO 8601, UTC, to the second, with literal T and Z. */

const MINUS = 45;
const COLON = 58;
const ZERO = 48;
const CAPITAL_T = 84;
const CAPITAL_Z = 90;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Value of the two digits at a position, -1 when they are no digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : DAYS[month - 1]!;
}

/** Does the text begin with a day of the calendar, written YYYY-MM-DD? */
export function startsWithDate(text: string): boolean {
  const century = twoDigits(text, 0);
  const rest = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (century < 0 || rest < 0 || text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS) return false;
  const year = century * 100 + rest;
  // The calendar has no year 0, and a database refuses it.
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

/**
 * Is the text a day of the Gregorian calendar, written YYYY-MM-DD?
 * Source: CFTC technical specification v3.2, formats; ISO 8601.
 */
export const isCalendarDate = (text: string): boolean => text.length === 10 && startsWithDate(text);

/**
 * Is the text a point in time in UTC, written YYYY-MM-DDThh:mm:ssZ, with hours to 23 and neither leap seconds nor
 * fractions? Source: CFTC technical specification v3.2, formats; ISO 8601.
 */
export function isTimestamp(text: string): boolean {
  if (text.length !== 20 || text.charCodeAt(10) !== CAPITAL_T || text.charCodeAt(19) !== CAPITAL_Z)
    return false;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return false;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  return startsWithDate(text);
}
