/** Latencies of feeds as counters that only grow, as Prometheus wants them, from the minutes that the database keeps. */
import type { LatencyRow } from '../db/feed-views.ts';
import { addLatencies, NO_LATENCIES, type Latencies } from '../domain/feeds/latency.ts';

/** Minutes that can still change: what is written later than this is not counted. */
const OPEN_MINUTES = 5;
const MS_PER_MINUTE = 60_000;

export type LatencyTotals = {
  /** The first minute that is wanted next time; null at first. */
  since(): Date | null;
  /** Takes minutes as they are now, also those that it was given before. @returns everything so far, by feed */
  take(rows: readonly LatencyRow[]): ReadonlyMap<string, Latencies>;
};

/** Begins at nothing, as a process does. */
export function totalLatencies(): LatencyTotals {
  const settled = new Map<string, Latencies>();
  const open = new Map<string, LatencyRow>();
  let from: Date | null = null;

  const sum = (into: Map<string, Latencies>, { feed, counts, sum_ms: sumMs, max_ms: maxMs }: LatencyRow) =>
    into.set(feed, addLatencies(into.get(feed) ?? NO_LATENCIES, { counts, sumMs, maxMs }));

  return {
    since: () => from,
    take(rows) {
      for (const row of rows) open.set(`${row.minute.getTime()} ${row.feed}`, row);
      const newest = Math.max(...[...open.values()].map(({ minute }) => minute.getTime()));
      if (open.size > 0) {
        from = new Date(Math.max(from?.getTime() ?? 0, newest - OPEN_MINUTES * MS_PER_MINUTE));
        for (const [key, row] of open)
          if (row.minute < from) {
            sum(settled, row);
            open.delete(key);
          }
      }
      const totals = new Map(settled);
      for (const row of open.values()) sum(totals, row);
      return totals;
    },
  };
}
