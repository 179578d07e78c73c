/**
 * Multiples and proportions of decimals, exactly, over integers of any size. Arguments are plain decimals that
 * `isAmount` let through; how decimals are written stands in decimal.ts.
 */
import { fractionDigits, integerDigits, roundHalfUp, scanDecimal } from './decimal.ts';

/** Far beyond every format; keeps a damaged cell of megabytes from being multiplied. */
const MAX_DIGITS = 60;

/** Is the text a plain decimal of a size that anybody reports? */
export function isAmount(text: string): boolean {
  const scan = scanDecimal(text);
  return scan >= 0 && integerDigits(scan) <= MAX_DIGITS && fractionDigits(scan) <= MAX_DIGITS;
}

/** A decimal as numerator over a power of ten. */
type Fraction = { readonly value: bigint; readonly scale: bigint };

function toFraction(text: string): Fraction {
  const shortest = roundHalfUp(text, MAX_DIGITS);
  const point = shortest.indexOf('.');
  if (point < 0) return { value: BigInt(shortest), scale: 1n };
  const decimals = shortest.length - point - 1;
  return {
    value: BigInt(shortest.slice(0, point) + shortest.slice(point + 1)),
    scale: 10n ** BigInt(decimals),
  };
}

/** Quotient of two integers, halves away from zero. */
function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const [over, under] = [
    numerator < 0n ? -numerator : numerator,
    denominator < 0n ? -denominator : denominator,
  ];
  const quotient = (2n * over + under) / (2n * under);
  return negative ? -quotient : quotient;
}

/** The multiple of a whole number that is nearest, halves away from zero. */
export function roundToMultiple(text: string, multiple: bigint): string {
  const { value, scale } = toFraction(text);
  return (divideHalfUp(value, scale * multiple) * multiple).toString();
}

/**
 * `text × numerator ÷ denominator`, to the nearest whole unit, halves away from zero.
 * @returns null when the denominator is zero
 */
export function proportion(text: string, numerator: string, denominator: string): string | null {
  const [a, b, c] = [toFraction(text), toFraction(numerator), toFraction(denominator)];
  if (c.value === 0n) return null;
  return divideHalfUp(a.value * b.value * c.scale, a.scale * b.scale * c.value).toString();
}

/** The product, exactly. */
export function multiplyDecimals(left: string, right: string): string {
  const [a, b] = [toFraction(left), toFraction(right)];
  const product = a.value * b.value;
  const decimals = (a.scale * b.scale).toString().length - 1;
  const digits = (product < 0n ? -product : product).toString().padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const text = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return roundHalfUp(product < 0n ? `-${text}` : text, decimals);
}

/** A decimal without its sign. */
export const magnitude = (text: string): string => (text.startsWith('-') ? text.slice(1) : text);
