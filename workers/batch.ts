/** The batch role: inbox, file ingest and maintenance on swap-batch. */
import { Worker } from '@temporalio/worker';
import { createBatchPace } from '../activities/batch-pace.ts';
import { createFeedBackfillActivities } from '../activities/feed-backfill.ts';
import { createFileIngestActivities } from '../activities/file-ingest.ts';
import { createInboxActivities } from '../activities/inbox.ts';
import { createMaintenanceActivities } from '../activities/maintenance.ts';
import { QUEUES } from '../contracts/queues.ts';
import { loadConfig } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { connectPostgres } from '../platform/postgres.ts';
import { connectTemporal, connectTemporalNative } from '../platform/temporal.ts';
import { openWorkflowBundle } from '../platform/workflow-bundle.ts';
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

const worker = await Worker.create({
  ...WORKER_OPTIONS,
  connection,
  namespace: config.TEMPORAL_NAMESPACE,
  taskQueue: QUEUES.swapBatch,
  workflowBundle: { codePath: await openWorkflowBundle(config.TAIN_STATE_DIR) },
  activities: {
    ...createInboxActivities({
      sql,
      client,
      dataDir: config.TAIN_DATA_DIR,
      settleMs: config.TAIN_SETTLE_MS,
      pollMs: config.TAIN_INBOX_POLL_MS,
      cycleMs: config.TAIN_INBOX_CYCLE_MS,
      maxOpen: config.TAIN_MAX_OPEN_INGESTS,
    }),
    ...createFileIngestActivities({
      sql,
      dataDir: config.TAIN_DATA_DIR,
      chunkBytes: config.TAIN_CHUNK_BYTES,
      contentMaxBytes: config.TAIN_CONTENT_MAX_BYTES,
      registerDir: config.TAIN_REGISTER_DIR,
      pace: createBatchPace(paceSql),
    }),
    ...createFeedBackfillActivities({
      sql,
      feedsFile: config.TAIN_FEEDS_FILE,
      timeZone: config.TAIN_TIME_ZONE,
      registerDir: config.TAIN_REGISTER_DIR,
      pace: createBatchPace(paceSql, 'background'),
    }),
    ...createMaintenanceActivities({ sql, monthsAhead: config.TAIN_PARTITIONS_AHEAD }),
  },
});

await runWorker('batch', worker, log, { connection, client, pools: [sql, paceSql] });
