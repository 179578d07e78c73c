/** What waits for workers, for Prometheus: what workers are scaled by (infra/kubernetes). */
import type { Client } from '@temporalio/client';
import { Gauge, type Registry } from 'prom-client';
import { QUEUES } from '../contracts/queues.ts';
import { readBacklog, type Backlog } from '../platform/task-queue-backlog.ts';
import { askSeldom } from './patience.ts';

/** Whoever asks, and however many: Temporal is asked once in this time. */
const BACKLOG_AGE_MS = 5000;

export function registerQueueMetrics(registry: Registry, client: Client): void {
  const read = askSeldom(BACKLOG_AGE_MS, () =>
    Promise.all(
      Object.values(QUEUES).map(async (queue) => ({ queue, ...(await readBacklog(client, queue)) })),
    ),
  );
  const gauge = (name: string, help: string, valueOf: (backlog: Backlog) => number): void =>
    void new Gauge({
      name,
      help,
      labelNames: ['queue'],
      registers: [registry],
      async collect() {
        this.reset();
        // Without Temporal the other figures are wanted all the more.
        for (const backlog of await read().catch(() => []))
          this.set({ queue: backlog.queue }, valueOf(backlog));
      },
    });
  gauge('tain_queue_backlog_tasks', 'Tasks that no worker has taken yet.', ({ tasks }) => tasks);
  gauge('tain_queue_backlog_seconds', 'How long the oldest of them has waited.', ({ seconds }) => seconds);
}
