/** The batch role: inbox, file ingest, CFTC days, deliveries and maintenance on swap-batch. */
import { Worker } from '@temporalio/worker';
import { QUEUES } from '../contracts/queues.ts';
import { loadConfig } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { connectPostgres } from '../platform/postgres.ts';
import { connectTemporalNative } from '../platform/temporal-native.ts';
import { connectTemporal } from '../platform/temporal.ts';
import { openWorkflowBundle } from '../platform/workflow-bundle.ts';
import { createBatchActivities } from './batch-activities.ts';
import { openDayOpener, takeUpDays } from './days.ts';
import { openGpuInventory } from './gpu-inventory.ts';
import { openLifecycles } from './lifecycles.ts';
import { installLogger, runWorker, WORKER_OPTIONS } from './run.ts';

const PACE_STATEMENT_TIMEOUT_MS = 10_000;

const config = loadConfig(['DATABASE_URL', 'TEMPORAL_ADDRESS']);
const log = createLogger(config, 'batch');
installLogger(log);
const sql = connectPostgres(config.DATABASE_URL, 'tain batch');
// A connection of its own: the pace is asked within transactions, and they may hold all of the others.
const paceSql = connectPostgres(config.DATABASE_URL, 'tain batch pace', 1, {
  statementMs: PACE_STATEMENT_TIMEOUT_MS,
});
const client = await connectTemporal(config);
const connection = await connectTemporalNative(config);
await openLifecycles(client);
await openDayOpener({ client, sql }, config, log);
await takeUpDays({ client, sql }, config);
await openGpuInventory(config, sql, log);

const worker = await Worker.create({
  ...WORKER_OPTIONS,
  connection,
  namespace: config.TEMPORAL_NAMESPACE,
  taskQueue: QUEUES.swapBatch,
  workflowBundle: { codePath: await openWorkflowBundle(config.TAIN_STATE_DIR) },
  activities: await createBatchActivities(config, { sql, paceSql, client }),
});

await runWorker('batch', worker, log, { connection, client, pools: [sql, paceSql] });
