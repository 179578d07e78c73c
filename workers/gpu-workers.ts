/**
 * The two workers of the gpu role: one for everything of a job but its start, one that does nothing but start, so that
 * holding its queue holds up no end of any.
 */
import path from 'node:path';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import { createGpuJobActivities } from '../activities/gpu-job.ts';
import { createCardMeter, createRunMeter } from '../activities/gpu-job-meter.ts';
import { createGpuJobStartActivities } from '../activities/gpu-job-start.ts';
import { createGpuPlannerActivities } from '../activities/gpu-planner.ts';
import { createStoreWatch, withStore } from '../activities/gpu-store.ts';
import { QUEUES } from '../contracts/queues.ts';
import type { CommandPlaces } from '../domain/gpu-jobs/templates.ts';
import type { Executor } from '../platform/executors/executor.ts';
import type { GpuMonitor } from '../platform/gpu-monitor/monitor.ts';
import type { RunImage } from '../platform/image-registry/run-image.ts';
import type { AlertTarget } from '../platform/post-alert.ts';
import type { Sql } from '../platform/postgres.ts';
import { WORKER_OPTIONS } from './run.ts';

/** Each job that runs is watched by one activity; ends and clean-ups need room beside them. */
const WATCHED_AT_ONCE = 1000;
const STARTED_AT_ONCE = 20;

export type GpuWorkerParts = {
  readonly sql: Sql;
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly bundle: string;
  readonly executor: Executor;
  /** Where Node and Tain are for what it runs. */
  readonly places: CommandPlaces;
  /** What it runs in; null: in nothing, or its registry is not asked. */
  readonly image: RunImage | null;
  readonly monitor: GpuMonitor;
  readonly stateDir: string;
  readonly roots: readonly string[];
  /** Who is told when Postgres or the folder of results is away; null: the log alone. */
  readonly alert: AlertTarget | null;
};

export async function createGpuWorkers(
  parts: GpuWorkerParts,
  options: Partial<WorkerOptions> = {},
): Promise<Worker[]> {
  const { sql, client, connection, namespace, executor, monitor, stateDir, roots } = parts;
  const stores = createStoreWatch(parts.alert);
  const common = { ...WORKER_OPTIONS, ...options, connection, namespace };
  const control = await Worker.create({
    ...common,
    taskQueue: QUEUES.gpuControl,
    maxConcurrentActivityTaskExecutions: WATCHED_AT_ONCE,
    workflowBundle: { codePath: parts.bundle },
    activities: withStore(stores, {
      ...createGpuPlannerActivities({ sql, client, measureCards: createCardMeter(sql, monitor) }),
      ...createGpuJobActivities({
        ...{ sql, client, executor, meter: createRunMeter(sql, monitor) },
        resultsDir: path.join(stateDir, 'gpu', 'results'),
      }),
    }),
  });
  const training = await Worker.create({
    ...common,
    taskQueue: QUEUES.gpuTraining,
    maxConcurrentActivityTaskExecutions: STARTED_AT_ONCE,
    activities: withStore(
      stores,
      createGpuJobStartActivities({
        ...{ sql, executor, roots, places: parts.places, image: parts.image },
        // A cluster knows best what its nodes are short of.
        monitor: executor.kind === 'process' ? monitor : null,
      }),
    ),
  });
  return [control, training];
}
