/** Figures as benchmarks print them. */

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

export const round3 = (value: number): number => Math.round(value * 1000) / 1000;

/** The power of the first by which the second of pairs grows: the slope of their logarithms by least squares. */
export function exponent(pairs: readonly (readonly [number, number])[]): number {
  const logs = pairs.map(([size, time]) => [Math.log(size), Math.log(time)] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, pair) => sum + pair[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, pair) => sum + (pair[0] - x) * (pair[1] - y), 0);
  return covariance / logs.reduce((sum, pair) => sum + (pair[0] - x) ** 2, 0);
}
