/**
 * Compiles a condition for the columns of a layout. What is known of all records of a plan (their action, their
 * product) is worked out at once; the rest becomes a test of one record.
 */
import type { Comparison, Condition, ProductAttribute, Writing } from './conditions.ts';
import { compareDecimals, fractionDigits, isDecimal, roundHalfUp, scanDecimal } from './decimal.ts';
import { isCalendarDate, isTimestamp } from './dates.ts';
import { elementByNumber } from './elements.ts';
import { claimsUpi, isLei, isPartyIdentifier, isUpi, startsWithLei } from './identifiers.ts';

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
    case 'leiPrefix':
    case 'upi':
    case 'currencyPair':
    case 'midnight':
      return ofFirst(known.columnsOf(condition.element), WRITINGS[condition.kind]);
  }
}

const toTruth = (is: boolean): Truth => (is ? TRUE : FALSE);

/** What has an issue of its format is moot. */
const WRITINGS: Readonly<Record<Writing, (value: string) => Truth>> = {
  lei: (value) => toTruth(isLei(value)),
  leiPrefix: (value) => (isPartyIdentifier(value) ? toTruth(startsWithLei(value)) : MOOT),
  upi: (value) => (isUpi(value) ? TRUE : claimsUpi(value) ? MOOT : FALSE),
  currencyPair: (value) => (/^[A-Z]{3}(\/[A-Z]{3})?$/.test(value) ? toTruth(value.length > 3) : MOOT),
  midnight: (value) => (isTimestamp(value) ? toTruth(value.endsWith('T00:00:00Z')) : MOOT),
};

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
  const [one, other] = tests;
  if (tests.length === 2 && fixed === neutral)
    return (values) => {
      const first = one!(values);
      if (first === ending) return ending;
      const second = other!(values);
      if (second === ending || first <= TRUE) return second;
      return second > first ? second : first;
    };
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
function legalCodes(element: string): readonly string[] | null {
  const { format, allowed } = elementByNumber.get(element)!;
  if (format.kind === 'boolean') return ['True', 'False'].flatMap(spellings);
  return allowed?.kind === 'codes' ? allowed.codes : null;
}

function compileIs(element: string, codes: readonly string[], known: Known): Compiled {
  const { format, repeatable } = elementByNumber.get(element)!;
  // A handful of codes: comparing them costs less than a hash of the value.
  const wanted = codes.flatMap(format.kind === 'boolean' ? spellings : (code: string) => [code]);
  const legal = legalCodes(element)?.filter((code) => !wanted.includes(code)) ?? null;
  const judge = (value: string): Truth => {
    for (const code of wanted) if (value === code) return TRUE;
    if (value === '' || legal === null) return FALSE;
    for (const code of legal) if (value === code) return FALSE;
    return MOOT;
  };

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
  const { placeholders, repeatable } = elementByNumber.get(element)!;
  const isRight = OPERATORS[op];
  const order = ORDERS[as];
  const isReadable = READABLE[as];
  const round = roundingOf(element);
  const roundOther = 'element' in to ? roundingOf(to.element) : (literal: string) => literal;
  const judge = (left: string, right: string): Truth => {
    if (as === 'text') return toTruth(isSameText(left, right));
    if (as === 'time' && isRight(order(left, right))) return TRUE;
    // What stands for "not available" cannot be compared, and what is malformed has an issue of its own.
    if (placeholders.includes(left) || !isReadable(left) || !isReadable(right)) return MOOT;
    return toTruth(isRight(as === 'decimal' ? order(round(left), roundOther(right)) : order(left, right)));
  };
  const columns = known.columnsOf(element);
  if ('literal' in to) return ofFirst(columns, (value) => judge(value, to.literal));
  const others = known.columnsOf(to.element);
  if (columns.length === 0 || others.length === 0) return MOOT;
  if (repeatable) return ofLists(columns, others, judge);
  const [only, other] = [columns[0]!, others[0]!];
  if (columns.length > 1 || others.length > 1)
    return (values) => {
      const left = firstFilled(columns, values);
      const right = firstFilled(others, values);
      return left === '' || right === '' ? MOOT : judge(left, right);
    };
  if (as === 'text')
    return (values) => {
      const left = values[only]!;
      const right = values[other]!;
      return left === '' || right === '' ? MOOT : isSameText(left, right) ? TRUE : FALSE;
    };
  return (values) => {
    const left = values[only]!;
    const right = values[other]!;
    return left === '' || right === '' ? MOOT : judge(left, right);
  };
}

/** Decimals in excess of an element's format are rounded half-up before anything is asked of its value. */
function roundingOf(element: string): (text: string) => string {
  const { format } = elementByNumber.get(element)!;
  if (format.kind !== 'num') return (text) => text;
  const { decimals } = format;
  return (text) => (fractionDigits(scanDecimal(text)) > decimals ? roundHalfUp(text, decimals) : text);
}

/** Most identifiers that differ do so in their check digits, which are quicker to compare than the whole. */
function isSameText(left: string, right: string): boolean {
  const last = left.length - 1;
  return last === right.length - 1 && left.charCodeAt(last) === right.charCodeAt(last) && left === right;
}

const OPERATORS: Readonly<Record<Compare['op'], (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

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

/** How the left value stands to the right one: below 0, 0, above 0. */
const ORDERS: Readonly<Record<Comparison, (left: string, right: string) => number>> = {
  text: (left, right) => (left === right ? 0 : 1),
  decimal: compareDecimals,
  // Written alike, moments in time compare as texts; a date stands for its day.
  time: (left, right) => {
    if (left.length === right.length) return left < right ? -1 : left === right ? 0 : 1;
    const length = Math.min(left.length, right.length);
    return ORDERS.time(left.slice(0, length), right.slice(0, length));
  },
};

const READABLE: Readonly<Record<Comparison, (text: string) => boolean>> = {
  text: () => true,
  decimal: isDecimal,
  time: (text) => (text.length === 10 ? isCalendarDate(text) : isTimestamp(text)),
};
