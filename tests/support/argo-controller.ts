/** Argo's own controller beside the test cluster, when there is one: it is no module that can be built here. */
import path from 'node:path';
import { ApiException } from '@kubernetes/client-node';
import { claimInstance } from '../../platform/embedded/instance.ts';
import { exitsWithin, spawnEngine, withStop } from '../../platform/embedded/process.ts';
import { ARGO_KINDS, installArgoTypes } from './argo-types.ts';
import { EXECUTOR_RESOURCES } from './argo-values.ts';
import { argoFolderOf, kubeconfigOf } from './cluster-files.ts';
import type { TestCluster } from './cluster.ts';
import { provided } from './engines.ts';
import { until } from './until.ts';

const NAMESPACE = 'argo';

/** As quick as the stand-in, and without its servers of metrics, whose ports are fixed. */
const ENVIRONMENT = {
  LEADER_ELECTION_DISABLE: 'true',
  DEFAULT_REQUEUE_TIME: '200ms',
  RECENTLY_STARTED_POD_DURATION: '3s',
  ARGO_POD_STATUS_CAPTURE_FINALIZER: 'true',
};
const CONFIGURATION = {
  metricsConfig: { enabled: false },
  telemetryConfig: { enabled: false },
  executor: { resources: EXECUTOR_RESOURCES },
};

/**
 * Starts it for all namespaces.
 * @param command the program workflow-controller
 */
export async function startArgoController(
  { core, kubeConfig }: TestCluster,
  command: string,
): Promise<{ stop(): Promise<void> }> {
  await installArgoTypes(kubeConfig, ARGO_KINDS);
  await core.createNamespace({ body: { metadata: { name: NAMESPACE } } }).catch(unlessThere);
  await core
    .createNamespacedConfigMap({
      namespace: NAMESPACE,
      body: {
        metadata: { name: 'workflow-controller-configmap' },
        data: { config: JSON.stringify(CONFIGURATION) },
      },
    })
    .catch(unlessThere);
  const dir = provided('TAIN_TEST_CLUSTER');
  // Noted in a folder of its own: the cluster's is the run's, and this process only one of it.
  const instance = await claimInstance(argoFolderOf(dir));
  const controller = spawnEngine({
    name: 'workflow-controller',
    command,
    args: [
      ...['--kubeconfig', kubeconfigOf(dir), '-n', NAMESPACE, '--qps', '200', '--burst', '400'],
      ...['--executor-image', 'quay.io/argoproj/argoexec:v4.1.2'],
    ],
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, TZ: 'UTC', ...ENVIRONMENT },
    log: path.join(dir, 'workflow-controller.log'),
    cwd: dir,
  });
  instance.record({ ...withStop(controller, 'SIGKILL', 0), kind: 'engine' });
  process.stderr.write(`The workflows of these tests are looked after by ${command}.\n`);
  const stop = async (): Promise<void> => {
    await controller.stop('SIGTERM', 2000);
    instance.release();
  };
  await until(async () => {
    if (await exitsWithin(controller.exited, 0))
      throw new Error(`it ended: ${controller.lastLogLines(5).join('\n')}`);
    if (!controller.lastLogLines(500).some((line) => line.includes('Starting Workflow Controller')))
      throw new Error(`it does not work yet: ${controller.lastLogLines(3).join('\n')}`);
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { stop };
}

function unlessThere(error: unknown): void {
  if (!(error instanceof ApiException && error.code === 409)) throw error;
}
