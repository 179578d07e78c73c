/** The day that a valuation or margin is of. One place, because whether it is owed, late or missing hangs on it. */
import { EASTERN, localDate, parseInstant } from '../cftc/calendars/zone.ts';
import { isCalendarDate } from '../cftc/dates.ts';

/**
 * The day of a valuation (#113): the date itself, or the date in New York of its time.
 * @returns YYYY-MM-DD; null when the text is neither
 */
export function valuationDayOf(asOf: string): string | null {
  if (isCalendarDate(asOf)) return asOf;
  const instant = parseInstant(asOf);
  return instant === null ? null : localDate(instant, EASTERN);
}

/**
 * The day of margin (#30), which is as of the start of its day in UTC: the date that is written, in no zone.
 * @returns YYYY-MM-DD; null when the text begins with no date
 */
export function marginDayOf(asOf: string): string | null {
  const written = asOf.slice(0, 10);
  return isCalendarDate(written) ? written : null;
}
