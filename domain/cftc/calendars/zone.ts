/**
 * Instants and the dates that they fall on in a zone. Instants are milliseconds since 1970, zones IANA names. All of
 * it follows from the arguments and the zone data that the runtime brings.
 */
import { isCalendarDate, isTimestamp } from '../dates.ts';
import { dateOfDay, dayNumber } from './days.ts';

const SECOND = 1000;
const MINUTE = 60_000;
const DAY = 86_400_000;

/** Execution dates are dates in this zone. Source: 17 CFR 45.1, execution date (general knowledge). */
export const EASTERN = 'America/New_York';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'narrow',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

/** Does the runtime know a zone of this name? */
export function isTimeZone(zone: string): boolean {
  // Offsets like +09:00 are accepted by the runtime too, but have no daylight saving and no place.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** The instant that a timestamp of the specification names; null when the text is none. */
export const parseInstant = (timestamp: string): number | null =>
  isTimestamp(timestamp) ? Date.parse(timestamp) : null;

/** An instant as the specification writes it; past the year 9999 the year has a sign and six digits. */
export function formatInstant(instant: number): string {
  const day = Math.floor(instant / DAY);
  // Most instants that are written in a row are of one day.
  if (day !== writtenDay) {
    writtenDate = new Date(day * DAY).toISOString().slice(0, -'00:00:00.000Z'.length);
    writtenDay = day;
  }
  const second = Math.floor((instant - day * DAY) / SECOND);
  const [hours, minutes] = [Math.floor(second / 3600), Math.floor(second / 60) % 60];
  return `${writtenDate}${TWO_DIGITS[hours]}:${TWO_DIGITS[minutes]}:${TWO_DIGITS[second % 60]}Z`;
}

let writtenDay = NaN;
/** With the "T" behind it. */
let writtenDate = '';
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** From then on clocks are changed at whole minutes everywhere; the last that did otherwise were Liberia's, in 1972. */
const WHOLE_MINUTES = Date.UTC(1973, 0, 1);
/** Some weeks, minute by minute. */
const MOST_MINUTES = 50_000;

const offsets = new Map<string, Map<number, number>>();

/** What the clocks of a zone show, as if they showed UTC. Asking the runtime takes long: it is asked once a minute. */
function wallClock(instant: number, zone: string): number {
  if (!(instant >= WHOLE_MINUTES)) return readClock(instant, zone);
  let known = offsets.get(zone);
  if (known === undefined) offsets.set(zone, (known = new Map<number, number>()));
  const minute = Math.floor(instant / MINUTE);
  let offset = known.get(minute);
  if (offset === undefined) {
    offset = readClock(instant, zone) - instant;
    if (known.size === MOST_MINUTES) known.clear();
    known.set(minute, offset);
  }
  return instant + offset;
}

function readClock(instant: number, zone: string): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) parts[type] = value;
  const { era, year, month, day, hour, minute, second } = parts;
  const shown = new Date(0);
  shown.setUTCFullYear(era === 'B' ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  shown.setUTCHours(Number(hour), Number(minute), Number(second));
  return shown.getTime() + (((instant % SECOND) + SECOND) % SECOND);
}

/**
 * The date in a zone at an instant; null outside of the years 1 to 9999.
 * @throws RangeError when the runtime knows no such zone
 */
export const localDate = (instant: number, zone: string): string | null =>
  dateOfDay(Math.floor(wallClock(instant, zone) / DAY));

/**
 * The date in a zone at an instant, null outside of the years 1 to 9999, and the minutes that its clocks show.
 * @throws RangeError when the runtime knows no such zone
 */
export function localMinute(
  instant: number,
  zone: string,
): { readonly date: string | null; readonly minute: number } {
  const shown = wallClock(instant, zone);
  const day = Math.floor(shown / DAY);
  return { date: dateOfDay(day), minute: Math.floor((shown - day * DAY) / (60 * SECOND)) };
}

/**
 * The first instant of a date in a zone: midnight, or where daylight saving begins at midnight the end of the gap.
 * @returns null when the text is no date
 * @throws RangeError when the runtime knows no such zone
 */
export function startOfDay(date: string, zone: string): number | null {
  if (!isCalendarDate(date)) return null;
  const midnight = dayNumber(date)! * DAY;
  const candidates = [midnight - DAY, midnight + DAY].map(
    (around) => midnight - (wallClock(around, zone) - around),
  );
  const earliest = Math.min(...candidates);
  // A candidate that falls on the day before took the offset that no longer holds then.
  return localDate(earliest, zone) === date ? earliest : Math.max(...candidates);
}

/**
 * The last whole second of a date in a zone, 23:59:59 there.
 * @returns null when the text is no date, or none follows it
 * @throws RangeError when the runtime knows no such zone
 */
export function endOfDay(date: string, zone: string): number | null {
  const day = dayNumber(date);
  const next = day === null ? null : dateOfDay(day + 1);
  return next === null ? null : startOfDay(next, zone)! - SECOND;
}

/**
 * The instant at which the clocks of a zone show a minute of a date. Of a minute that comes twice, the first; one that
 * is left out in spring counts from midnight on, so that it falls behind the gap.
 * @param minute minutes since midnight, 0 to 1439
 * @returns null when the text is no date
 * @throws RangeError when the runtime knows no such zone
 */
export function instantAt(date: string, minute: number, zone: string): number | null {
  const midnight = startOfDay(date, zone);
  if (midnight === null) return null;
  const elapsed = midnight + minute * MINUTE;
  // By how much the clocks were changed between midnight and then.
  const changed = wallClock(elapsed, zone) - (dayNumber(date)! * DAY + minute * MINUTE);
  const shown = localMinute(elapsed - changed, zone);
  return shown.date === date && shown.minute === minute ? elapsed - changed : elapsed;
}
