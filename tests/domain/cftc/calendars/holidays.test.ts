import { describe, expect, test } from '@jest/globals';
import {
  calendarOfList,
  extendCalendar,
  isBusinessDay,
} from '../../../../domain/cftc/calendars/holiday-calendar.ts';
import { KOREA } from '../../../../domain/cftc/calendars/korea.ts';
import { US_FEDERAL } from '../../../../domain/cftc/calendars/us-federal.ts';

describe('the legal holidays of the United States', () => {
  test('of 2026 are these, Independence Day on the Friday before', () => {
    const days = Array.from({ length: 365 }, (_, day) =>
      new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
    );
    expect(days.filter((day) => US_FEDERAL.holidayOn(day) !== null)).toEqual([
      '2026-01-01',
      '2026-01-19',
      '2026-02-16',
      '2026-05-25',
      '2026-06-19',
      '2026-07-03',
      '2026-09-07',
      '2026-10-12',
      '2026-11-11',
      '2026-11-26',
      '2026-12-25',
    ]);
  });

  test.each([
    ['2021-12-31', 'a New Year’s Day on a Saturday belongs to the year before'],
    ['2023-01-02', 'one on a Sunday is moved to Monday'],
    ['2021-06-18', 'the first Juneteenth was observed on a Friday'],
    ['2022-06-20', 'the second on a Monday'],
    ['2022-12-26', 'Christmas on a Sunday'],
    ['2021-12-24', 'Christmas on a Saturday'],
    ['2023-11-10', 'Veterans Day on a Saturday'],
    ['2024-11-28', 'the fourth Thursday, not the last'],
    ['2027-12-31', 'before a New Year’s Day of the next year'],
    ['2024-05-27', 'the last Monday of May'],
  ])('%s: %s', (date) => {
    expect(US_FEDERAL.holidayOn(date)).not.toBeNull();
    expect(isBusinessDay(date, US_FEDERAL)).toBe(false);
  });

  test.each([
    ['2020-06-19', 'Juneteenth was none before 2021'],
    ['2026-12-31', 'the year ends on a Thursday'],
    ['2022-12-30', 'New Year’s Day falls on a Sunday'],
    ['2024-02-29', 'a leap day'],
    ['2026-07-06', 'Independence Day was observed already'],
  ])('are not on %s: %s', (date) => {
    expect(US_FEDERAL.holidayOn(date)).toBeNull();
  });

  test('are not known before 1986', () => {
    expect(isBusinessDay('1985-07-02', US_FEDERAL)).toBeNull();
    expect(isBusinessDay('1986-07-02', US_FEDERAL)).toBe(true);
    expect(isBusinessDay('9999-12-31', US_FEDERAL)).toBe(true);
  });
});

describe('the public holidays of South Korea', () => {
  test.each(['2024-02-09', '2024-02-12', '2025-01-27', '2025-10-08', '2024-05-06'])('have %s', (date) => {
    expect(isBusinessDay(date, KOREA)).toBe(false);
  });

  test('are undetermined outside of the years that are listed, but weekends never are', () => {
    expect(isBusinessDay('2026-02-17', KOREA)).toBeNull();
    expect(isBusinessDay('2026-02-15', KOREA)).toBe(false);
    expect(isBusinessDay('2024-02-13', KOREA)).toBe(true);
  });

  test('are extended by a list, which is believed for its years', () => {
    const loaded = calendarOfList(
      'KR',
      new Map([
        ['2025-05-01', 'Labour Day'],
        ['2026-02-17', 'Seollal'],
      ]),
      { citation: 'list', confidence: 'source' },
    );
    const both = extendCalendar(KOREA, loaded);

    expect(isBusinessDay('2026-02-17', both)).toBe(false);
    expect(isBusinessDay('2026-02-19', both)).toBe(true);
    expect(isBusinessDay('2025-05-05', both)).toBe(true);
    expect(isBusinessDay('2024-12-25', both)).toBe(false);
    expect(isBusinessDay('2027-01-04', both)).toBeNull();
  });

  test('of what is no date are not known', () => {
    expect(isBusinessDay('2024-13-01', KOREA)).toBeNull();
    expect(isBusinessDay('', US_FEDERAL)).toBeNull();
  });
});
