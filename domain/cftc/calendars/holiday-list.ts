/** Holidays from a file that somebody keeps: a date per line. */
import { readTable, type TableProblem } from '../../csv/table.ts';
import { readDate } from '../table-values.ts';
import { calendarOfList, type HolidayCalendar } from './holiday-calendar.ts';

/**
 * Reads a calendar from the text of a CSV file with the column date and, if wanted, name. It covers every year that it
 * names a day of: leave no holiday of such a year out.
 * @param id by which entities name the calendar
 */
export function parseHolidayList(
  id: string,
  text: string,
): { readonly calendar: HolidayCalendar; readonly problems: readonly TableProblem[] } {
  const holidays = new Map<string, string>();
  const { problems } = readTable<'date' | 'name', object>(
    text,
    { required: ['date'], optional: ['name'] },
    (row) => {
      const date = readDate(row, 'date');
      if (date === null) return null;
      if (holidays.has(date)) return row.fail('date', 'row-twice');
      holidays.set(date, row.value('name') || 'holiday');
      return {};
    },
  );
  return {
    calendar: calendarOfList(id, holidays, { citation: `list ${id}`, confidence: 'source' }),
    problems,
  };
}
