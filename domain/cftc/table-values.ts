/** The values of a table that people keep as a file: dates, amounts, codes. Each returns null and notes what is wrong. */
import type { TableRow } from '../csv/table.ts';
import { isCalendarDate } from './dates.ts';
import { compareDecimals } from './decimal.ts';
import { isAmount } from './decimal-ratio.ts';
import type { Confidence } from './rules.ts';

const CONFIDENCES: readonly Confidence[] = ['source', 'general-knowledge', 'inferred'];

export function readText<F extends string>(row: TableRow<F>, field: F): string | null {
  return row.value(field) || row.fail(field, 'value-missing');
}

export function readDate<F extends string>(row: TableRow<F>, field: F): string | null {
  const text = readText(row, field);
  return text === null || isCalendarDate(text) ? text : row.fail(field, 'not-a-date', 'YYYY-MM-DD');
}

/** First and last day that a row holds; the last may be blank, for a row that holds until further notice. */
export function readPeriod<F extends string>(
  row: TableRow<F>,
  fromField: F,
  toField: F,
): { readonly effectiveFrom: string; readonly effectiveTo: string | null } | null {
  const effectiveFrom = readDate(row, fromField);
  const effectiveTo = row.value(toField) === '' ? null : readDate(row, toField);
  if (effectiveFrom === null) return null;
  if (effectiveTo !== null && effectiveTo < effectiveFrom) return row.fail(toField, 'dates-reversed');
  return { effectiveFrom, effectiveTo };
}

/** Does the day lie in the period? Both ends belong to it. */
export const holdsOn = (
  period: { readonly effectiveFrom: string; readonly effectiveTo: string | null },
  date: string,
): boolean => period.effectiveFrom <= date && (period.effectiveTo === null || date <= period.effectiveTo);

/** An amount greater than zero, a plain decimal. */
export function readPositive<F extends string>(row: TableRow<F>, field: F): string | null {
  const text = readText(row, field);
  if (text === null) return null;
  return isAmount(text) && compareDecimals(text, '0') > 0 ? text : row.fail(field, 'not-a-number', '> 0');
}

/** A whole number of 1 to 99,999; `null` in an object, because a blank one is right. */
export function readOptionalDays<F extends string>(
  row: TableRow<F>,
  field: F,
): { readonly days: number | null } | null {
  const text = row.value(field);
  if (text === '') return { days: null };
  return /^[1-9]\d{0,4}$/.test(text) ? { days: Number(text) } : row.fail(field, 'not-a-number', '1..99999');
}

/** One of a list of codes, in their own spelling. */
export function readCode<F extends string, Code extends string>(
  row: TableRow<F>,
  field: F,
  codes: readonly Code[],
): Code | null {
  const text = readText(row, field);
  if (text === null) return null;
  return codes.find((code) => code === text) ?? row.fail(field, 'value-not-allowed', codes.join(', '));
}

/** True, false, or null in an object where it is blank. */
export function readOptionalBoolean<F extends string>(
  row: TableRow<F>,
  field: F,
): { readonly flag: boolean | null } | null {
  const text = row.value(field).toLowerCase();
  if (text === '') return { flag: null };
  if (text === 'true' || text === 'false') return { flag: text === 'true' };
  return row.fail(field, 'value-not-allowed', 'true, false');
}

/** How sure the row is; blank: whoever loads a table vouches for it. */
export function readConfidence<F extends string>(row: TableRow<F>, field: F): Confidence | null {
  return row.value(field) === '' ? 'source' : readCode(row, field, CONFIDENCES);
}
