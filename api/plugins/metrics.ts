/**
 * How the API is doing, for Prometheus. Labels are routes, states and names of feeds: no name, address or id of
 * anybody.
 */
import type { Client } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { countFilesByState } from '../../db/files.ts';
import type { Sql } from '../../platform/postgres.ts';
import { registerFeedMetrics } from '../feed-metrics.ts';
import { askSeldom } from '../patience.ts';
import { registerPriorityMetrics } from '../priority-metrics.ts';
import { registerQueueMetrics } from '../queue-metrics.ts';

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** Whoever asks, and however many: files are counted once in this time. */
const COUNTS_AGE_MS = 1000;

export function registerMetrics(app: FastifyInstance, sql: Sql, client: Client): Registry {
  const registry = new Registry();
  // Process and runtime: CPU, memory, handles, garbage collection, delay of the event loop.
  collectDefaultMetrics({ register: registry, prefix: 'tain_' });
  const countFiles = askSeldom(COUNTS_AGE_MS, () => countFilesByState(sql));
  new Gauge({
    name: 'tain_files',
    help: 'Received files by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      // Without the database the other figures are wanted all the more.
      const counts = await countFiles().catch(() => ({}));
      for (const [state, files] of Object.entries(counts)) this.set({ state }, files);
    },
  });
  registerPriorityMetrics(registry, sql);
  registerFeedMetrics(registry, sql, COUNTS_AGE_MS);
  registerQueueMetrics(registry, client);
  const durations = new Histogram({
    name: 'tain_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    durations.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
    done();
  });
  return registry;
}
