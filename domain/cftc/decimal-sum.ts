/** Sums of decimals, exactly. How decimals are written stands in decimal.ts. */
import { roundHalfUp } from './decimal.ts';

/** More decimals than any amount that `isAmount` lets through. */
const MAX_DECIMALS = 60;

/** A decimal as an integer of so many decimals. */
function scaled(text: string, decimals: number): bigint {
  if (decimals === 0) return BigInt(text);
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** The decimal that is an integer of so many decimals, in its shortest form. */
function plain(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const sign = value < 0n ? '-' : '';
  if (decimals === 0) return sign + digits;
  return roundHalfUp(`${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`, MAX_DECIMALS);
}

/** The sum of two plain decimals that `isAmount` let through, in its shortest form. */
export function addDecimals(left: string, right: string): string {
  const decimals = Math.max(decimalsOf(left), decimalsOf(right));
  return plain(scaled(left, decimals) + scaled(right, decimals), decimals);
}

export type DecimalSum = {
  /** @param amount a plain decimal that `isAmount` let through */
  add(amount: string): void;
  /** In its shortest form. */
  total(): string;
};

/** A sum of many decimals: an integer of as many decimals as any of them had so far, written out at the end. */
export function createDecimalSum(): DecimalSum {
  let sum = 0n;
  let decimals = 0;
  return {
    add(amount) {
      const own = decimalsOf(amount);
      if (own > decimals) {
        sum *= 10n ** BigInt(own - decimals);
        decimals = own;
      }
      sum += scaled(amount, decimals);
    },
    total: () => plain(sum, decimals),
  };
}
