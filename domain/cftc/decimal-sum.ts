/** Sums of decimals, exactly. How decimals are written stands in decimal.ts. */
import { roundHalfUp } from './decimal.ts';

/** More decimals than any amount that `isAmount` lets through. */
const MAX_DECIMALS = 60;

/** A decimal as an integer of so many decimals. */
function scaled(text: string, decimals: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

const decimalsOf = (text: string): number => text.split('.')[1]?.length ?? 0;

/**
 * The sum of two plain decimals that `isAmount` let through, in its shortest form.
 */
export function addDecimals(left: string, right: string): string {
  const decimals = Math.max(decimalsOf(left), decimalsOf(right));
  const sum = scaled(left, decimals) + scaled(right, decimals);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(decimals + 1, '0');
  const sign = sum < 0n ? '-' : '';
  if (decimals === 0) return sign + digits;
  return roundHalfUp(`${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`, MAX_DECIMALS);
}
