/** Figures as benchmarks print them. */

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

export const round3 = (value: number): number => Math.round(value * 1000) / 1000;
