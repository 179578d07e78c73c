/**
 * Decimal numbers as strings. Amounts have up to 25 digits and prices 13 decimals, more than a double can hold, so
 * that nothing here ever converts to a JavaScript number. Written form: digits with an optional minus in front and
 * an optional point with digits on both sides; no exponent, no plus, no blanks.
 */

const MINUS = 45;
const PLUS = 43;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

const FIELD_BITS = 10;
const MAX_COUNT = (1 << FIELD_BITS) - 1;
const NEGATIVE_BIT = 1 << (2 * FIELD_BITS);
const INVALID = -1;

/**
 * What `scanDecimal` found, packed into one small integer because the check of a value runs for every cell of a file
 * and must not allocate: significant fraction digits, significant integer digits (each counted up to 1023) and the
 * sign. Negative when the text is no decimal.
 */
export type DecimalScan = number;

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/**
 * Reads a decimal in one pass.
 * @param published also accept what public dissemination files have: thousands separators ("1,234,567.89") and a plus at
 *   the end of a capped amount ("470,000,000+")
 * @returns the counts of significant digits: without leading zeros, and without zeros that end the fraction
 */
export function scanDecimal(text: string, published = false): DecimalScan {
  let end = text.length;
  if (published && end > 0 && text.charCodeAt(end - 1) === PLUS) end -= 1;
  const negative = text.charCodeAt(0) === MINUS;
  let at = negative ? 1 : 0;

  let significant = 0;
  let inGroup = 0;
  let commas = 0;
  for (; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      inGroup += 1;
      if (significant > 0 || code !== ZERO) significant += 1;
    } else if (published && code === COMMA) {
      if (inGroup === 0 || inGroup > 3 || (commas > 0 && inGroup < 3)) return INVALID;
      commas += 1;
      inGroup = 0;
    } else break;
  }
  if (inGroup === 0 || (commas > 0 && inGroup !== 3)) return INVALID;

  let fraction = 0;
  if (at < end) {
    if (text.charCodeAt(at) !== POINT || at + 1 === end) return INVALID;
    const first = at + 1;
    for (at = first; at < end; at += 1) {
      const code = text.charCodeAt(at);
      if (!isDigit(code)) return INVALID;
      if (code !== ZERO) fraction = at - first + 1;
    }
  }
  return (
    (negative ? NEGATIVE_BIT : 0) |
    (Math.min(significant, MAX_COUNT) << FIELD_BITS) |
    Math.min(fraction, MAX_COUNT)
  );
}

/** Digits before the point without leading zeros. */
export const integerDigits = (scan: DecimalScan): number => (scan >> FIELD_BITS) & MAX_COUNT;

/** Digits after the point up to the last that is not zero. */
export const fractionDigits = (scan: DecimalScan): number => scan & MAX_COUNT;

/** -1, 0 or 1; "-0" and "-0.00" are zero. */
export function signOf(scan: DecimalScan): -1 | 0 | 1 {
  if ((scan & ~NEGATIVE_BIT) === 0) return 0;
  return scan & NEGATIVE_BIT ? -1 : 1;
}

/** Is the text a plain decimal? */
export const isDecimal = (text: string): boolean => scanDecimal(text) >= 0;

/** A decimal of a public dissemination file without its thousands separators and the plus of a capped amount. */
export function plainDecimal(published: string): string {
  const digits = published.endsWith('+') ? published.slice(0, -1) : published;
  return digits.replaceAll(',', '');
}

/**
 * Rounds to a number of decimals, halves away from zero: 0.5 to 1 and -0.5 to -1.
 * Source: CFTC technical specification v3.2, formats: values with more decimals are rounded half-up. It does not say
 * what that means below zero; rounding the magnitude keeps the two sides of a swap equal.
 * @returns the shortest form: no leading zeros, no zeros at the end of the fraction, no "-0"
 * @throws RangeError when the text is no plain decimal
 */
export function roundHalfUp(text: string, decimals: number): string {
  const { negative, integer, fraction } = splitDecimal(text);
  if (fraction.length <= decimals) return join(negative, integer, fraction);
  const kept = integer + fraction.slice(0, decimals);
  const rounded = fraction.charCodeAt(decimals) >= ZERO + 5 ? increment(kept) : kept;
  const point = rounded.length - decimals;
  return join(negative, rounded.slice(0, point), rounded.slice(point));
}

/**
 * Does the number, rounded half-up, fit `Num(digits,decimals)`? Decimals in excess are rounded, digits in excess do
 * not fit. Source: CFTC technical specification v3.2, formats.
 * @throws RangeError when the text is no plain decimal
 */
export function fitsNum(text: string, digits: number, decimals: number): boolean {
  const scan = scanDecimal(roundHalfUp(text, decimals));
  return integerDigits(scan) + fractionDigits(scan) <= digits;
}

/**
 * Orders two decimals: negative, zero or positive as `left` is less than, equal to or greater than `right`.
 * @throws RangeError when one of them is no plain decimal
 */
export function compareDecimals(left: string, right: string): -1 | 0 | 1 {
  const a = splitDecimal(left);
  const b = splitDecimal(right);
  const signA = signOf(scanDecimal(left));
  const signB = signOf(scanDecimal(right));
  if (signA !== signB) return signA < signB ? -1 : 1;
  const order =
    compareText(a.integer.length, b.integer.length) ||
    compareText(a.integer, b.integer) ||
    compareText(a.fraction, b.fraction);
  if (order === 0) return 0;
  // Of two negative numbers the one with the larger magnitude comes first.
  return order === signA ? 1 : -1;
}

const compareText = <T extends string | number>(left: T, right: T): -1 | 0 | 1 =>
  left < right ? -1 : left > right ? 1 : 0;

type Parts = { readonly negative: boolean; readonly integer: string; readonly fraction: string };

/** The parts in their shortest form; the integer part of 0.5 is the empty string. */
function splitDecimal(text: string): Parts {
  if (!isDecimal(text)) throw new RangeError(`not a decimal number: ${text}`);
  const negative = text.startsWith('-');
  const point = text.indexOf('.');
  const end = point < 0 ? text.length : point;
  let first = negative ? 1 : 0;
  while (first < end && text.charCodeAt(first) === ZERO) first += 1;
  let last = text.length;
  while (last > end + 1 && text.charCodeAt(last - 1) === ZERO) last -= 1;
  return { negative, integer: text.slice(first, end), fraction: text.slice(end + 1, last) };
}

function join(negative: boolean, integer: string, fraction: string): string {
  let first = 0;
  while (first < integer.length && integer.charCodeAt(first) === ZERO) first += 1;
  let last = fraction.length;
  while (last > 0 && fraction.charCodeAt(last - 1) === ZERO) last -= 1;
  const whole = integer.slice(first) || '0';
  const number = last === 0 ? whole : `${whole}.${fraction.slice(0, last)}`;
  return negative && number !== '0' ? `-${number}` : number;
}

function increment(digits: string): string {
  let at = digits.length - 1;
  while (at >= 0 && digits.charCodeAt(at) === NINE) at -= 1;
  const zeros = '0'.repeat(digits.length - 1 - at);
  if (at < 0) return `1${zeros}`;
  return digits.slice(0, at) + String.fromCharCode(digits.charCodeAt(at) + 1) + zeros;
}
