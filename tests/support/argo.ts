/** Workflows of Argo in the namespace of a test, and who looks after them: a stand-in for Argo's controller, or the real one. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { ARGO, type ArgoNode, type ArgoStatus, type ArgoWorkflow } from './argo-objects.ts';
import { startArgoController } from './argo-controller.ts';
import { startArgoStandIn } from './argo-stand-in.ts';
import { installArgoTypes } from './argo-types.ts';
import { aPod, uniqueName, type PodWishes, type TestCluster } from './cluster.ts';
import { until } from './until.ts';

/** Longer than the real controller takes to begin. */
const START_MS = 60_000;

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

/**
 * Somebody who looks after the workflows of each test: the stand-in for Argo's controller, or the real one that ARGO_CONTROLLER
 * names.
 * @param delayMs how late the stand-in tells what happened
 */
export function useArgoController(cluster: TestCluster, delayMs?: number): void {
  const command = process.env['ARGO_CONTROLLER'];
  let controller: { stop(): Promise<void> } | undefined;

  beforeAll(async () => {
    await installArgoTypes(cluster.kubeConfig, ['Workflow']);
    if (command) controller = await startArgoController(cluster, command);
  }, START_MS);
  afterAll(() => (command ? controller?.stop() : undefined));
  beforeEach(() => {
    if (!command) controller = startArgoStandIn(cluster.kubeConfig, cluster.namespace, delayMs);
  });
  afterEach(() => (command ? undefined : controller?.stop()));
}

/** Workflows of a test with these labels. */
export async function workflowsIn(
  { kubeConfig, namespace }: TestCluster,
  labelSelector: string,
): Promise<ArgoWorkflow[]> {
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const listed = (await custom.listNamespacedCustomObject({ ...ARGO, namespace, labelSelector })) as {
    items: ArgoWorkflow[];
  };
  return listed.items;
}

/** @param delayMs how late the stand-in tells what happened */
export function useArgo(cluster: TestCluster, delayMs?: number): TestArgo {
  useArgoController(cluster, delayMs);
  let custom: CustomObjectsApi;
  beforeAll(() => {
    custom = cluster.kubeConfig.makeApiClient(CustomObjectsApi);
  });

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
