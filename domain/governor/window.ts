/**
 * When background work may run: `19:00-07:00 Asia/Seoul; weekends; holidays`. Parts between semicolons, any of which
 * opens the window; each has days (none: every day), hours (none: all day) or both. One zone for all of them.
 *
 *     window = part { ";" part }, with the name of a zone once, behind any part
 *     part   = days | hours | days hours
 *     days   = "weekends" | "holidays" [ "KR" | "US" ] | day [ "-" day ], day = mon | tue | wed | thu | fri | sat | sun
 *     hours  = HH:MM-HH:MM, up to 24:00; hours that end before they begin go over midnight, into the day after theirs
 */
import { dateOfDay, dayNumber, weekdayOf } from '../cftc/calendars/days.ts';
import type { HolidayCalendar } from '../cftc/calendars/holiday-calendar.ts';
import { KOREA } from '../cftc/calendars/korea.ts';
import { US_FEDERAL } from '../cftc/calendars/us-federal.ts';
import { isTimeZone, localMinute } from '../cftc/calendars/zone.ts';

type Days =
  | { readonly kind: 'weekdays'; readonly days: readonly number[] }
  | { readonly kind: 'holidays'; readonly calendar: HolidayCalendar };

type Part = {
  /** Null: every day. */
  readonly days: Days | null;
  /** Minutes of the day; `to` may lie before `from`. */
  readonly from: number;
  readonly to: number;
};

export type Window = { readonly zone: string; readonly parts: readonly Part[] };

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const CALENDARS: Readonly<Record<string, HolidayCalendar>> = { kr: KOREA, us: US_FEDERAL };
const DAY = 24 * 60;
const HOURS = /^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;
const EXAMPLE = '19:00-07:00 Asia/Seoul; weekends; holidays';

/** What is wrong with the text of a window, as the end of a sentence. */
export type WindowProblem = { readonly problem: string };

export function parseWindow(text: string): Window | WindowProblem {
  const parts: { words: string[]; text: string }[] = [];
  let zone: string | null = null;
  for (const part of text.split(';')) {
    const words: string[] = [];
    for (const word of part.trim().split(/\s+/).filter(Boolean)) {
      if (word.includes('/') && !isTimeZone(word))
        return { problem: `names "${word}", which is no time zone` };
      if (!isZoneName(word)) words.push(word.toLowerCase());
      else if (zone !== null && zone !== word)
        return { problem: `names two time zones, ${zone} and ${word}` };
      else zone = word;
    }
    if (words.length === 0) return { problem: `has a part without days or hours: "${part.trim()}"` };
    parts.push({ words, text: part.trim() });
  }
  if (zone === null) return { problem: `names no time zone; write it like "${EXAMPLE}"` };
  const read: Part[] = [];
  for (const part of parts) {
    const found = readPart(part.words, zone);
    if (typeof found === 'string') return { problem: `cannot be read at "${part.text}": ${found}` };
    read.push(found);
  }
  return { zone, parts: read };
}

/** Zones have a slash or are UTC; nothing else in a window looks like that. */
const isZoneName = (word: string): boolean => word.includes('/') || word.toUpperCase() === 'UTC';

function readPart(words: readonly string[], zone: string): Part | string {
  const rest = [...words];
  const days = HOURS.test(rest[0]!) || /^\d/.test(rest[0]!) ? null : readDays(rest, zone);
  if (typeof days === 'string') return days;
  const hours = rest.shift();
  if (rest.length > 0) return `"${rest[0]!}" is too much; separate parts by ";"`;
  if (hours === undefined) return { days, from: 0, to: DAY };
  const match = HOURS.exec(hours);
  if (!match) return `"${hours}" is neither a time zone nor hours like 19:00-07:00`;
  const [from, to] = [minutes(match[1]!, match[2]!), minutes(match[3]!, match[4]!)];
  if (from >= DAY || to > DAY) return `"${hours}" goes beyond the day; 24:00 can only be an end`;
  if (from === to) return `"${hours}" is empty; leave the hours out for the whole day`;
  return { days, from, to };
}

const minutes = (hour: string, minute: string): number => Number(hour) * 60 + Number(minute);

/** Takes the words of days from the front. */
function readDays(words: string[], zone: string): Days | string {
  const word = words.shift()!;
  if (word === 'weekends') return { kind: 'weekdays', days: [0, 6] };
  if (word === 'holidays') {
    const named = words[0] !== undefined && Object.hasOwn(CALENDARS, words[0]) ? words.shift() : undefined;
    const calendar = named ? CALENDARS[named] : calendarOf(zone);
    return calendar ? { kind: 'holidays', calendar } : 'say whose holidays: "holidays KR" or "holidays US"';
  }
  const [first, last, ...more] = word.split('-').map((day) => WEEKDAYS.indexOf(day)) as [number, number?];
  if (first < 0 || (last ?? 0) < 0 || more.length > 0)
    return `"${word}" is none of weekends, holidays, a time zone, hours, or days like mon or mon-fri`;
  const days = [first];
  for (let day = first; last !== undefined && day !== last;) days.push((day = (day + 1) % 7));
  return { kind: 'weekdays', days };
}

function calendarOf(zone: string): HolidayCalendar | null {
  if (zone === 'Asia/Seoul') return KOREA;
  return zone === 'America/New_York' || zone === 'America/Chicago' ? US_FEDERAL : null;
}

/**
 * Is the window open at an instant, by the clocks of its zone? `areHolidaysKnown` is false when it depends on holidays
 * of a year that their calendar does not cover: such a year has none here.
 * @param instant milliseconds since 1970
 */
export function windowAt(
  { zone, parts }: Window,
  instant: number,
): { readonly isOpen: boolean; readonly areHolidaysKnown: boolean } {
  const { date, minute } = localMinute(instant, zone);
  const day = dayNumber(date ?? '') ?? 0;
  let isOpen = false;
  let areHolidaysKnown = true;
  const falls = (days: Days | null, on: number): boolean => {
    if (days === null) return true;
    if (days.kind === 'weekdays') return days.days.includes(weekdayOf(on));
    const name = dateOfDay(on) ?? '';
    if (days.calendar.covers(Number(name.slice(0, 4)))) return days.calendar.holidayOn(name) !== null;
    areHolidaysKnown = false;
    return false;
  };
  for (const { days, from, to } of parts) {
    const isToday = from < to ? minute >= from && minute < to : minute >= from;
    if (isToday && falls(days, day)) isOpen = true;
    if (from > to && minute < to && falls(days, day - 1)) isOpen = true;
  }
  // That a holiday is not known does not matter while the window is open anyway.
  return { isOpen, areHolidaysKnown: isOpen || areHolidaysKnown };
}
