/**
 * Small tables that people keep as CSV files: a header with known names, a line per row. Nothing here throws; what is
 * wrong is named with its line, and a row with a problem is left out.
 */
import { splitFields } from './fields.ts';
import { createSplitter, type CsvRecord } from './split.ts';

export type TableProblemCode =
  | 'file-empty'
  | 'column-missing'
  | 'column-unknown'
  | 'column-twice'
  | 'record-unreadable'
  | 'field-count'
  | 'value-missing'
  | 'value-not-allowed'
  | 'not-a-date'
  | 'not-a-number'
  | 'not-an-lei'
  | 'not-a-time-zone'
  | 'calendar-unknown'
  | 'dates-reversed'
  | 'row-twice'
  | 'periods-overlap';

export type TableProblem = {
  /** Counted from 1. */
  readonly line: number;
  /** Name of the column, null when the problem is the line's. */
  readonly field: string | null;
  /** The value as the file has it, cut; null when there is none. */
  readonly value: string | null;
  readonly problem: TableProblemCode;
  /** What would be right, where there is a list of it; else null. */
  readonly allowed: string | null;
};

export type Columns<Field extends string> = {
  readonly required: readonly Field[];
  readonly optional: readonly Field[];
};

export type TableRow<Field extends string> = {
  readonly line: number;
  /** The value of a column without the blanks around it; '' when it is blank or the file lacks the column. */
  readonly value: (field: Field) => string;
  /** Notes what is wrong with a value of the row. */
  readonly fail: (field: Field | null, problem: TableProblemCode, allowed?: string) => null;
};

export type ReadRow<Field extends string, Row> = (row: TableRow<Field>) => Row | null;

export type ReadTable<Row> = {
  readonly rows: readonly Row[];
  readonly problems: readonly TableProblem[];
};

const MAX_VALUE_LENGTH = 200;
const NO_HASH = { update: (): void => undefined, digest: (): string => '' };

/**
 * Reads the text of a table.
 * @param readRow makes a row of a line, or notes what is wrong with it and returns null
 */
export function readTable<Field extends string, Row extends object>(
  text: string,
  columns: Columns<Field>,
  readRow: ReadRow<Field, Row>,
): ReadTable<Row> {
  const problems: TableProblem[] = [];
  const note = (
    line: number,
    field: string | null,
    value: string | null,
    problem: TableProblemCode,
    allowed?: string,
  ): null => {
    const shown = value === null ? null : value.slice(0, MAX_VALUE_LENGTH).toWellFormed();
    problems.push({ line, field, value: shown, problem, allowed: allowed ?? null });
    return null;
  };

  const [header, ...lines] = splitLines(text);
  if (header === undefined) note(1, null, null, 'file-empty');
  const names = header && splitFields(header.text);
  if (names !== undefined && !Array.isArray(names))
    note(header!.line, null, header!.text, 'record-unreadable');
  const places = Array.isArray(names) ? bindColumns(names, columns, header!.line, note) : null;
  if (places === null || !Array.isArray(names)) return { rows: [], problems };

  const rows: Row[] = [];
  for (const { text: record, slice, line } of lines) {
    const fields = slice === null ? null : splitFields(record);
    if (!Array.isArray(fields)) note(line, null, record, 'record-unreadable');
    else if (fields.length !== names.length)
      note(line, null, String(fields.length), 'field-count', String(names.length));
    else {
      const value = (field: Field): string => fields[places.get(field) ?? -1]?.trim() ?? '';
      const fail: TableRow<Field>['fail'] = (field, problem, allowed) =>
        note(line, field, field === null ? null : value(field), problem, allowed);
      const before = problems.length;
      const row = readRow({ line, value, fail });
      if (row !== null && problems.length === before) rows.push(row);
    }
  }
  return { rows, problems };
}

function splitLines(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  const keep = (record: CsvRecord): unknown => records.push(record);
  const splitter = createSplitter({ offset: 0, line: 1 }, () => NO_HASH);
  splitter.push(text.startsWith('\ufeff') ? text.slice(1) : text, false, keep);
  splitter.end(keep);
  // A file of nothing but blank lines is one record without text.
  return records.filter((record) => record.text.trim() !== '' || record.slice === null);
}

/** Columns by name, whatever their case and order; null when a required one is missing. */
function bindColumns<Field extends string>(
  names: readonly string[],
  { required, optional }: Columns<Field>,
  line: number,
  note: (
    line: number,
    field: string | null,
    value: string | null,
    problem: TableProblemCode,
    allowed?: string,
  ) => null,
): ReadonlyMap<Field, number> | null {
  const known = [...required, ...optional];
  const places = new Map<Field, number>();
  for (const [index, name] of names.entries()) {
    const field = known.find((one) => one.toLowerCase() === name.trim().toLowerCase());
    if (field === undefined) note(line, null, name, 'column-unknown', known.join(', '));
    else if (places.has(field)) note(line, field, name, 'column-twice');
    else places.set(field, index);
  }
  const missing = required.filter((field) => !places.has(field));
  for (const field of missing) note(line, field, null, 'column-missing');
  return missing.length === 0 ? places : null;
}
