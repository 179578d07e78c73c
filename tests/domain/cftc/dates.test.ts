import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isCalendarDate, isTimestamp } from '../../../domain/cftc/dates.ts';

const pad = (value: number, length: number): string => String(value).padStart(length, '0');

/** Does the built-in calendar give the same day back? Works around its reading of the years 0 to 99 as 1900 to 1999. */
function survivesRoundTrip(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

describe('calendar dates', () => {
  test.each(['2026-11-20', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])('%s is one', (text) => {
    expect(isCalendarDate(text)).toBe(true);
  });

  test.each([
    '2026-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '2026-01-00',
    '0000-01-01',
    '2026-1-1',
    '20261120',
    '2026/11/20',
    '2026-11-20T00:00:00Z',
    ' 2026-11-20',
    '2026-11-2０',
    '',
  ])('"%s" is none', (text) => {
    expect(isCalendarDate(text)).toBe(false);
  });

  test('are exactly the days that the built-in calendar knows', () => {
    const parts = fc.tuple(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 0, max: 33 }),
    );
    fc.assert(
      fc.property(parts, ([year, month, day]) => {
        const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
        expect(isCalendarDate(text)).toBe(survivesRoundTrip(year, month, day));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('timestamps', () => {
  test.each(['2026-10-02T21:59:05Z', '2024-02-29T00:00:00Z', '2026-12-31T23:59:59Z'])('%s is one', (text) => {
    expect(isTimestamp(text)).toBe(true);
  });

  test.each([
    '2026-10-02T21:59:60Z',
    '2026-10-02T24:00:00Z',
    '2026-10-02T21:60:00Z',
    '2026-02-29T00:00:00Z',
    '2026-10-02T21:59:05',
    '2026-10-02 21:59:05Z',
    '2026-10-02t21:59:05z',
    '2026-10-02T21:59:05.123Z',
    '2026-10-02T21:59:05+00:00',
    '2026-10-02T21:59Z',
    '2026-10-02',
    '2026-10-02T-1:59:05Z',
    '',
  ])('"%s" is none', (text) => {
    expect(isTimestamp(text)).toBe(false);
  });

  test('every instant is one when written to the second', () => {
    const instants = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(instants, (instant) => isTimestamp(`${instant.toISOString().slice(0, 19)}Z`)));
  });
});
