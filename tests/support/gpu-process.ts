/** The gpu role in a process of its own, on a machine that is said to be idle; killed by tests. */
import path from 'node:path';
import { loadConfig } from '../../platform/config.ts';
import { openExecutor } from '../../platform/executors/open-executor.ts';
import { createLogger } from '../../platform/log.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { connectTemporalNative } from '../../platform/temporal-native.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { createGpuWorkers } from '../../workers/gpu-workers.ts';
import { installLogger, runWorker } from '../../workers/run.ts';
import { provided } from './engines.ts';
import { idleMonitor, PLACES, testExecutor } from './training-parts.ts';

const config = loadConfig(['DATABASE_URL', 'TEMPORAL_ADDRESS']);
const log = createLogger({ ...config, TAIN_LOG_LEVEL: 'error' }, 'gpu');
installLogger(log);
const { TAIN_STATE_DIR: stateDir, TEMPORAL_NAMESPACE: namespace } = config;
const sql = connectPostgres(config.DATABASE_URL, 'test gpu');
const client = await connectTemporal(config);
const connection = await connectTemporalNative(config);
const { executor } =
  config.TAIN_KUBERNETES_FILE === undefined
    ? { executor: testExecutor(stateDir) }
    : await openExecutor(config);
const workers = await createGpuWorkers({
  ...{ sql, client, connection, namespace, stateDir, bundle: provided('TAIN_TEST_WORKFLOW_BUNDLE') },
  ...{ executor, places: PLACES, image: null, monitor: idleMonitor(stateDir) },
  alert: null,
  roots: [path.join(stateDir, 'training')],
});
// Ends with the pipe of whoever started it, so that a failed test leaves nothing behind.
process.stdin.resume().on('close', () => process.exit());
await runWorker('gpu', workers, log, { connection, client, pools: [sql] });
