/** Latencies as counts between fixed bounds: small to keep, exact to add up, and good enough to read percentiles from. */

/** Upper bounds in milliseconds, included; what is slower than the last has a count of its own behind them. */
export const LATENCY_BOUNDS_MS = [
  0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 35, 50, 75, 100, 150, 250, 500, 1000, 2500, 5000,
  10_000, 30_000, 60_000,
] as const;

export type Latencies = {
  /** One per bound and one more, not cumulative. */
  readonly counts: readonly number[];
  readonly sumMs: number;
  readonly maxMs: number;
};

export const NO_LATENCIES: Latencies = {
  counts: new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0),
  sumMs: 0,
  maxMs: 0,
};

/** Latencies that are collected. */
export type LatencyCount = {
  /** @param ms a time that is below zero counts as zero */
  add(ms: number): void;
  /** What was added since it was last taken. */
  take(): Latencies;
};

export function countLatencies(): LatencyCount {
  let counts = [...NO_LATENCIES.counts];
  let sumMs = 0;
  let maxMs = 0;
  return {
    add(ms) {
      const time = Math.max(0, ms);
      const bound = LATENCY_BOUNDS_MS.findIndex((limit) => time <= limit);
      counts[bound < 0 ? LATENCY_BOUNDS_MS.length : bound]! += 1;
      sumMs += time;
      maxMs = Math.max(maxMs, time);
    },
    take() {
      const taken = { counts, sumMs, maxMs };
      counts = [...NO_LATENCIES.counts];
      sumMs = 0;
      maxMs = 0;
      return taken;
    },
  };
}

export const totalOf = ({ counts }: Pick<Latencies, 'counts'>): number =>
  counts.reduce((sum, count) => sum + count, 0);

export const addLatencies = (left: Latencies, right: Latencies): Latencies => ({
  counts: left.counts.map((count, at) => count + right.counts[at]!),
  sumMs: left.sumMs + right.sumMs,
  maxMs: Math.max(left.maxMs, right.maxMs),
});

/**
 * The time that a share of all was not slower than: read from the bounds around it, in a straight line between them.
 * @param share 0.5 for the median, 0.99
 * @returns milliseconds; null when there are none
 */
export function percentileOf({ counts, maxMs }: Latencies, share: number): number | null {
  const total = totalOf({ counts });
  if (total === 0) return null;
  const rank = share * total;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const from = at === 0 ? 0 : LATENCY_BOUNDS_MS[at - 1]!;
      const to = Math.min(LATENCY_BOUNDS_MS[at] ?? maxMs, Math.max(maxMs, from));
      return from + (to - from) * Math.max(0, (rank - below) / count);
    }
    below += count;
  }
  return maxMs;
}
