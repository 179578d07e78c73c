/** Runs on the test cluster, on a node that runs their programs; nothing of them is left behind. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import type { KubeConfig } from '@kubernetes/client-node';
import {
  createClusterExecutor,
  type ClusterExecutorOptions,
} from '../../platform/executors/cluster-executor.ts';
import { instanceOf, INSTANCE_LABEL, type ClusterTemplate } from '../../platform/executors/run-manifest.ts';
import { useArgoController, workflowsIn } from './argo.ts';
import { NODES_OF, useCluster, type TestCluster } from './cluster.ts';
import { RUNS_PROGRAM, startProgramNode, type ProgramNode } from './program-node.ts';
import { environmentIn, useRunsOf } from './runs.ts';

/** GPUs of the node. */
const GPUS = 8;

/** What runs are on a cluster. */
export type ClusterExecutor = Parameters<typeof createClusterExecutor>[0];

/** @param options `template`: what is different for the next run */
export function useClusterRuns(
  executor: ClusterExecutor,
  options: Partial<Pick<ClusterExecutorOptions, 'startMs' | 'roomMs'>> & {
    readonly template?: () => Partial<ClusterTemplate>;
    /** How the next call gets to the cluster. */
    readonly connect?: () => KubeConfig;
  } = {},
) {
  const { template = () => ({}), connect = () => cluster.kubeConfig, ...times } = options;
  // Hooks run in their order: runs are removed while their cluster, their node and their controller are there.
  const runs = useRunsOf((dir) =>
    createClusterExecutor(executor, {
      kubeConfig: connect(),
      directory: path.join(dir, 'runs'),
      template: { ...templateIn(cluster, dir), ...template() },
      ...times,
    }),
  );
  const cluster = useCluster();
  if (executor === 'argo') useArgoController(cluster);
  let node: ProgramNode;
  beforeEach(async () => {
    node = await startProgramNode(cluster, GPUS);
  });
  afterEach(() => node.stop());
  return {
    cluster,
    ...runs,
    /** The node that runs the programs. */
    nodeName: () => node.name,
    /** The programs of the node end, and nobody looks after their pods any more. */
    loseNode: () => node.lose(),
    /** What all of them have in common. */
    template: () => templateIn(cluster, runs.at()),
    /** Objects and files that are there of a run, but for its claim. */
    async leftOf(name: string): Promise<string[]> {
      const { namespace, batch, core } = cluster;
      const labelSelector = `${INSTANCE_LABEL}=${instanceOf(runs.at('runs'))}`;
      const found = [
        ...(await batch.listNamespacedJob({ namespace, labelSelector })).items,
        ...(executor === 'argo' ? await workflowsIn(cluster, labelSelector) : []),
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
