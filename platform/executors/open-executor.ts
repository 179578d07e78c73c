/** What runs training programs here: this machine, or the cluster that TAIN_KUBERNETES_FILE names. */
import path from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { RunNeeds } from '../../domain/gpu/cluster-capacity.ts';
import type { CommandPlaces } from '../../domain/gpu-jobs/templates.ts';
import { needsOf } from '../cluster-capacity.ts';
import { programEnvironment, ROOT_DIR, type Config } from '../config.ts';
import type { RunImage } from '../image-registry/run-image.ts';
import { loadClusterConfig } from '../kubernetes-config.ts';
import { findKubeConfig } from '../kubernetes-credentials.ts';
import { createClusterExecutor } from './cluster-executor.ts';
import type { Executor } from './executor.ts';
import { findCgroupParent } from './job-cgroup.ts';
import { createProcessExecutor } from './process-executor.ts';

export type OpenedExecutor = {
  readonly executor: Executor;
  /** Where Node and Tain are for the programs. */
  readonly places: CommandPlaces;
  /** What they run in, to be asked for at its registry; null: in nothing, or nobody is asked. */
  readonly image: RunImage | null;
  /** The cluster whose nodes they run on, and what they ask of these; null: they run on this machine. */
  readonly cluster: { readonly kubeConfig: KubeConfig; readonly needs: RunNeeds } | null;
};

/**
 * Credentials are found as kubectl finds them: KUBECONFIG, the home folder, or the account of the pod.
 * @throws TainError kubernetes-file.invalid, kubernetes-file.unreadable
 */
export async function openExecutor(
  config: Pick<Config, 'TAIN_STATE_DIR' | 'TAIN_KUBERNETES_FILE'>,
): Promise<OpenedExecutor> {
  const directory = path.join(config.TAIN_STATE_DIR, 'gpu', 'runs');
  if (config.TAIN_KUBERNETES_FILE === undefined) {
    const environment = programEnvironment();
    return {
      executor: createProcessExecutor({ directory, environment, cgroupParent: findCgroupParent() }),
      places: { node: process.execPath, root: ROOT_DIR },
      image: null,
      cluster: null,
    };
  }
  const { executor, template, models, places, image } = await loadClusterConfig(config.TAIN_KUBERNETES_FILE);
  const kubeConfig = findKubeConfig();
  return {
    executor: createClusterExecutor(executor, { kubeConfig, template, directory }),
    ...{ places, image },
    cluster: { kubeConfig, needs: needsOf(template, models, path.resolve(directory)) },
  };
}
