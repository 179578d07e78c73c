/** Sharing out a whole number so that the parts make it up exactly. */

/**
 * Parts of `total` in proportion to whole weights: each is the exact share rounded up or down, and they sum up to
 * `total` (largest remainder; of equal remainders the first goes up). All 0 where the weights are.
 * @param total a whole number from 0
 * @param weights whole numbers from 0; BigInt within, so that no product is too large
 */
export function shareOut(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + BigInt(weight), 0n);
  if (sum === 0n) return weights.map(() => 0);
  const exact = weights.map((weight, at) => {
    const product = BigInt(total) * BigInt(weight);
    return { at, whole: product / sum, rest: product % sum };
  });
  const given = exact.reduce((all, { whole }) => all + whole, 0n);
  const left = Number(BigInt(total) - given);
  const up = new Set(
    [...exact]
      .sort((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest > b.rest ? -1 : 1))
      .slice(0, left)
      .map(({ at }) => at),
  );
  return exact.map(({ at, whole }) => Number(whole) + (up.has(at) ? 1 : 0));
}
