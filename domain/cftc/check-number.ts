import {
  compareDecimals,
  fractionDigits,
  integerDigits,
  plainDecimal,
  roundHalfUp,
  scanDecimal,
  signOf,
  type DecimalScan,
} from './decimal.ts';
import type { NotatedFormat, NumberFormat, Range } from './element-format.ts';
import { finding, type Finding, type ValueCheck } from './findings.ts';

/**
 * Check of an element with one number format.
 * @param published the value may be written as in public dissemination files, "1,234,567+"
 */
export function createNumberCheck(format: NumberFormat, range: Range | null, published: boolean): ValueCheck {
  return (value) => {
    const scan = scanDecimal(value, published);
    return scan < 0 ? finding('format.decimal') : judge(value, scan, format, range);
  };
}

/**
 * Check of an element whose format depends on its notation. Without a notation, or with one that is itself wrong (and
 * reported there), the value is fine when it fits any of the formats.
 */
export function createNotatedCheck(
  format: NotatedFormat,
  range: Range | null,
  published: boolean,
): ValueCheck {
  const byNotation = new Map<string | undefined, NumberFormat>(Object.entries(format.byNotation));
  const [widest, ...others] = Object.values(format.byNotation);

  return (value, notation) => {
    const scan = scanDecimal(value, published);
    if (scan < 0) return finding('format.decimal');
    const chosen = byNotation.get(notation) ?? widest!;
    const first = judge(value, scan, chosen, range);
    if (first === null || byNotation.has(notation)) return first;
    return others.some((other) => judge(value, scan, other, range) === null) ? null : first;
  };
}

/** Characters of a number. Zeros that mean nothing do not count as digits, but a cell full of them is no amount. */
const MAX_LENGTH = 10_000;

/** Judges a decimal that may need rounding; only that rounding works on new strings. */
function judge(
  value: string,
  scanned: DecimalScan,
  format: NumberFormat,
  range: Range | null,
): Finding | null {
  if (value.length > MAX_LENGTH)
    return finding('format.digits', {
      digits: format.digits,
      decimals: format.decimals,
      actual: value.length,
    });
  let text = value;
  let scan = scanned;
  if (fractionDigits(scan) > format.decimals) {
    if (format.whole) return finding('format.integer');
    text = roundHalfUp(plainDecimal(value), format.decimals);
    scan = scanDecimal(text);
  }
  const actual = integerDigits(scan) + fractionDigits(scan);
  if (actual > format.digits) {
    return finding('format.digits', { digits: format.digits, decimals: format.decimals, actual });
  }
  return range === null || isWithin(text, scan, range) ? null : finding('format.range', { range });
}

function isWithin(text: string, scan: DecimalScan, range: Range): boolean {
  const sign = signOf(scan);
  if (range === '>0') return sign > 0;
  if (sign < 0 || range === '>=0') return sign >= 0;
  return integerDigits(scan) === 0 || compareDecimals(plainDecimal(text), '1') <= 0;
}
