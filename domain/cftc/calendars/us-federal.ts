/**
 * The legal holidays of the United States, by rule. One that falls on a Saturday is observed on the Friday before,
 * one that falls on a Sunday on the Monday after. Days that a President closes offices for are no legal holidays.
 * Source: 5 U.S.C. 6103 (general knowledge).
 */
import { dateOfDay, dayNumber, weekdayOf } from './days.ts';
import type { HolidayCalendar } from './holiday-calendar.ts';

const SUNDAY = 0;
const MONDAY = 1;
const THURSDAY = 4;
const FRIDAY = 5;

type Fixed = { readonly name: string; readonly day: string; readonly since: number };
type Floating = {
  readonly name: string;
  readonly month: string;
  readonly weekday: number;
  readonly nth: number;
};

const FIXED: readonly Fixed[] = [
  { name: "New Year's Day", day: '01-01', since: 0 },
  { name: 'Juneteenth National Independence Day', day: '06-19', since: 2021 },
  { name: 'Independence Day', day: '07-04', since: 0 },
  { name: 'Veterans Day', day: '11-11', since: 0 },
  { name: 'Christmas Day', day: '12-25', since: 0 },
];

const FLOATING: readonly Floating[] = [
  { name: 'Birthday of Martin Luther King, Jr.', month: '01', weekday: MONDAY, nth: 3 },
  { name: "Washington's Birthday", month: '02', weekday: MONDAY, nth: 3 },
  { name: 'Labor Day', month: '09', weekday: MONDAY, nth: 1 },
  { name: 'Columbus Day', month: '10', weekday: MONDAY, nth: 2 },
  { name: 'Thanksgiving Day', month: '11', weekday: THURSDAY, nth: 4 },
];

const pad = (year: number): string => String(year).padStart(4, '0');

function observed(day: number): number {
  const weekday = weekdayOf(day);
  if (weekday === SUNDAY) return day + 1;
  return weekday > FRIDAY ? day - 1 : day;
}

function nthWeekday(year: number, { month, weekday, nth }: Floating): number {
  const first = dayNumber(`${pad(year)}-${month}-01`)!;
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (nth - 1) * 7;
}

/** The Monday before 1 June. */
function memorialDay(year: number): number {
  const last = dayNumber(`${pad(year)}-05-31`)!;
  return last - ((weekdayOf(last) - MONDAY + 7) % 7);
}

/** Holidays of a year by date; New Year's Day can be observed in the year before. */
function holidaysOf(year: number): ReadonlyMap<string, string> {
  const days: [number, string][] = [
    ...FIXED.filter(({ since }) => year >= since).map(({ name, day }): [number, string] => [
      observed(dayNumber(`${pad(year)}-${day}`)!),
      name,
    ]),
    ...FLOATING.map((rule): [number, string] => [nthWeekday(year, rule), rule.name]),
    [memorialDay(year), 'Memorial Day'],
  ];
  return new Map(days.map(([day, name]) => [dateOfDay(day) ?? '', name]));
}

const years = new Map<number, ReadonlyMap<string, string>>();

function yearOf(year: number): ReadonlyMap<string, string> {
  let found = years.get(year);
  if (found === undefined) {
    found = holidaysOf(year);
    years.set(year, found);
  }
  return found;
}

/** From 1986, when the birthday of Martin Luther King, Jr. was first observed; the rules before were others. */
export const US_FEDERAL: HolidayCalendar = {
  id: 'US',
  citation: '5 U.S.C. 6103',
  confidence: 'general-knowledge',
  covers: (year) => year >= 1986 && year <= 9999,
  holidayOn(date) {
    const year = Number(date.slice(0, 4));
    const nextYear = date.endsWith('-12-31') && year < 9999 ? yearOf(year + 1).get(date) : undefined;
    return yearOf(year).get(date) ?? nextYear ?? null;
  },
};
