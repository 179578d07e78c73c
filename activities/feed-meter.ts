/** How the reading of a feed goes: latencies, lag and rate, reported about once a second, beside the batches. */
import { log } from '@temporalio/activity';
import { ERRORS, type TainError } from '../contracts/errors.ts';
import type { FeedState } from '../contracts/feeds.ts';
import { reportStatus, type FeedOrders } from '../db/feed-status.ts';
import type { FeedAttempt } from '../db/feeds.ts';
import {
  addLatencies,
  countLatencies,
  NO_LATENCIES,
  percentileOf,
  type Latencies,
} from '../domain/feeds/latency.ts';
import type { FeedMessage, FeedStatus } from '../platform/feeds/feed-source.ts';
import type { Sql } from '../platform/postgres.ts';

export type FeedMeter = {
  /** Messages were taken out of the source's queue. */
  read(messages: readonly FeedMessage[]): void;
  /** As many of those that were read first are committed now. */
  committed(count: number): void;
  /** What is wanted, as the last report found it; null before the first. */
  orders(): FeedOrders | null;
  close(state: FeedState): Promise<void>;
};

const REPORT_MS = 1000;
/** Percentiles are of that many reports that had messages. */
const REPORTS_KEPT = 60;
const RATE_OVER = 5;
const MS_PER_S = 1000;

/** @param look at the source */
export function openFeedMeter(sql: Sql, attempt: FeedAttempt, look: () => FeedStatus): FeedMeter {
  /** When messages that are not committed were received, oldest first. */
  let ticks: number[] = [];
  const latencies = countLatencies();
  let recent: Latencies[] = [];
  const counts: number[] = [];
  let count = 0;
  let orders: FeedOrders | null = null;
  let reporting: Promise<void> | null = null;

  const report = async (closedAs: FeedState | null): Promise<void> => {
    const taken = latencies.take();
    if (taken.maxMs > 0) recent = [...recent, taken].slice(-REPORTS_KEPT);
    const all = recent.reduce(addLatencies, NO_LATENCIES);
    counts.push(count);
    count = 0;
    if (counts.length > RATE_OVER) counts.shift();
    const { state, problem, queued, waitingSince } = look();
    const oldest = Math.min(ticks[0] ?? Infinity, waitingSince ?? Infinity);
    orders = await reportStatus(
      sql,
      attempt,
      {
        state: closedAs ?? (state === 'closed' ? 'waiting' : state),
        problem,
        // What is left behind when reading ends was never taken: it is sent again.
        lagMessages: closedAs === null ? queued + ticks.length : 0,
        lagMs: closedAs === null && Number.isFinite(oldest) ? Math.max(0, performance.now() - oldest) : 0,
        p50Ms: percentileOf(all, 0.5),
        p99Ms: percentileOf(all, 0.99),
        rate: (counts.reduce((sum, one) => sum + one, 0) / counts.length) * (MS_PER_S / REPORT_MS),
      },
      taken,
    );
  };
  const begin = (): void => {
    reporting ??= report(null)
      // The batches find out themselves what is the matter with the database.
      .catch((error: unknown) => void log.warn('feed.status', { feed: attempt.feed, reason: String(error) }))
      .finally(() => (reporting = null));
  };
  const timer = setInterval(begin, REPORT_MS);
  begin();

  return {
    read(messages) {
      for (const { receivedTick } of messages) ticks.push(receivedTick);
    },
    committed(committed) {
      const now = performance.now();
      for (let at = 0; at < committed; at += 1) latencies.add(now - ticks[at]!);
      ticks = ticks.slice(committed);
      count += committed;
    },
    orders: () => orders,
    async close(state) {
      clearInterval(timer);
      await reporting;
      await report(state).catch(() => undefined);
    },
  };
}

/** Says why a feed could not even be opened: whoever would read it says nothing. */
export async function reportStop(sql: Sql, attempt: FeedAttempt, error: TainError): Promise<void> {
  const { code, params } = error;
  const state = ERRORS[code].retryable ? 'waiting' : 'stopped';
  const nothing = { lagMessages: 0, lagMs: 0, p50Ms: null, p99Ms: null, rate: 0 };
  await reportStatus(sql, attempt, { state, problem: { code, params }, ...nothing }, NO_LATENCIES);
}
