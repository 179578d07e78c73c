/** Runs on the test cluster, on a node that runs their programs; nothing of them is left behind. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import {
  createKubernetesExecutor,
  type KubernetesExecutorOptions,
} from '../../platform/executors/kubernetes-executor.ts';
import { instanceOf, INSTANCE_LABEL, type ClusterTemplate } from '../../platform/executors/job-manifest.ts';
import { NODES_OF, useCluster, type TestCluster } from './cluster.ts';
import { RUNS_PROGRAM, startProgramNode, type ProgramNode } from './program-node.ts';
import { environmentIn, useRunsOf } from './runs.ts';

/** GPUs of the node. */
const GPUS = 8;

/** @param options `template`: what is different for the next run */
export function useClusterRuns(
  options: Partial<Pick<KubernetesExecutorOptions, 'startMs'>> & {
    readonly template?: () => Partial<ClusterTemplate>;
  } = {},
) {
  // Hooks run in their order: runs are removed while their cluster and their node are there.
  const runs = useRunsOf((dir) =>
    createKubernetesExecutor({
      kubeConfig: cluster.kubeConfig,
      directory: path.join(dir, 'runs'),
      template: { ...templateIn(cluster, dir), ...options.template?.() },
      ...(options.startMs !== undefined && { startMs: options.startMs }),
    }),
  );
  const cluster = useCluster();
  let node: ProgramNode;
  beforeEach(async () => {
    node = await startProgramNode(cluster, GPUS);
  });
  afterEach(() => node.stop());
  return {
    cluster,
    ...runs,
    /** What all of them have in common. */
    template: () => templateIn(cluster, runs.at()),
    /** Objects and files that are there of a run, but for its claim. */
    async leftOf(name: string): Promise<string[]> {
      const { namespace, batch, core } = cluster;
      const labelSelector = `${INSTANCE_LABEL}=${instanceOf(runs.at('runs'))}`;
      const found = [
        ...(await batch.listNamespacedJob({ namespace, labelSelector })).items,
        ...(await core.listNamespacedPod({ namespace, labelSelector })).items,
      ];
      const files = readdirSync(runs.at('runs', name)).filter((file) => file !== 'runner.json');
      return [...found.map(({ metadata }) => metadata!.name!), ...files];
    },
  };
}

/** A template whose pods run in the namespace of the test, as programs, with all of a folder. */
export function templateIn({ namespace }: TestCluster, dir: string): ClusterTemplate {
  return {
    ...{ namespace, image: 'registry.test/train:1', gpuResource: 'nvidia.com/gpu', graceSeconds: 30 },
    ...{ user: 1000, group: 1000, environment: environmentIn(dir) },
    volumes: [{ path: dir, use: 'training', source: { nfs: { server: 'files.test', path: '/training' } } }],
    nodeSelector: { [NODES_OF]: namespace },
    ...{ tolerations: [], imagePullSecrets: [], annotations: { [RUNS_PROGRAM]: 'yes' } },
  };
}
