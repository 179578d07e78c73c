/** Sums of decimals, exactly, over integers of any size; how decimals are written stands in decimal.ts. */
import { fractionDigits, roundHalfUp, scanDecimal } from './decimal.ts';

/** A sum as an integer over a power of ten. */
export type DecimalSum = { readonly digits: bigint; readonly decimals: number };

export const ZERO_SUM: DecimalSum = { digits: 0n, decimals: 0 };

/**
 * Adds a decimal to a sum.
 * @param text a plain decimal that `isAmount` lets through
 */
export function addDecimal(sum: DecimalSum, text: string): DecimalSum {
  const decimals = Math.max(sum.decimals, fractionDigits(scanDecimal(text)));
  const [integer = '', fraction = ''] = roundHalfUp(text, decimals).split('.');
  const digits = BigInt(integer + fraction.padEnd(decimals, '0'));
  return { digits: sum.digits * 10n ** BigInt(decimals - sum.decimals) + digits, decimals };
}

/** The sum as a decimal in its shortest form. */
export function formatSum({ digits, decimals }: DecimalSum): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(decimals + 1, '0');
  const point = text.length - decimals;
  const plain = decimals === 0 ? text : `${text.slice(0, point)}.${text.slice(point)}`;
  return roundHalfUp(digits < 0n ? `-${plain}` : plain, decimals);
}
