/** What can be wrong in a table that people keep as a file, in English. tables-ko.ts follows. */
import { quote } from './shape.ts';

/** `value` is the value in quotation marks, `allowed` what would be right, where there is a list of it. */
export type TableProblemWords = (value: string, allowed: string) => string;

export const TABLE_PROBLEMS_EN = {
  'file-empty': () => 'the file is empty; write a line with the names of the columns, then a line per row.',
  'column-missing': () => 'the column is missing; add it to the first line and to every row.',
  'column-unknown': (value, allowed) => `${value} is no column of this table; use ${allowed}.`,
  'column-twice': () => 'the column is there twice; remove one.',
  'record-unreadable': () =>
    'the line cannot be read; put values with commas or quotes in double quotes, and write inner quotes twice.',
  'field-count': (value, allowed) =>
    `the line has ${value} values where the first line names ${allowed} columns; add or remove commas.`,
  'value-missing': () => 'the value is missing; fill it in.',
  'value-not-allowed': (value, allowed) => `${value} is not allowed here; use ${allowed}.`,
  'not-a-date': (value) => `${value} is no date of the calendar; write it as YYYY-MM-DD.`,
  'not-a-number': (value, allowed) =>
    `${value} is not a number that fits here; write a plain decimal (${allowed}), without separators or an exponent.`,
  'not-an-lei': (value) =>
    `${value} is not a valid LEI; check its 20 characters and the two check digits at their end.`,
  'not-a-time-zone': (value, allowed) =>
    `${value} is not the name of a time zone; write one like ${allowed}.`,
  'calendar-unknown': (value, allowed) =>
    `${value} is no calendar that is loaded; load it, or use ${allowed}.`,
  'dates-reversed': () => 'the row ends before it begins; correct one of the two dates.',
  'row-twice': () => 'an earlier row says the same or the contrary; remove one of them.',
  'periods-overlap': () =>
    'an earlier row of this LEI holds on the same days; end one before the other begins.',
} satisfies Record<string, TableProblemWords>;

export type ShownTableProblem = {
  readonly line: number;
  readonly field: string | null;
  readonly value: string | null;
  readonly problem: string;
  readonly allowed: string | null;
};

export type TableProblemCode = keyof typeof TABLE_PROBLEMS_EN;

/** The sentence of a problem, without its place; a code that nobody knows is shown as it is. */
export function sayTableProblem(
  words: Readonly<Record<TableProblemCode, TableProblemWords>>,
  { value, problem, allowed }: ShownTableProblem,
): string {
  const say = Object.hasOwn(words, problem) ? words[problem as TableProblemCode] : () => `${problem}.`;
  // A count of values is no value.
  const shown = problem === 'field-count' ? (value ?? '') : quote(value ?? '');
  return say(shown, allowed ?? '');
}

/** What is wrong in a table, with line and column in front, and what to change. */
export const describeTableProblemEn = (shown: ShownTableProblem): string =>
  `Line ${shown.line}${shown.field === null ? '' : `, column ${shown.field}`}: ${sayTableProblem(TABLE_PROBLEMS_EN, shown)}`;
