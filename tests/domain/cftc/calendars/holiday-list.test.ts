import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBusinessDay } from '../../../../domain/cftc/calendars/holiday-calendar.ts';
import { parseHolidayList } from '../../../../domain/cftc/calendars/holiday-list.ts';

describe('a list of holidays', () => {
  test('is a calendar of the years that it names a day of', () => {
    const { calendar, problems } = parseHolidayList(
      'KR',
      'date,name\r\n2026-02-16,Seollal\r\n2026-02-17\r\n',
    );

    // The second row lacks a comma: it is named, not guessed at.
    expect(problems).toMatchObject([{ line: 3, problem: 'field-count', value: '1', allowed: '2' }]);
    expect(calendar.holidayOn('2026-02-16')).toBe('Seollal');
    expect(isBusinessDay('2026-02-17', calendar)).toBe(true);
    expect(isBusinessDay('2025-02-17', calendar)).toBeNull();
  });

  test('needs nothing but dates', () => {
    const { calendar, problems } = parseHolidayList('US', '\ufeffDate\n2026-01-01\n\n2026-07-03\n');
    expect(problems).toEqual([]);
    expect(calendar.holidayOn('2026-07-03')).toBe('holiday');
  });

  test.each([
    ['date\n2026-02-30', 'not-a-date', 2],
    ['date\n16.02.2026', 'not-a-date', 2],
    ['date\n2026-01-01\n2026-01-01', 'row-twice', 3],
    ['2026-01-01\n2026-02-16', 'column-unknown', 1],
    ['date,name\n,Seollal', 'value-missing', 2],
    ['', 'file-empty', 1],
  ])('%j has a problem: %s', (text, problem, line) => {
    expect(parseHolidayList('XX', text).problems[0]).toMatchObject({ problem, line });
  });

  test('of nothing covers nothing', () => {
    expect(isBusinessDay('2026-01-05', parseHolidayList('XX', 'date\n').calendar)).toBeNull();
  });

  test('never ends in an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { calendar } = parseHolidayList('XX', `date\n${text}`);
        return calendar.holidayOn(text) === null || calendar.covers(Number(text.trim().slice(0, 4)));
      }),
    );
  });
});
