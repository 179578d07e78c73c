/** Workflows of Argo in the namespace of a test, looked after by the stand-in for Argo's controller. */
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { ARGO, type ArgoNode, type ArgoStatus, type ArgoWorkflow } from './argo-objects.ts';
import { installWorkflows, startArgoStandIn, type ArgoStandIn } from './argo-stand-in.ts';
import { aPod, uniqueName, type PodWishes, type TestCluster } from './cluster.ts';
import { until } from './until.ts';

export type TestArgo = {
  /** Makes a workflow whose pod is as `aPod` would be; gives its name. */
  add(wishes?: PodWishes, spec?: Partial<ArgoWorkflow['spec']>): Promise<string>;
  /** Waits until the status is as `isWanted` wants it. */
  waitFor(
    name: string,
    isWanted: (status: ArgoStatus, node: ArgoNode | undefined) => boolean,
  ): Promise<ArgoWorkflow>;
  /** Changes fields of the specification; null removes one. */
  change(name: string, spec: Partial<ArgoWorkflow['spec']>): Promise<void>;
  remove(name: string): Promise<void>;
};

/** @param delayMs how late the stand-in tells what happened */
export function useArgo(cluster: TestCluster, delayMs?: number): TestArgo {
  let standIn: ArgoStandIn;
  let custom: CustomObjectsApi;

  beforeAll(async () => {
    custom = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
    await installWorkflows(cluster.kubeConfig);
  });
  beforeEach(() => {
    standIn = startArgoStandIn(cluster.kubeConfig, cluster.namespace, delayMs);
  });
  afterEach(() => standIn.stop());

  const named = (name: string) => ({ ...ARGO, namespace: cluster.namespace, name });
  return {
    async add(wishes = {}, spec = {}) {
      const name = uniqueName('train');
      const body = aWorkflow(cluster, name, wishes, spec);
      await custom.createNamespacedCustomObject({ ...ARGO, namespace: cluster.namespace, body });
      return name;
    },
    waitFor: (name, isWanted) =>
      until(async () => {
        const workflow = (await custom.getNamespacedCustomObject(named(name))) as ArgoWorkflow;
        if (!isWanted(workflow.status ?? {}, workflow.status?.nodes?.[name]))
          throw new Error(`${name} is ${JSON.stringify(workflow.status)}`);
        return workflow;
      }),
    async change(name, spec) {
      const header = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      await custom.patchNamespacedCustomObject({ ...named(name), body: { spec } }, header);
    },
    async remove(name) {
      await custom.deleteNamespacedCustomObject(named(name));
    },
  };
}

function aWorkflow(
  cluster: TestCluster,
  name: string,
  wishes: PodWishes,
  changed: Partial<ArgoWorkflow['spec']>,
): ArgoWorkflow {
  const { metadata, spec } = aPod(cluster, name, wishes);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { name, namespace: cluster.namespace },
    spec: {
      entrypoint: 'train',
      templates: [{ name: 'train', container: { ...spec!.containers[0]!, command: ['train'] } }],
      podMetadata: { annotations: metadata!.annotations! },
      ...(spec!.nodeSelector && { nodeSelector: spec!.nodeSelector }),
      ...(wishes.priorityClass && { podPriorityClassName: wishes.priorityClass }),
      ...(wishes.deadlineSeconds !== undefined && { activeDeadlineSeconds: wishes.deadlineSeconds }),
      ...changed,
    },
  };
}
