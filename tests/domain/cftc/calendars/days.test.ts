import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addDays,
  dateOfDay,
  dayNumber,
  daysBetween,
  weekdayOf,
} from '../../../../domain/cftc/calendars/days.ts';

describe('days as numbers', () => {
  test.each([
    ['1970-01-01', 0, 4],
    ['1969-12-31', -1, 3],
    ['2000-02-29', 11_016, 2],
    ['2024-02-29', 19_782, 4],
    ['0001-01-01', -719_162, 1],
    ['9999-12-31', 2_932_896, 5],
  ])('%s is day %i and weekday %i', (date, day, weekday) => {
    expect(dayNumber(date)).toBe(day);
    expect(dateOfDay(day)).toBe(date);
    expect(weekdayOf(day)).toBe(weekday);
  });

  test('agree with the built-in calendar on every day', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (day) => {
        const date = new Date(day * 86_400_000);
        expect(dateOfDay(day)).toBe(date.toISOString().slice(0, 10));
        expect(dayNumber(dateOfDay(day)!)).toBe(day);
        expect(weekdayOf(day)).toBe(date.getUTCDay());
      }),
      { numRuns: 1000 },
    );
  });

  test('count over 29 February and the turn of the year, and stop where dates end', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2023-02-28', 1)).toBe('2023-03-01');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(daysBetween('2024-01-01', '2025-01-01')).toBe(366);
    expect(addDays('9999-12-31', 1)).toBeNull();
    expect(addDays('0001-01-01', -1)).toBeNull();
    expect(addDays('2023-02-29', 1)).toBeNull();
    expect(daysBetween('2024-01-01', 'x')).toBeNull();
    expect(dateOfDay(Number.NaN)).toBeNull();
  });
});
