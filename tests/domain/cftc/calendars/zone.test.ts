import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  EASTERN,
  endOfDay,
  formatInstant,
  isTimeZone,
  localDate,
  localMinute,
  parseInstant,
  startOfDay,
} from '../../../../domain/cftc/calendars/zone.ts';

const startsAt = (date: string, zone: string): string => formatInstant(startOfDay(date, zone)!);
const endsAt = (date: string, zone: string): string => formatInstant(endOfDay(date, zone)!);

describe('a day in a zone', () => {
  test.each([
    ['2026-03-07', '2026-03-07T05:00:00Z', '2026-03-08T04:59:59Z'],
    ['2026-03-08', '2026-03-08T05:00:00Z', '2026-03-09T03:59:59Z'],
    ['2026-03-09', '2026-03-09T04:00:00Z', '2026-03-10T03:59:59Z'],
    ['2026-11-01', '2026-11-01T04:00:00Z', '2026-11-02T04:59:59Z'],
    ['2026-11-02', '2026-11-02T05:00:00Z', '2026-11-03T04:59:59Z'],
  ])('%s in New York is from %s to %s', (date, start, end) => {
    expect(startsAt(date, EASTERN)).toBe(start);
    expect(endsAt(date, EASTERN)).toBe(end);
  });

  test.each([
    ['2026-11-21', 'Asia/Seoul', '2026-11-20T15:00:00Z', '2026-11-21T14:59:59Z'],
    // Seoul had daylight saving in 1987 and 1988, from 2 in the morning.
    ['1988-05-08', 'Asia/Seoul', '1988-05-07T15:00:00Z', '1988-05-08T13:59:59Z'],
    ['2024-09-08', 'America/Santiago', '2024-09-08T04:00:00Z', '2024-09-09T02:59:59Z'],
    ['2024-04-06', 'America/Santiago', '2024-04-06T03:00:00Z', '2024-04-07T03:59:59Z'],
    ['2026-01-01', 'Pacific/Kiritimati', '2025-12-31T10:00:00Z', '2026-01-01T09:59:59Z'],
    ['2026-01-01', 'Asia/Kathmandu', '2025-12-31T18:15:00Z', '2026-01-01T18:14:59Z'],
  ])('%s in %s is from %s to %s', (date, zone, start, end) => {
    expect(startsAt(date, zone)).toBe(start);
    expect(endsAt(date, zone)).toBe(end);
  });

  test('knows clocks that are changed a minute past midnight, whichever instant is asked first', () => {
    // St. John's, 2006-10-29, from 00:01 back to 23:01.
    const change = Date.UTC(2006, 9, 29, 2, 31);
    const asked = [change, change - 1, change + 1, change - 60_000, change + 60_000, change - 1];

    expect(asked.map((at) => localMinute(at, 'America/St_Johns'))).toEqual([
      { date: '2006-10-28', minute: 23 * 60 + 1 },
      { date: '2006-10-29', minute: 0 },
      { date: '2006-10-28', minute: 23 * 60 + 1 },
      { date: '2006-10-29', minute: 0 },
      { date: '2006-10-28', minute: 23 * 60 + 2 },
      { date: '2006-10-29', minute: 0 },
    ]);
  });

  test('begins where the day before ends, and every instant of it has its date', () => {
    const zones = fc.constantFrom(
      EASTERN,
      'Asia/Seoul',
      'Europe/London',
      'America/Santiago',
      'Australia/Lord_Howe',
    );
    const instants = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2050, 0) });
    fc.assert(
      fc.property(zones, instants, (zone, instant) => {
        const date = localDate(instant, zone)!;
        const [start, end] = [startOfDay(date, zone)!, endOfDay(date, zone)!];
        expect(start).toBeLessThanOrEqual(instant);
        expect(end + 1000).toBeGreaterThan(instant);
        expect([start, end].map((at) => localDate(at, zone))).toEqual([date, date]);
        expect(localDate(start - 1, zone)).not.toBe(date);
      }),
      { numRuns: 300 },
    );
  });

  test('does not exist for what is no date, and the last one has no end', () => {
    expect(startOfDay('2026-02-29', EASTERN)).toBeNull();
    expect(endOfDay('nonsense', EASTERN)).toBeNull();
    expect(endOfDay('9999-12-31', EASTERN)).toBeNull();
    expect(startsAt('0001-01-02', 'UTC')).toBe('0001-01-02T00:00:00Z');
  });
});

describe('names of zones', () => {
  test.each([EASTERN, 'Asia/Seoul', 'UTC'])('%s is one', (zone) => expect(isTimeZone(zone)).toBe(true));
  test.each(['', '+09:00', 'Mars/Base', 'America/New York', '\0', 'x'.repeat(10_000)])(
    'case %# is none',
    (zone) => expect(isTimeZone(zone)).toBe(false),
  );
});

test('timestamps are read and written as the specification has them', () => {
  expect(parseInstant('1970-01-01T00:00:01Z')).toBe(1000);
  expect(parseInstant('2026-10-02T24:00:00Z')).toBeNull();
  expect(parseInstant('2026-10-02')).toBeNull();
  expect(formatInstant(1000)).toBe('1970-01-01T00:00:01Z');
});
