/** How the feeds are doing, for Prometheus. */
import { Gauge, type Histogram, type Registry } from 'prom-client';
import { listFeedOverviews, listLatenciesSince } from '../db/feed-views.ts';
import { LATENCY_BOUNDS_MS, totalOf, type Latencies } from '../domain/feeds/latency.ts';
import type { Sql } from '../platform/postgres.ts';
import type { FeedView } from '../contracts/feeds.schema.ts';
import { DEFAULT_LANGUAGE } from '../contracts/texts/shape.ts';
import { totalLatencies } from './latency-totals.ts';
import { askSeldom } from './patience.ts';
import { viewFeed } from './views/feeds.ts';

const MS_PER_S = 1000;

/** @param ageMs the database is asked once in this time, whoever asks */
export function registerFeedMetrics(registry: Registry, sql: Sql, ageMs: number): void {
  const listFeeds = askSeldom(ageMs, async () =>
    (await listFeedOverviews(sql))
      .map((row) => viewFeed(row, DEFAULT_LANGUAGE))
      .filter(({ state }) => state !== 'removed'),
  );
  const gauge = (name: string, help: string, valueOf: (feed: FeedView) => number | null): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ['feed'],
      registers: [registry],
      async collect() {
        this.reset();
        // Without the database the other figures are wanted all the more.
        for (const feed of await listFeeds().catch(() => [])) {
          const value = valueOf(feed);
          if (value !== null) this.set({ feed: feed.name }, value);
        }
      },
    });
  gauge('tain_feed_up', 'Is the feed read: 1 when connected or between two sessions.', ({ state }) =>
    Number(state === 'connected' || state === 'ended'),
  );
  gauge(
    'tain_feed_lag_messages',
    'Messages received and not committed; absent when nobody reads the feed.',
    (feed) => (feed.lag === null ? null : feed.lag.messages),
  );
  gauge('tain_feed_lag_seconds', 'How long the oldest message that is not committed has waited.', (feed) =>
    feed.lag === null ? null : feed.lag.ms / MS_PER_S,
  );
  gauge('tain_feed_open_gaps', 'Ranges of sequence numbers that did not come.', ({ gaps }) => gaps.open);
  registerLatency(registry, sql, ageMs);
}

/** A histogram of what others observed, which the client library has no class for. */
function registerLatency(registry: Registry, sql: Sql, ageMs: number): void {
  const totals = totalLatencies();
  const name = 'tain_feed_latency_seconds';
  const ask = askSeldom(ageMs, async () => totals.take(await listLatenciesSince(sql, totals.since())));
  const metric = {
    name,
    help: 'Time from the receipt of a message to its commit, since this process began to count.',
    type: 'histogram',
    aggregator: 'sum',
    get: async () => ({
      ...metric,
      values: [...(await ask().catch((): ReadonlyMap<string, Latencies> => new Map()))].flatMap(
        ([feed, latencies]) => samplesOf(name, feed, latencies),
      ),
    }),
  };
  registry.registerMetric(metric as unknown as Histogram);
}

function samplesOf(name: string, feed: string, latencies: Latencies) {
  let count = 0;
  const buckets = LATENCY_BOUNDS_MS.map((bound, at) => {
    count += latencies.counts[at]!;
    return { metricName: `${name}_bucket`, labels: { feed, le: String(bound / MS_PER_S) }, value: count };
  });
  const total = totalOf(latencies);
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { feed, le: '+Inf' }, value: total },
    { metricName: `${name}_sum`, labels: { feed }, value: latencies.sumMs / MS_PER_S },
    { metricName: `${name}_count`, labels: { feed }, value: total },
  ];
}
