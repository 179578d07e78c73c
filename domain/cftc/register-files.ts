/**
 * Reads registers from CSV text, record by record as the bytes come: `upi.csv`, `lei.csv` and `mic.csv`, with the
 * columns in any order and others beside them. A register with a line that cannot be read is not taken, because what
 * it lacks would be held against good records.
 */
import { BYTE_ORDER_MARK, decodeUtf8 } from '../csv/decode.ts';
import { splitFields } from '../csv/fields.ts';
import { createSplitter, type CsvRecord } from '../csv/split.ts';
import { foldSpelling } from './product-attributes.ts';

/** What is wrong with a value of a register. */
export type RegisterFault =
  | 'missing-column'
  | 'double-column'
  | 'structure'
  | 'blank'
  | 'invalid'
  | 'unknown'
  | 'duplicate'
  | 'contradiction';

export type RegisterProblem = {
  /** Line of the file, counted from 1. */
  readonly line: number;
  /** Name of the column; "" where the record as a whole is at fault. */
  readonly field: string;
  readonly value: string;
  readonly fault: RegisterFault;
};

/** A column: the names that it may have, the first of them ours. */
export type RegisterColumn = { readonly names: readonly string[]; readonly isRequired?: boolean };

export type RowReader<Field extends string, Register> = {
  /**
   * Takes one row.
   * @param value reads a field, "" where it is blank or the file has no such column
   * @param report says what is wrong with a field
   */
  readonly read: (
    value: (field: Field) => string,
    report: (field: Field, fault: RegisterFault) => void,
  ) => void;
  readonly end: () => Register;
};

export type RegisterReading<Register> =
  | { readonly register: Register }
  /** The first of them, in the order of their lines. */
  | { readonly problems: readonly [RegisterProblem, ...RegisterProblem[]] };

export type RegisterReader<Register> = {
  /** Takes the next bytes, one character per byte. */
  push(chunk: string): void;
  end(): RegisterReading<Register>;
};

const MAX_PROBLEMS = 20;
const MAX_VALUE_LENGTH = 60;
const START = { offset: 0, line: 1 };

const NO_HASH = { update: (): void => undefined, digest: (): string => '' };

/** Makes the reader of a register's file. */
export function createRegisterReader<Field extends string, Register>(
  columns: Readonly<Record<Field, RegisterColumn>>,
  rows: RowReader<Field, Register>,
): RegisterReader<Register> {
  const splitter = createSplitter(START, () => NO_HASH);
  const problems: RegisterProblem[] = [];
  let header: Header<Field> | null = null;
  let fields: readonly string[] = [];
  let line = 0;

  const add = (field: string, value: string, fault: RegisterFault): void => {
    if (problems.length >= MAX_PROBLEMS) return;
    problems.push({ line, field, value: value.slice(0, MAX_VALUE_LENGTH).toWellFormed(), fault });
  };
  const nameOf = (field: Field): string => header?.names[header.places[field]] ?? columns[field].names[0]!;
  const value = (field: Field): string => (fields[header!.places[field]] ?? '').trim();
  const report = (field: Field, fault: RegisterFault): void => add(nameOf(field), value(field), fault);

  const take = (record: CsvRecord): void => {
    if (problems.length >= MAX_PROBLEMS || (header === null && problems.length > 0)) return;
    line = record.line;
    const found = readFields(record);
    if (found === null) return add('', record.text, 'structure');
    if (header === null) {
      header = bindColumns(found, columns, add);
      return;
    }
    if (found.length !== header.names.length) return add('', record.text, 'structure');
    fields = found;
    rows.read(value, report);
  };

  return {
    push: (chunk) => splitter.push(chunk, false, take),
    end() {
      splitter.end(take);
      line = 1;
      if (header === null && problems.length === 0) bindColumns([], columns, add);
      const [first, ...rest] = problems;
      return first ? { problems: [first, ...rest] } : { register: rows.end() };
    },
  };
}

type Header<Field extends string> = {
  readonly names: readonly string[];
  /** Position of each column, -1 where the file does not have it. */
  readonly places: Readonly<Record<Field, number>>;
};

function readFields({ text, slice, plain, line }: CsvRecord): string[] | null {
  if (slice === null) return null;
  const begin = line === 1 && text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const decoded = plain ? text : decodeUtf8(text.slice(begin));
  const fields = decoded === null || decoded.includes('\0') ? null : splitFields(decoded);
  return Array.isArray(fields) ? fields : null;
}

/** Finds the columns; null when one is missing or there twice. */
function bindColumns<Field extends string>(
  names: readonly string[],
  columns: Readonly<Record<Field, RegisterColumn>>,
  add: (field: string, value: string, fault: RegisterFault) => void,
): Header<Field> | null {
  const folded = names.map(foldSpelling);
  const places = {} as Record<Field, number>;
  let isWhole = true;
  for (const [field, column] of Object.entries(columns) as [Field, RegisterColumn][]) {
    const known = new Set(column.names.map(foldSpelling));
    places[field] = folded.findIndex((name) => known.has(name));
    const second = folded.findLastIndex((name) => known.has(name));
    if (second !== places[field]) add(names[second]!, names[second]!, 'double-column');
    else if (places[field] < 0 && column.isRequired) add(column.names[0]!, '', 'missing-column');
    else continue;
    isWhole = false;
  }
  return isWhole ? { names, places } : null;
}
