/**
 * Compiles a condition for the columns of a layout. What is known of all records of a plan (their action, their
 * product) is worked out at once; the rest becomes a test of one record.
 */
import type { Comparison, Condition, ProductAttribute } from './conditions.ts';
import { compareDecimals, isDecimal } from './decimal.ts';
import { isCalendarDate, isTimestamp } from './dates.ts';
import { elementByNumber } from './elements.ts';
import { isLei } from './identifiers.ts';

export const FALSE = 0;
export const TRUE = 1;
/** The product or the asset class is not known well enough to say. */
export const UNDETERMINED = 2;
/** A value that it takes is missing or malformed, which an issue of its own says. */
export const MOOT = 3;
export type Truth = typeof FALSE | typeof TRUE | typeof UNDETERMINED | typeof MOOT;

/** The values of one record by column, blank ones as ''. */
export type Values = readonly string[];

/** A truth that holds for every record of the plan, or a test of one. */
export type Compiled = Truth | ((values: Values) => Truth);

/** What is known before a record is looked at. */
export type Known = {
  /** Value of an element that all records of the plan share: '' blank, null malformed; undefined: not shared. */
  readonly valueOf: (element: string) => string | null | undefined;
  /** Null: undetermined. A function where the records of the plan do not share it. */
  readonly product: (attribute: ProductAttribute) => string | null | (() => string | null);
  /** Positions of the columns that hold the element, in the leg that is being judged. */
  readonly columnsOf: (element: string) => readonly number[];
};

/** Compiles a condition; UNDETERMINED and MOOT behave as "unknown" in three-valued logic. */
export function compileCondition(condition: Condition, known: Known): Compiled {
  switch (condition.kind) {
    case 'all':
      return combine(
        condition.of.map((one) => compileCondition(one, known)),
        FALSE,
      );
    case 'any':
      return combine(
        condition.of.map((one) => compileCondition(one, known)),
        TRUE,
      );
    case 'not':
      return negate(compileCondition(condition.of, known));
    case 'product': {
      const value = known.product(condition.attribute);
      const judge = (one: string | null): Truth =>
        one === null ? UNDETERMINED : toTruth(condition.values.includes(one));
      return typeof value === 'function' ? () => judge(value()) : judge(value);
    }
    case 'is':
      return compileIs(condition.element, condition.codes, known);
    case 'filled':
      return compileFilled(condition.element, known);
    case 'compare':
      return compileCompare(condition, known);
    case 'lei':
      return ofFirst(known.columnsOf(condition.element), (value) => toTruth(isLei(value)));
    case 'midnight':
      return ofFirst(known.columnsOf(condition.element), (value) =>
        isTimestamp(value) ? toTruth(value.endsWith('T00:00:00Z')) : MOOT,
      );
  }
}

const toTruth = (is: boolean): Truth => (is ? TRUE : FALSE);

/** "All" ends at the first FALSE, "any" at the first TRUE; otherwise unknown wins over its opposite. */
function combine(parts: readonly Compiled[], ending: typeof FALSE | typeof TRUE): Compiled {
  const neutral = ending === FALSE ? TRUE : FALSE;
  let fixed: Truth = neutral;
  const tests: ((values: Values) => Truth)[] = [];
  for (const part of parts) {
    if (part === ending) return ending;
    if (typeof part === 'function') tests.push(part);
    else if (part > fixed && part > TRUE) fixed = part;
  }
  if (tests.length === 0) return fixed;
  if (tests.length === 1 && fixed === neutral) return tests[0]!;
  return (values) => {
    let result: Truth = fixed;
    for (const test of tests) {
      const truth = test(values);
      if (truth === ending) return ending;
      if (truth > TRUE && (result <= TRUE || truth > result)) result = truth;
    }
    return result;
  };
}

const NEGATED: readonly Truth[] = [TRUE, FALSE, UNDETERMINED, MOOT];

const negate = (compiled: Compiled): Compiled =>
  typeof compiled === 'function' ? (values) => NEGATED[compiled(values)]! : NEGATED[compiled]!;

/** A boolean may be written in three ways. */
const spellings = (code: string): readonly string[] => [code, code.toUpperCase(), code.toLowerCase()];

/** What an element can say; null where it can say anything. */
function legalCodes(element: string): ReadonlySet<string> | null {
  const { format, allowed } = elementByNumber.get(element)!;
  if (format.kind === 'boolean') return new Set(['True', 'False'].flatMap(spellings));
  return allowed?.kind === 'codes' ? new Set(allowed.codes) : null;
}

