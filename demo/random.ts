/** Random numbers that are the same for the same seed on every machine: sfc32, seeded from a text. */

const ALPHANUMERICS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export type Random = {
  /** A whole number of 32 bits. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A decimal from `min` to `max` with exactly `decimals` digits behind the point. */
  decimal(min: number, max: number, decimals: number): string;
  /** Digits and capital letters. */
  code(length: number): string;
};

/** 32 bits of a text (FNV-1a with a final mix), different for every salt. */
export function hashText(text: string, salt = 0): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function sfc32(seed: string): () => number {
  let a = hashText(seed, 1);
  let b = hashText(seed, 2);
  let c = hashText(seed, 3);
  let counter = 1;
  const next = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

/** Makes the source of random numbers of a seed. */
export function createRandom(seed: string): Random {
  const next = sfc32(seed);
  const int = (min: number, max: number): number => {
    const span = max - min + 1;
    // Two draws where one has too few bits: amounts run to billions of cents.
    const draw = span > 0x100000 ? (next() * 0x200000 + (next() >>> 11)) / 2 ** 53 : next() / 2 ** 32;
    return min + Math.floor(draw * span);
  };
  return {
    next,
    int,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: (items) => items[int(0, items.length - 1)]!,
    decimal: (min, max, decimals) => {
      const scale = 10 ** decimals;
      return formatScaled(int(Math.round(min * scale), Math.round(max * scale)), decimals);
    },
    code: (length) => {
      let text = '';
      while (text.length < length) text += ALPHANUMERICS[next() % 36]!;
      return text;
    },
  };
}

/** A whole number of units of 10^-decimals as a plain decimal. */
export function formatScaled(units: number, decimals: number): string {
  if (decimals === 0) return String(units);
  const digits = String(Math.abs(units)).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return `${units < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}
