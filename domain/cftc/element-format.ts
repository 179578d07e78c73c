/**
 * The vocabulary of the element table: what a data element is and which shapes its values can have.
 * Source of the notations: CFTC technical specification v3.2, section on formats; CDE Technical Guidance.
 */

import type { SpecificationVersion } from './specification.ts';

/** `Num(digits,decimals)`: at most `digits` digits in total, at most `decimals` of them after the point. */
export type NumberFormat = {
  readonly kind: 'num';
  readonly digits: number;
  readonly decimals: number;
  /** True where a fraction is an error instead of something to round, as with basis points. */
  readonly whole: boolean;
};

/** Code of a notation element: 1 monetary amount, 3 decimal, 4 basis points. */
export type Notation = '1' | '3' | '4';

/** What stands for "not available" in each notation, in elements that know such a value. */
export const UNAVAILABLE: Readonly<Record<Notation, string>> = {
  1: '99999.9999999999999',
  3: '9.9999999999',
  4: '99999',
};

/** A number whose format depends on the value of its notation element in the same record and leg. */
export type NotatedFormat = {
  readonly kind: 'notated';
  /** Key of the notation element. */
  readonly notation: string;
  readonly byNotation: Readonly<Partial<Record<Notation, NumberFormat>>>;
};

/** Formats that say everything by their name. */
export type PlainFormat = {
  readonly kind:
    | 'boolean'
    | 'code'
    | 'country'
    | 'currency'
    | 'currencyOrPair'
    | 'currencyPair'
    | 'date'
    | 'dateOrTimestamp'
    | 'eventIdentifier'
    | 'lei'
    | 'mic'
    | 'party'
    | 'timestamp'
    | 'upi'
    | 'usi'
    | 'uti';
};

export type Format =
  | NumberFormat
  | NotatedFormat
  | PlainFormat
  /** Letters and digits only, 1 to `max` of them. */
  | { readonly kind: 'varchar'; readonly max: number }
  /** Any characters; no upper bound when `max` is null. */
  | { readonly kind: 'text'; readonly max: number | null };

/** Bounds on a number, judged after rounding to the decimals of the format. */
export type Range = '>0' | '>=0' | '0..1';

/** What narrows a format down; null in an element means that the format says all. */
export type Allowed =
  | { readonly kind: 'codes'; readonly codes: readonly string[] }
  | { readonly kind: 'range'; readonly range: Range };

/** A data element of the CFTC technical specification. */
export type Element = {
  /** "1" to "128", or "D1" to "D5" for what the repository adds on dissemination. */
  readonly number: string;
  readonly name: string;
  /** Stable name in code and data, without leg and stream. */
  readonly key: string;
  readonly group: string;
  readonly origin: 'CDE' | 'CFTC';
  readonly format: Format;
  readonly allowed: Allowed | null;
  /**
   * Literals that stand for "not available" or "does not apply". They are accepted whatever the format says;
   * a numeric one must never be summed up.
   */
  readonly placeholders: readonly string[];
  /** Several values may be joined by ";". */
  readonly repeatable: boolean;
  /** There is one column per leg. */
  readonly legs: boolean;
  /** There is one column for the fixed rate and one for the floating rate, each per leg. */
  readonly streams: boolean;
  /** Column names in use beside `name`, without leg suffix. */
  readonly columnNames: readonly string[];
  /** Elements of one set repeat together: their n-th values belong together (per leg where there are legs). */
  readonly set: string | null;
  readonly part43: boolean;
  readonly part45: boolean;
  /** Part of the daily valuation or collateral report. */
  readonly endOfDay: boolean;
  /** Shown to the public by the repository. */
  readonly disseminated: boolean;
  /** Version of the specification that brought it, as far as Tain reads back: reports of before 3.1 are not judged. */
  readonly since: SpecificationVersion;
};
