import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addBusinessHours,
  businessDayAfter,
  endOfBusinessDayAfter,
} from '../../../../domain/cftc/calendars/business-time.ts';
import { addDays } from '../../../../domain/cftc/calendars/days.ts';
import { isBusinessDay } from '../../../../domain/cftc/calendars/holiday-calendar.ts';
import { KOREA } from '../../../../domain/cftc/calendars/korea.ts';
import { US_FEDERAL } from '../../../../domain/cftc/calendars/us-federal.ts';
import { EASTERN, formatInstant } from '../../../../domain/cftc/calendars/zone.ts';

const US = { calendar: US_FEDERAL, zone: EASTERN };
const KR = { calendar: KOREA, zone: 'Asia/Seoul' };
const shown = (instant: number | null): string | null => (instant === null ? null : formatInstant(instant));

describe('the end of the nth business day', () => {
  test.each([
    ['2026-10-01', 1, '2026-10-03T03:59:59Z', 'Thursday to Friday'],
    ['2026-10-02', 1, '2026-10-06T03:59:59Z', 'Friday to Monday'],
    ['2026-10-09', 1, '2026-10-14T03:59:59Z', 'over Columbus Day'],
    ['2026-10-10', 1, '2026-10-14T03:59:59Z', 'from a Saturday'],
    ['2026-10-30', 1, '2026-11-03T04:59:59Z', 'over the end of daylight saving'],
    ['2026-03-06', 1, '2026-03-10T03:59:59Z', 'over its beginning'],
    ['2026-12-31', 1, '2027-01-05T04:59:59Z', 'over the turn of the year'],
    ['2026-12-24', 2, '2026-12-30T04:59:59Z', 'over Christmas'],
    ['2024-02-28', 1, '2024-03-01T04:59:59Z', 'to 29 February'],
    ['2024-02-29', 2, '2024-03-05T04:59:59Z', 'from 29 February'],
    ['2021-12-30', 1, '2022-01-04T04:59:59Z', 'over a New Year’s Day observed in December'],
  ])('after %s (%i): %s, %s', (date, n, end) => {
    expect(shown(endOfBusinessDayAfter(date, n, US))).toBe(end);
  });

  test('is counted with the holidays of the place, and by its clocks', () => {
    expect(shown(endOfBusinessDayAfter('2024-02-08', 1, KR))).toBe('2024-02-13T14:59:59Z');
    expect(shown(endOfBusinessDayAfter('2024-02-08', 1, US))).toBe('2024-02-10T04:59:59Z');
  });

  test('is undetermined past the years that a calendar covers, and for what is no date', () => {
    expect(endOfBusinessDayAfter('2025-12-31', 1, KR)).toBeNull();
    expect(endOfBusinessDayAfter('2025-12-30', 1, KR)).not.toBeNull();
    expect(endOfBusinessDayAfter('9999-12-31', 1, US)).toBeNull();
    expect(endOfBusinessDayAfter('9999-12-30', 1, US)).toBeNull();
    expect(endOfBusinessDayAfter('2026-02-29', 1, US)).toBeNull();
  });

  test('lies behind exactly n business days', () => {
    const dates = fc.integer({ min: 0, max: 30_000 }).map((days) => addDays('1990-01-01', days)!);
    fc.assert(
      fc.property(dates, fc.integer({ min: 1, max: 12 }), (date, n) => {
        const end = businessDayAfter(date, n, US_FEDERAL)!;
        let counted = 0;
        for (let day = date; day !== end;) {
          day = addDays(day, 1)!;
          if (isBusinessDay(day, US_FEDERAL)) counted += 1;
        }
        expect(counted).toBe(n);
        expect(isBusinessDay(end, US_FEDERAL)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('24 business hours', () => {
  test.each([
    ['2026-10-01T14:00:00Z', '2026-10-02T14:00:00Z', 'the same time of the next business day'],
    ['2026-10-02T14:00:00Z', '2026-10-05T14:00:00Z', 'from Friday to Monday'],
    ['2026-10-03T14:00:00Z', '2026-10-06T04:00:00Z', 'a Saturday: Monday counts as a whole'],
    ['2026-10-09T20:00:00Z', '2026-10-13T20:00:00Z', 'over Columbus Day'],
    [
      '2026-10-30T14:00:00Z',
      '2026-11-02T15:00:00Z',
      'daylight saving ends on a Sunday, which does not count',
    ],
    ['2026-03-06T15:00:00Z', '2026-03-09T14:00:00Z', 'and begins on one'],
    ['2026-10-02T03:30:00Z', '2026-10-03T03:30:00Z', 'it is Thursday in New York still'],
  ])('from %s end at %s: %s', (from, end) => {
    expect(shown(addBusinessHours(Date.parse(from), 24, US))).toBe(end);
  });

  test('are undetermined past the years that a calendar covers', () => {
    expect(addBusinessHours(Date.parse('2025-12-31T05:00:00Z'), 24, KR)).toBeNull();
    expect(addBusinessHours(Date.parse('2025-12-31T05:00:00Z'), 9, KR)).not.toBeNull();
  });

  test('never end before so many real hours have passed, and always on a business day', () => {
    const instants = fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2040, 0) });
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 72 }), (instant, hours) => {
        const end = addBusinessHours(instant, hours, US)!;
        expect(end - instant).toBeGreaterThanOrEqual(hours * 3_600_000);
        const before = addBusinessHours(instant, hours - 0.5, US)!;
        expect(end).toBeGreaterThan(before);
      }),
      { numRuns: 200 },
    );
  });
});
