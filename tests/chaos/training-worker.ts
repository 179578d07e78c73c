/** The gpu role as a process of its own, on a machine that is said to be idle, with the settings that it is handed. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseConfig } from '../../platform/config.ts';
import { createLogger } from '../../platform/log.ts';
import { hintPlanner } from '../../platform/gpu-hints.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { connectTemporalNative } from '../../platform/temporal-native.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { openWorkflowBundle } from '../../platform/workflow-bundle.ts';
import { createGpuWorkers } from '../../workers/gpu-workers.ts';
import { installLogger, runWorker } from '../../workers/run.ts';
import { idleMonitor, PLACES, testExecutor } from '../support/training-parts.ts';

export type TrainingWorkerRequest = {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly stateDir: string;
};

const request = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as TrainingWorkerRequest;
const { databaseUrl, temporalAddress, stateDir } = request;
const config = { ...parseConfig({}), TEMPORAL_ADDRESS: temporalAddress };
const log = createLogger(config, 'gpu');
installLogger(log);
const sql = connectPostgres(databaseUrl, 'tain gpu');
const client = await connectTemporal(config);
const connection = await connectTemporalNative(config);
const workers = await createGpuWorkers({
  alert: null,
  ...{ sql, client, connection, stateDir, namespace: config.TEMPORAL_NAMESPACE },
  bundle: await openWorkflowBundle(stateDir),
  ...{ executor: testExecutor(stateDir), places: PLACES, image: null, monitor: idleMonitor(stateDir) },
  roots: [path.join(stateDir, 'training')],
});
await hintPlanner(client);
await runWorker('gpu', workers, log, { connection, client, pools: [sql] });
