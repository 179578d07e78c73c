/** From the files of a table folder to tables, wherever their text comes from. */
import type { ErrorFacts } from '../../contracts/errors.ts';
import type { TableProblem } from '../csv/table.ts';
import { BUILT_IN_TABLES, type Tables } from './built-in-tables.ts';
import { extendCalendar, type HolidayCalendar } from './calendars/holiday-calendar.ts';
import { parseHolidayList } from './calendars/holiday-list.ts';
import { parseEntityTable } from './entities.ts';
import { parseBlockTable } from './part43/blocks.ts';
import { parseCapTable } from './part43/caps.ts';
import { parseRateTable } from './part43/rates.ts';

/** The files that a folder may have, as a person is told. */
export const TABLE_FILES = 'caps.csv, blocks.csv, rates.csv, entities.csv, holidays-<id>.csv';

const HOLIDAYS = /^holidays-([A-Za-z0-9_-]{1,40})\.csv$/;

export const isTableFile = (name: string): boolean =>
  /^(?:caps|blocks|rates|entities)\.csv$/.test(name) || HOLIDAYS.test(name);

export type LoadedTables = { readonly tables: Tables } | { readonly problem: ErrorFacts };

/**
 * Reads tables; one that has no file is the built-in one. A list of holidays goes before a built-in calendar of the
 * same id, in the years that it names a day of. Entities come last, because they name calendars.
 * @param texts of the files by name; names that are no table's are not looked at
 * @returns all tables, or the first row that cannot be read
 */
export function loadTables(texts: ReadonlyMap<string, string>): LoadedTables {
  let problem: ErrorFacts | null = null;
  const builtIn = new Set(BUILT_IN_TABLES.builtIn);
  const read = <Reading extends { readonly problems: readonly TableProblem[] }>(
    file: string,
    parse: (text: string) => Reading,
  ): Reading | null => {
    const text = texts.get(file);
    if (text === undefined || problem !== null) return null;
    const reading = parse(text);
    const [first] = reading.problems;
    if (first) problem = describeFirst(file, first, reading.problems.length);
    return reading;
  };
  const load = <Name extends Tables['builtIn'][number]>(
    name: Name,
    parse: (text: string) => { readonly table: Tables[Name]; readonly problems: readonly TableProblem[] },
  ): Tables[Name] => {
    const reading = read(`${name}.csv`, parse);
    if (reading === null) return BUILT_IN_TABLES[name];
    builtIn.delete(name);
    return reading.table;
  };

  const calendars = new Map(BUILT_IN_TABLES.calendars);
  for (const file of [...texts.keys()].sort()) {
    const id = HOLIDAYS.exec(file)?.[1];
    if (id === undefined) continue;
    const list = read(file, (text) => parseHolidayList(id, text));
    if (list !== null) calendars.set(id, joinCalendar(calendars.get(id), list.calendar));
  }
  const caps = load('caps', parseCapTable);
  const blocks = load('blocks', parseBlockTable);
  const rates = load('rates', parseRateTable);
  const entities = load('entities', (text) => parseEntityTable(text, new Set(calendars.keys())));
  return problem === null
    ? { tables: { caps, blocks, rates, entities, calendars, builtIn: [...builtIn] } }
    : { problem };
}

const joinCalendar = (base: HolidayCalendar | undefined, list: HolidayCalendar): HolidayCalendar =>
  base === undefined ? list : extendCalendar(base, list);

/** Parameters of an error are texts and numbers: what a problem has not is blank. */
const describeFirst = (file: string, first: TableProblem, problems: number): ErrorFacts => ({
  code: 'table.invalid',
  params: {
    file,
    line: first.line,
    field: first.field ?? '',
    value: first.value ?? '',
    problem: first.problem,
    allowed: first.allowed ?? '',
    problems,
  },
});