function compileIs(element: string, codes: readonly string[], known: Known): Compiled {
  const { format, repeatable } = elementByNumber.get(element)!;
  const spelt = format.kind === 'boolean' ? spellings : (code: string) => [code];
  const wanted = new Set(codes.flatMap(spelt));
  const legal = legalCodes(element);
  const judge = (value: string): Truth =>
    wanted.has(value) ? TRUE : value === '' || legal === null || legal.has(value) ? FALSE : MOOT;

  const shared = known.valueOf(element);
  if (shared !== undefined) return shared === null ? MOOT : judge(shared);
  const columns = known.columnsOf(element);
  if (columns.length === 0) return FALSE;
  const [only] = columns;
  if (columns.length === 1 && !repeatable) return (values) => judge(values[only!]!);
  return (values) => {
    let result: Truth = FALSE;
    for (const column of columns) {
      const value = values[column]!;
      if (value === '') continue;
      for (const member of repeatable && value.includes(';') ? value.split(';') : [value]) {
        const truth = judge(member);
        if (truth === TRUE) return TRUE;
        if (truth !== FALSE) result = truth;
      }
    }
    return result;
  };
}

function compileFilled(element: string, known: Known): Compiled {
  const shared = known.valueOf(element);
  if (shared !== undefined) return toTruth(shared !== '');
  const columns = known.columnsOf(element);
  if (columns.length === 0) return FALSE;
  const [only] = columns;
  if (columns.length === 1) return (values) => toTruth(values[only!] !== '');
  return (values) => {
    for (const column of columns) if (values[column] !== '') return TRUE;
    return FALSE;
  };
}

type Compare = Extract<Condition, { kind: 'compare' }>;

function compileCompare({ element, op, to, as }: Compare, known: Known): Compiled {
  const columns = known.columnsOf(element);
  const isRight = (order: number): boolean =>
    op === '='
      ? order === 0
      : op === '<'
        ? order < 0
        : op === '<='
          ? order <= 0
          : op === '>'
            ? order > 0
            : order >= 0;
  const { placeholders, repeatable } = elementByNumber.get(element)!;
  const judge = (left: string, right: string): Truth => {
    // What stands for "not available" cannot be compared.
    if (placeholders.includes(left)) return MOOT;
    const order = ORDERS[as](left, right);
    return order === null ? MOOT : toTruth(isRight(order));
  };
  if ('literal' in to) return ofFirst(columns, (value) => judge(value, to.literal));
  const others = known.columnsOf(to.element);
  if (repeatable) return ofLists(columns, others, judge);
  return (values) => {
    const left = firstFilled(columns, values);
    const right = firstFilled(others, values);
    return left === '' || right === '' ? MOOT : judge(left, right);
  };
}

/** Lists whose members belong together by position; one that is wrong is enough, whatever cannot be read beside it. */
const ofLists =
  (
    columns: readonly number[],
    others: readonly number[],
    judge: (left: string, right: string) => Truth,
  ): ((values: Values) => Truth) =>
  (values) => {
    const lefts = firstFilled(columns, values).split(';');
    const rights = firstFilled(others, values).split(';');
    if (lefts.length !== rights.length) return MOOT;
    let result: Truth = TRUE;
    for (const [at, left] of lefts.entries()) {
      const truth = judge(left, rights[at]!);
      if (truth === FALSE) return FALSE;
      if (truth !== TRUE) result = truth;
    }
    return result;
  };

/** A test of an element's value, or MOOT where it has none. */
const ofFirst =
  (columns: readonly number[], judge: (value: string) => Truth): ((values: Values) => Truth) =>
  (values) => {
    const value = firstFilled(columns, values);
    return value === '' ? MOOT : judge(value);
  };

function firstFilled(columns: readonly number[], values: Values): string {
  for (const column of columns) if (values[column] !== '') return values[column]!;
  return '';
}

/** How the left value stands to the right one: below 0, 0, above 0; null when one cannot be read. */
const ORDERS: Readonly<Record<Comparison, (left: string, right: string) => number | null>> = {
  text: (left, right) => (left === right ? 0 : 1),
  decimal: (left, right) => (isDecimal(left) && isDecimal(right) ? compareDecimals(left, right) : null),
  // Written alike, moments in time compare as texts; a date stands for its day.
  time: (left, right) => {
    if (!isMoment(left) || !isMoment(right)) return null;
    const length = Math.min(left.length, right.length);
    const [a, b] =
      left.length === right.length ? [left, right] : [left.slice(0, length), right.slice(0, length)];
    return a < b ? -1 : a > b ? 1 : 0;
  },
};

const isMoment = (text: string): boolean => (text.length === 10 ? isCalendarDate(text) : isTimestamp(text));
