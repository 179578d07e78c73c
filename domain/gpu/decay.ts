/**
 * Use that fades: what was used a half-life ago counts half. Slurm's code takes a first-order approximation every five
 * minutes; this is the exact 2^(-t/H), so that it does not matter when or how often it is worked out. The database adds up
 * by the same formula what is given back (migration 0026_gpu-use).
 */

/** What is left of an amount after a time. An instant in the future leaves it as it is. */
export const decayed = (amount: number, elapsedMs: number, halfLifeMs: number): number =>
  amount * 2 ** (-Math.max(0, elapsedMs) / halfLifeMs);

/**
 * Use at a steady rate from one instant to another, as it counts at the end: the integral of rate · 2^(-t/H).
 * @param ratePerSecond billable amount of a second
 * @returns billable seconds
 */
export function accrued(ratePerSecond: number, elapsedMs: number, halfLifeMs: number): number {
  const rate = ratePerSecond / 1000;
  return (rate * halfLifeMs * (1 - 2 ** (-Math.max(0, elapsedMs) / halfLifeMs))) / Math.LN2;
}
