/** The on-demand role: reports that people ask for, on swap-on-demand, behind realtime and before batch. */
import { Worker } from '@temporalio/worker';
import { createOnDemandReportActivities } from '../activities/on-demand-report.ts';
import { QUEUES } from '../contracts/queues.ts';
import { loadConfig } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { connectPostgres } from '../platform/postgres.ts';
import { openRegisters } from '../platform/registers.ts';
import { openTables } from '../platform/tables.ts';
import { connectTemporalNative } from '../platform/temporal-native.ts';
import { connectTemporal } from '../platform/temporal.ts';
import { openWorkflowBundle } from '../platform/workflow-bundle.ts';
import { installLogger, runWorker, WORKER_OPTIONS } from './run.ts';

/** Reports that are written at once; others wait on their queue. */
const REPORTS_AT_ONCE = 4;

const config = loadConfig(['DATABASE_URL', 'TEMPORAL_ADDRESS']);
const log = createLogger(config, 'on-demand');
installLogger(log);
const sql = connectPostgres(config.DATABASE_URL, 'tain on-demand');
const client = await connectTemporal(config);
const connection = await connectTemporalNative(config);

const worker = await Worker.create({
  ...WORKER_OPTIONS,
  connection,
  namespace: config.TEMPORAL_NAMESPACE,
  taskQueue: QUEUES.swapOnDemand,
  // One more than are written: a new report is entered while all others are under way.
  maxConcurrentActivityTaskExecutions: REPORTS_AT_ONCE + 1,
  workflowBundle: { codePath: await openWorkflowBundle(config.TAIN_STATE_DIR) },
  activities: createOnDemandReportActivities({
    sql,
    dataDir: config.TAIN_DATA_DIR,
    tables: await openTables(config.TAIN_TABLE_DIR),
    registers: await openRegisters(config.TAIN_REGISTER_DIR),
    keepDays: config.TAIN_REPORT_KEEP_DAYS,
  }),
});

await runWorker('on-demand', worker, log, { connection, client, pools: [sql] });
