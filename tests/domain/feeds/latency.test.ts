import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addLatencies,
  countLatencies,
  LATENCY_BOUNDS_MS,
  NO_LATENCIES,
  percentileOf,
  totalOf,
} from '../../../domain/feeds/latency.ts';

const times = fc.array(fc.double({ min: 0, max: 120_000, noNaN: true }), { minLength: 1, maxLength: 300 });
const collect = (values: readonly number[]) => {
  const count = countLatencies();
  for (const value of values) count.add(value);
  return count.take();
};
/** The width of the interval between bounds that a time lies in. */
const widthAt = (ms: number, max: number): number => {
  const at = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound);
  if (at < 0) return max - LATENCY_BOUNDS_MS.at(-1)!;
  return LATENCY_BOUNDS_MS[at]! - (LATENCY_BOUNDS_MS[at - 1] ?? 0);
};

describe('latencies between bounds', () => {
  it('say nothing when there are none', () => {
    expect(percentileOf(NO_LATENCIES, 0.99)).toBeNull();
    expect(collect([])).toEqual(NO_LATENCIES);
  });

  it('are all counted once, also on a bound, behind the last one and below zero', () => {
    const { counts, maxMs } = collect([0.5, 60_000, 60_001, -3]);
    expect(counts[0]).toBe(2);
    expect(counts.at(-2)).toBe(1);
    expect(counts.at(-1)).toBe(1);
    expect(maxMs).toBe(60_001);
  });

  it('are taken once', () => {
    const count = countLatencies();
    count.add(7);
    expect(totalOf(count.take())).toBe(1);
    expect(totalOf(count.take())).toBe(0);
  });

  it('give percentiles no further from the true ones than their bounds are apart', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (values, share) => {
        const sorted = [...values].sort((one, other) => one - other);
        const truth = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
        const found = percentileOf(collect(values), share)!;
        expect(Math.abs(found - truth)).toBeLessThanOrEqual(widthAt(truth, sorted.at(-1)!) + 1e-6);
        expect(found).toBeLessThanOrEqual(sorted.at(-1)! + 1e-6);
      }),
    );
  });

  it('never give a higher share a lower time', () => {
    fc.assert(
      fc.property(times, (values) => {
        const all = collect(values);
        const found = [0.1, 0.5, 0.75, 0.9, 0.99, 1].map((share) => percentileOf(all, share)!);
        expect(found).toEqual([...found].sort((one, other) => one - other));
      }),
    );
  });

  it('added up are those of all', () => {
    fc.assert(
      fc.property(times, times, (left, right) => {
        const sum = addLatencies(collect(left), collect(right));
        const all = collect([...left, ...right]);
        expect(sum.counts).toEqual(all.counts);
        expect(sum.maxMs).toBe(all.maxMs);
        expect(sum.sumMs).toBeCloseTo(all.sumMs, 3);
      }),
    );
  });
});
