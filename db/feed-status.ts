/** Queries on feed_status and feed_latency: how a feed is doing, as its reader says about once a second. */
import type { Sql } from 'postgres';
import type { ErrorFacts } from '../contracts/errors.ts';
import type { FeedState, FeedWanted } from '../contracts/feeds.ts';
import { totalOf, type Latencies } from '../domain/feeds/latency.ts';
import type { FeedAttempt } from './feeds.ts';

export type FeedStatusReport = {
  readonly state: FeedState;
  readonly problem: ErrorFacts | null;
  /** Received and not committed, and how long the oldest of them has waited. */
  readonly lagMessages: number;
  readonly lagMs: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Messages a second. */
  readonly rate: number;
};

/** What is wanted of a feed, and by whom it is read now: what an attempt looks at once a second. */
export type FeedOrders = { readonly wanted: FeedWanted; readonly epoch: number };

/**
 * Keeps how a feed is doing and the latencies since the last time.
 * @param latencies of messages that were committed since the last report
 * @returns null when there is no such feed any more
 */
export async function reportStatus(
  sql: Sql,
  { feed, epoch }: FeedAttempt,
  report: FeedStatusReport,
  latencies: Latencies,
): Promise<FeedOrders | null> {
  const { state, problem, lagMessages, lagMs, p50Ms, p99Ms, rate } = report;
  const status = sql`
    insert into feed_status as known
      (feed, epoch, state, problem_code, problem_params, lag_messages, lag_ms, p50_ms, p99_ms, rate)
    values (${feed}, ${epoch}, ${state}, ${problem?.code ?? null}, ${problem && sql.json(problem.params)},
      ${lagMessages}, ${lagMs}, ${p50Ms}, ${p99Ms}, ${rate})
    on conflict (feed) do update set
      epoch = excluded.epoch, state = excluded.state, problem_code = excluded.problem_code,
      problem_params = excluded.problem_params, lag_messages = excluded.lag_messages, lag_ms = excluded.lag_ms,
      p50_ms = coalesce(excluded.p50_ms, known.p50_ms), p99_ms = coalesce(excluded.p99_ms, known.p99_ms), rate = excluded.rate, seen_at = now()
    where known.epoch <= excluded.epoch`;
  const { counts, sumMs, maxMs } = latencies;
  const latency = sql`
    insert into feed_latency as known (feed, minute, counts, sum_ms, max_ms)
    values (${feed}, date_trunc('minute', now()), ${counts as number[]}::bigint[], ${sumMs}, ${maxMs})
    on conflict (feed, minute) do update set
      counts = (
        select array_agg(before + added order by at)
        from unnest(known.counts, excluded.counts) with ordinality as both_counts (before, added, at)),
      sum_ms = known.sum_ms + excluded.sum_ms, max_ms = greatest(known.max_ms, excluded.max_ms)`;
  await Promise.all([status, totalOf(latencies) > 0 && latency]);
  const [orders] = await sql<FeedOrders[]>`select wanted, epoch from feed where feed = ${feed}`;
  return orders ?? null;
}

/** Is any feed being read now, by what its reader said in the last seconds? */
export async function isAnyFeedRead(sql: Sql): Promise<boolean> {
  const [row] = await sql<[{ read: boolean }]>`
    select exists (
      select from feed_status where state = 'connected' and seen_at > now() - interval '10 seconds') as read`;
  return row.read;
}
