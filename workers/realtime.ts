/** The realtime role: stream ingest, what leaves at once, and the governor that keeps it fast, on swap-realtime. */
import { Worker } from '@temporalio/worker';
import { openAtOnce } from '../activities/at-once.ts';
import { createGovernorActivities } from '../activities/governor.ts';
import { createOutboundLiveActivities } from '../activities/outbound-live.ts';
import { createStreamIngestActivities } from '../activities/stream-ingest.ts';
import { createTrainingHold } from '../activities/training-hold.ts';
import { QUEUES } from '../contracts/queues.ts';
import { readDueTimes } from '../db/message-states.ts';
import { loadConfig } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { connectPostgres, connectRealtime } from '../platform/postgres.ts';
import { readPressure } from '../platform/pressure.ts';
import { connectTemporalNative } from '../platform/temporal-native.ts';
import { connectTemporal } from '../platform/temporal.ts';
import { openWorkflowBundle } from '../platform/workflow-bundle.ts';
import { openFeeds } from './feeds.ts';
import { atOnceSettings, openOutbound, watchOutbound } from './outbound.ts';
import { installLogger, runWorker, WORKER_OPTIONS } from './run.ts';

const GOVERNOR_STATEMENT_TIMEOUT_MS = 10_000;

const config = loadConfig(['DATABASE_URL', 'TEMPORAL_ADDRESS']);
const { TAIN_OUTBOUND_FILE: outboundFile, TAIN_FEED_HANDOVER_MS: handOverMs } = config;
const log = createLogger(config, 'realtime');
installLogger(log);
const sql = connectRealtime(config.DATABASE_URL);
// Connections of its own: what it looks at waits behind no feed, and no feed behind it.
const governorSql = connectPostgres(config.DATABASE_URL, 'tain governor', 2, {
  statementMs: GOVERNOR_STATEMENT_TIMEOUT_MS,
});
const client = await connectTemporal(config);
const connection = await connectTemporalNative(config);
await openFeeds({ sql, client, feedsFile: config.TAIN_FEEDS_FILE, log });
await openOutbound(client, outboundFile);
watchOutbound(client, outboundFile, log);

const worker = await Worker.create({
  ...WORKER_OPTIONS,
  connection,
  namespace: config.TEMPORAL_NAMESPACE,
  taskQueue: QUEUES.swapRealtime,
  maxConcurrentActivityTaskExecutions: config.TAIN_REALTIME_SLOTS,
  workflowBundle: { codePath: await openWorkflowBundle(config.TAIN_STATE_DIR) },
  activities: {
    ...createStreamIngestActivities({
      sql,
      client,
      feedsFile: config.TAIN_FEEDS_FILE,
      timeZone: config.TAIN_TIME_ZONE,
      batchMax: config.TAIN_FEED_BATCH,
      lingerMs: config.TAIN_FEED_LINGER_MS,
      handOverMs,
      registerDir: config.TAIN_REGISTER_DIR,
      atOnce: await openAtOnce(atOnceSettings(config)),
    }),
    ...createOutboundLiveActivities({ sql, outboundFile, handOverMs }),
    ...createGovernorActivities({
      sql: governorSql,
      client,
      readPressure,
      window: config.TAIN_BACKGROUND_WINDOW ?? null,
      readDueTimes: () => readDueTimes(governorSql),
      training: createTrainingHold(client),
    }),
  },
});

await runWorker('realtime', worker, log, { connection, client, pools: [sql, governorSql] });
