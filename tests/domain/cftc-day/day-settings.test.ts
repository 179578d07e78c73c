import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays } from '../../../domain/cftc/calendars/days.ts';
import { isBusinessDay } from '../../../domain/cftc/calendars/holiday-calendar.ts';
import { KOREA } from '../../../domain/cftc/calendars/korea.ts';
import { US_FEDERAL } from '../../../domain/cftc/calendars/us-federal.ts';
import { instantAt, localMinute } from '../../../domain/cftc/calendars/zone.ts';
import {
  datesToOpen,
  formatWallTime,
  inputDueAt,
  matchesPattern,
  parseWallTime,
  type KnownDates,
} from '../../../domain/cftc-day/day-settings.ts';

const NEW_YORK = { zone: 'America/New_York', cut: 18 * 60 };
const ZONES = [
  'America/New_York',
  'Asia/Seoul',
  'Europe/London',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'UTC',
];
const known = (first: string | null, ...others: string[]): KnownDates => ({
  first,
  dates: new Set(first === null ? others : [first, ...others]),
});
const open = (dates: KnownDates, now: string) => datesToOpen(dates, Date.parse(now), NEW_YORK, US_FEDERAL);

describe('the business dates to open', () => {
  it('are the date whose cut time has come, in summer and in winter', () => {
    expect(open(known('2026-06-29'), '2026-06-30T21:59:59Z')).toEqual([]);
    expect(open(known('2026-06-29'), '2026-06-30T22:00:00Z')).toEqual(['2026-06-30']);
    expect(open(known('2026-11-30'), '2026-12-01T22:59:59Z')).toEqual([]);
    expect(open(known('2026-11-30'), '2026-12-01T23:00:00Z')).toEqual(['2026-12-01']);
  });

  it('are right on the days on which clocks are changed', () => {
    // 8 March and 1 November 2026 are Sundays: the calendar of a place without weekends would open them too.
    const everyDay = { ...US_FEDERAL, holidayOn: () => null };
    const at = (date: string) => instantAt(date, NEW_YORK.cut, NEW_YORK.zone)!;

    expect(new Date(at('2026-03-08')).toISOString()).toBe('2026-03-08T22:00:00.000Z');
    expect(new Date(at('2026-11-01')).toISOString()).toBe('2026-11-01T23:00:00.000Z');
    expect(datesToOpen(known('2026-03-06'), at('2026-03-09'), NEW_YORK, everyDay)).toEqual(['2026-03-09']);
  });

  it('leave out weekends and holidays', () => {
    // Thanksgiving on Thursday.
    expect(open(known('2026-11-25'), '2026-11-30T23:30:00Z')).toEqual(['2026-11-27', '2026-11-30']);
  });

  it('are all that were missed, also those before a date that somebody ran by hand', () => {
    expect(open(known('2026-11-16', '2026-11-20'), '2026-11-21T12:00:00Z')).toEqual([
      '2026-11-17',
      '2026-11-18',
      '2026-11-19',
    ]);
  });

  it('begin with the newest when there was none, but not with one that is long over', () => {
    expect(open(known(null), '2026-11-20T23:30:00Z')).toEqual(['2026-11-20']);
    expect(open(known(null, '2026-11-20'), '2026-11-20T23:30:00Z')).toEqual([]);
    expect(open(known(null), '2026-11-21T12:00:00Z')).toEqual([]);
  });

  it('count where the calendar does not know the year: a date that is lost is lost', () => {
    const seoul = { zone: 'Asia/Seoul', cut: 18 * 60 };

    expect(datesToOpen(known('2031-05-01'), Date.parse('2031-05-05T12:00:00Z'), seoul, KOREA)).toEqual([
      '2031-05-02',
      '2031-05-05',
    ]);
  });

  it('are every business date once, whenever and however often somebody looks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 700 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 12 }),
        (zone, cut, begin, hours) => {
          const first = addDays('2025-01-01', begin)!;
          const dates = new Set([first]);
          let now = instantAt(first, cut, zone)!;
          const opened: string[] = [];
          for (const pause of hours) {
            now += pause * 3_600_000;
            for (const date of datesToOpen({ first, dates }, now, { zone, cut }, US_FEDERAL)) {
              dates.add(date);
              opened.push(date);
            }
          }

          const due: string[] = [];
          for (let date = addDays(first, 1)!; instantAt(date, cut, zone)! <= now; date = addDays(date, 1)!)
            if (isBusinessDay(date, US_FEDERAL)) due.push(date);
          expect(opened).toEqual(due);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a time of day', () => {
  it('is an instant at which the clocks show it, or behind the gap where none do', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES.filter((zone) => zone !== 'Pacific/Apia')),
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 800 }),
        (zone, minute, day) => {
          const date = addDays('2025-01-01', day)!;
          const shown = localMinute(instantAt(date, minute, zone)!, zone);

          expect(shown.date).toBe(date);
          expect([minute, minute + 30, minute + 60]).toContain(shown.minute);
        },
      ),
    );
    // 02:30 is left out in New York, and 01:30 comes twice.
    expect(new Date(instantAt('2027-03-14', 150, 'America/New_York')!).toISOString()).toBe(
      '2027-03-14T07:30:00.000Z',
    );
    expect(new Date(instantAt('2026-11-01', 90, 'America/New_York')!).toISOString()).toBe(
      '2026-11-01T05:30:00.000Z',
    );
  });

  it.each(['18:00', '00:00', '23:59'])('%s is read and written', (text) => {
    expect(formatWallTime(parseWallTime(text)!)).toBe(text);
  });

  it.each(['24:00', '8:00', '18:60', '18', ''])('%j is none', (text) => {
    expect(parseWallTime(text)).toBeNull();
  });

  it('is when an input is due, if anybody says', () => {
    const input = { name: 'desk', kind: 'file', expected: '*', by: 17 * 60 + 30 } as const;

    expect(inputDueAt(input, '2026-11-20', 'America/New_York')).toBe(Date.parse('2026-11-20T22:30:00Z'));
    expect(inputDueAt({ ...input, by: null }, '2026-11-20', 'America/New_York')).toBeNull();
  });
});

describe('a pattern of file names', () => {
  it.each([
    ['rates-*.csv', 'rates-1.csv', true],
    ['rates-*.csv', 'rates-.csv', true],
    ['rates-*.csv', 'fxrates-1.csv', false],
    ['rates-*.csv', 'rates-1.csv.gz', false],
    ['day?.csv', 'day1.csv', true],
    ['day?.csv', 'day12.csv', false],
    ['a+(b)[c].csv', 'a+(b)[c].csv', true],
    ['a.csv', 'abcsv', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matchesPattern(name, pattern)).toBe(expected);
  });
});
