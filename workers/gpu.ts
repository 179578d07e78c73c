/** The gpu role: plans training, runs it on this machine or a cluster, and brings it to its end. Runs outlive this worker. */
import { mkdir } from 'node:fs/promises';
import { leaveCluster } from '../db/cluster-capacity.ts';
import { loadConfig, programEnvironment, trainingRoots } from '../platform/config.ts';
import { openExecutor } from '../platform/executors/open-executor.ts';
import { createGpuMonitor } from '../platform/gpu-monitor/monitor.ts';
import { createNvidiaSmi } from '../platform/gpu-monitor/run-nvidia-smi.ts';
import { hintPlanner } from '../platform/gpu-hints.ts';
import { createLogger } from '../platform/log.ts';
import { alertTargetOf } from '../platform/post-alert.ts';
import { connectPostgres } from '../platform/postgres.ts';
import { connectTemporalNative } from '../platform/temporal-native.ts';
import { connectTemporal } from '../platform/temporal.ts';
import { openWorkflowBundle } from '../platform/workflow-bundle.ts';
import { openClusterCapacity } from './cluster-capacity.ts';
import { createGpuWorkers } from './gpu-workers.ts';
import { installLogger, runWorker } from './run.ts';

const config = loadConfig(['DATABASE_URL', 'TEMPORAL_ADDRESS']);
const { TAIN_STATE_DIR: stateDir } = config;
const log = createLogger(config, 'gpu');
installLogger(log);
const sql = connectPostgres(config.DATABASE_URL, 'tain gpu');
const client = await connectTemporal(config);
const connection = await connectTemporalNative(config);
const roots = trainingRoots(config);
for (const root of roots) await mkdir(root, { recursive: true });

const { cluster, ...executing } = await openExecutor(config);
const workers = await createGpuWorkers({
  ...{ sql, client, connection, stateDir, roots, namespace: config.TEMPORAL_NAMESPACE },
  bundle: await openWorkflowBundle(stateDir),
  alert: alertTargetOf(config),
  ...executing,
  monitor: createGpuMonitor({ run: createNvidiaSmi('nvidia-smi', programEnvironment()) }),
});
await hintPlanner(client);
if (cluster === null) await leaveCluster(sql);
const stop = cluster === null ? undefined : openClusterCapacity(cluster, { sql, client, log });

await runWorker('gpu', workers, log, { connection, client, pools: [sql], ...(stop && { stop }) });
