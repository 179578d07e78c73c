/**
 * How repositories round notional amounts before they publish them. Each leg is rounded in its own currency's units,
 * whatever they are worth. Source: 17 CFR 43.4(f).
 */
import { compareDecimals, scanDecimal, signOf } from '../decimal.ts';
import { isAmount, magnitude, roundToMultiple } from '../decimal-ratio.ts';
import type { Basis } from '../basis.ts';

export type RoundingBand = {
  /** Least amount of the band; the next band's is the first amount outside. */
  readonly from: string;
  /** Amounts are rounded to the nearest multiple of this. */
  readonly precision: bigint;
};

/** In ascending order. */
export const ROUNDING_BANDS: readonly RoundingBand[] = [
  { from: '0', precision: 5n },
  { from: '1000', precision: 100n },
  { from: '10000', precision: 1_000n },
  { from: '100000', precision: 10_000n },
  { from: '1000000', precision: 1_000_000n },
  { from: '100000000', precision: 10_000_000n },
  { from: '500000000', precision: 50_000_000n },
  { from: '1000000000', precision: 100_000_000n },
  { from: '100000000000', precision: 10_000_000_000n },
];

export const ROUNDING: Basis = { citation: '17 CFR 43.4(f)', confidence: 'source' };

/** What is published of the smallest amounts. */
const LEAST = '5';

/** The band of an amount's magnitude; null when the text is no amount. */
export function roundingBandOf(amount: string): RoundingBand | null {
  if (!isAmount(amount)) return null;
  const size = magnitude(amount);
  return ROUNDING_BANDS.findLast(({ from }) => compareDecimals(size, from) >= 0)!;
}

/**
 * An amount as it is published: rounded to its band, halves up, never below 5. The rule does not speak of zero and of
 * negative amounts (inferred): zero was reported as nothing and stays zero, and of negative amounts the magnitude is
 * rounded. Halves up is inferred too.
 * @param amount in units of its currency, a plain decimal
 * @returns the shortest form; null when the text is no amount
 */
export function roundNotional(amount: string): string | null {
  const band = roundingBandOf(amount);
  if (band === null) return null;
  const sign = signOf(scanDecimal(amount));
  if (sign === 0) return '0';
  const nearest = roundToMultiple(magnitude(amount), band.precision);
  const rounded = nearest === '0' ? LEAST : nearest;
  return sign < 0 ? `-${rounded}` : rounded;
}
