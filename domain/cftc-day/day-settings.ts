/** When a day is cut, by whose holidays and clocks, and what it waits for. */
import { isBusinessDay, type HolidayCalendar } from '../cftc/calendars/holiday-calendar.ts';
import { addDays } from '../cftc/calendars/days.ts';
import { instantAt, localDate } from '../cftc/calendars/zone.ts';

/** A file by a pattern of its name, or a feed by its name. */
export type ExpectedInput = {
  readonly name: string;
  readonly kind: 'file' | 'feed';
  readonly expected: string;
  /** Minutes since midnight, by the clocks of the zone; null: it is waited for until somebody waives it. */
  readonly by: number | null;
};

export type DaySettings = {
  /** Id of the holiday calendar. */
  readonly calendar: string;
  /** IANA name. */
  readonly zone: string;
  /** When days are opened and cut, minutes since midnight by the clocks of the zone. */
  readonly cut: number;
  readonly expects: readonly ExpectedInput[];
};

/** What holds where nobody says otherwise: New York, in the evening, nothing expected. */
export const DEFAULT_DAY_SETTINGS: DaySettings = {
  calendar: 'US',
  zone: 'America/New_York',
  cut: 18 * 60,
  expects: [],
};

const WALL_TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Minutes since midnight of a time like "18:00"; null when the text is none. */
export function parseWallTime(text: string): number | null {
  const match = WALL_TIME.exec(text);
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
}

/** The inverse of `parseWallTime`. */
export const formatWallTime = (minute: number): string =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');

/** When an input of a business date is due, as an instant; null when nobody says. */
export const inputDueAt = ({ by }: ExpectedInput, date: string, zone: string): number | null =>
  by === null ? null : instantAt(date, by, zone);

/** Does a file of this name match the pattern? "*" stands for any characters, "?" for one. */
export function matchesPattern(name: string, pattern: string): boolean {
  const parts = [...pattern].map((character) =>
    character === '*' ? '.*' : character === '?' ? '.' : character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'),
  );
  return new RegExp(`^${parts.join('')}$`, 'su').test(name);
}

/** More dates than these are not opened at once: the next look goes on. */
const MOST_DATES = 60;
/** Where no date was opened before, one counts for so long behind its cut time: nobody waits for older ones. */
const FIRST_DATE_MS = 6 * 3_600_000;

/** Dates that there are. */
export type KnownDates = {
  /** The first one that the opener opened, YYYY-MM-DD; null before it. */
  readonly first: string | null;
  /** All since then, whoever opened them. */
  readonly dates: ReadonlySet<string>;
};

/**
 * The business dates that are to be opened: all since the first whose cut time has come and that are not there. A date of
 * a year that the calendar does not cover counts unless it is a weekend: a date that is opened in vain can be closed, and
 * one that is lost is lost.
 * @param now an instant
 * @throws RangeError when the runtime knows no such zone
 */
export function datesToOpen(
  { first, dates }: KnownDates,
  now: number,
  { zone, cut }: Pick<DaySettings, 'zone' | 'cut'>,
  calendar: HolidayCalendar,
): string[] {
  const today = localDate(now, zone);
  if (today === null) return [];
  const cutAt = (date: string): number => instantAt(date, cut, zone) ?? Infinity;
  const found: string[] = [];
  const begin = first ?? addDays(today, -1);
  for (let date = begin; date !== null && date <= today; date = addDays(date, 1)) {
    if (isBusinessDay(date, calendar) === false || cutAt(date) > now || dates.has(date)) continue;
    if (first === null && now - cutAt(date) > FIRST_DATE_MS) continue;
    found.push(date);
    if (found.length === MOST_DATES) break;
  }
  return found;
}
