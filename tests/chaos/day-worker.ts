/**
 * Days and deliveries of the batch role as a process of its own, with a clock that stands at the cut, so that a day can
 * be done again to the same bytes. Notes in a file which steps it begins and ends. What it was asked to do is all that
 * it knows.
 */
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { createCftcDayActivities } from '../../activities/cftc-day.ts';
import { createDeliveryActivities } from '../../activities/delivery.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { parseConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/log.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { connectTemporalNative } from '../../platform/temporal-native.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { openWorkflowBundle } from '../../platform/workflow-bundle.ts';
import { installLogger, runWorker, WORKER_OPTIONS } from '../../workers/run.ts';
import type { StepNote } from './day-steps.ts';

export type DayWorkerRequest = {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** Where the bundle of the workflows is kept. */
  readonly stateDir: string;
  readonly dataDir: string;
  readonly dayFile: string;
  readonly outboundFile: string;
  readonly target: string;
  readonly stepsFile: string;
  /** The time of day, in milliseconds since 1970. */
  readonly now: number;
};

/** Small, so that there is something to lose between two of them. */
const EVENTS_PER_BATCH = 40;
const BATCH_RECORDS = 20;
const LOOK_MS = 100;

const request = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as DayWorkerRequest;
const { dataDir, outboundFile, target, stepsFile, now } = request;
const config = { ...parseConfig({ TAIN_DATA_DIR: dataDir }), TEMPORAL_ADDRESS: request.temporalAddress };
const log = createLogger(config, 'batch');
installLogger(log);
const sql = connectPostgres(request.databaseUrl, 'tain batch');
const client = await connectTemporal(config);
const connection = await connectTemporalNative(config);

let begun = 0;
const note = (id: number, name: string, what: StepNote['what']): void =>
  appendFileSync(
    stepsFile,
    `${JSON.stringify({ pid: process.pid, id, name, what, at: Date.now() } satisfies StepNote)}\n`,
  );
const noted =
  (name: string, run: (...args: never[]) => Promise<unknown>) =>
  async (...args: never[]): Promise<unknown> => {
    const id = (begun += 1);
    note(id, name, 'begun');
    try {
      const result = await run(...args);
      note(id, name, 'done');
      return result;
    } catch (error) {
      note(id, name, 'failed');
      throw error;
    }
  };

const activities = {
  ...createCftcDayActivities({
    ...{ sql, client, dataDir, dayFile: request.dayFile, lookMs: LOOK_MS, eventsPerBatch: EVENTS_PER_BATCH },
    listTargets: async () => [target],
    now: () => now,
  }),
  ...createDeliveryActivities({ sql, outboundFile, dataDir, batchRecords: BATCH_RECORDS }),
};
const worker = await Worker.create({
  ...WORKER_OPTIONS,
  connection,
  namespace: config.TEMPORAL_NAMESPACE,
  taskQueue: QUEUES.swapBatch,
  workflowBundle: { codePath: await openWorkflowBundle(request.stateDir) },
  activities: Object.fromEntries(Object.entries(activities).map(([name, run]) => [name, noted(name, run)])),
});
await runWorker('batch', worker, log, { connection, client, pools: [sql] });
