/**
 * A stand-in for the controller of Argo Workflows, which is no module that can be built here: it makes pods of the
 * workflows in one namespace and writes their status, as late as the real one. Code under test cannot tell. Workflows
 * of one container alone; no retries, exit handlers, outputs or artifacts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
  type V1Pod,
} from '@kubernetes/client-node';
import { ARGO, MARKS, type ArgoWorkflow } from './argo-objects.ts';
import { isDone, podOf, reconcile, type Refusal } from './argo-reconcile.ts';

export type ArgoStandIn = { stop(): Promise<void> };

const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/**
 * Looks after the workflows of a namespace until it is stopped.
 * @param delayMs from one look to the next. The real one was measured to tell of an end after 200 ms to 10 s.
 */
export function startArgoStandIn(kubeConfig: KubeConfig, namespace: string, delayMs = 200): ArgoStandIn {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const stopping = new AbortController();
  const refusals = new Map<string, Refusal>();

  const release = async ({ metadata }: V1Pod, isDone: boolean): Promise<void> => {
    const finalizers = (metadata?.finalizers ?? []).filter((one) => one !== MARKS.finalizer);
    const labels = isDone ? { labels: { [MARKS.completed]: 'true' } } : {};
    await core
      .patchNamespacedPod(
        { namespace, name: metadata!.name!, body: { metadata: { ...labels, finalizers } } },
        MERGE,
      )
      .catch(unlessGone);
  };

  const create = async (workflow: ArgoWorkflow): Promise<void> => {
    const uid = workflow.metadata.uid!;
    try {
      await core.createNamespacedPod({ namespace, body: podOf(workflow, new Date()) });
      refusals.delete(uid);
    } catch (error) {
      if (!(error instanceof ApiException) || ![403, 404, 409, 422].includes(error.code)) throw error;
      const { message } = JSON.parse(String(error.body)) as { message: string };
      refusals.set(uid, { message, isQuota: message.includes('exceeded quota') });
    }
  };

  const lookAt = async (workflow: ArgoWorkflow, pod: V1Pod | null): Promise<void> => {
    const refusal = refusals.get(workflow.metadata.uid!) ?? null;
    const { status, pod: podTo } = reconcile(workflow, pod, refusal, new Date());
    if (status && JSON.stringify(status) !== JSON.stringify(workflow.status)) {
      const done = isDone({ ...workflow, status });
      const labels = { [MARKS.completed]: `${done}`, [MARKS.phase]: status.phase };
      const { name, resourceVersion } = workflow.metadata;
      const body = { metadata: { resourceVersion, labels }, status };
      await custom.patchNamespacedCustomObject({ ...ARGO, namespace, name: name!, body }, MERGE);
    }
    if (podTo === 'create') await create(workflow);
    if (podTo === 'release' && pod) await release(pod, true);
    if (podTo === 'delete' && pod) {
      await core.deleteNamespacedPod({ namespace, name: pod.metadata!.name! }).catch(unlessGone);
      await release(pod, true);
    }
  };

  const look = async (): Promise<void> => {
    const listed = (await custom.listNamespacedCustomObject({ ...ARGO, namespace })) as {
      items: ArgoWorkflow[];
    };
    const pods = (await core.listNamespacedPod({ namespace, labelSelector: MARKS.workflow })).items;
    for (const workflow of listed.items) {
      const pod = pods.find(({ metadata }) => metadata?.labels?.[MARKS.workflow] === workflow.metadata.name);
      await lookAt(workflow, pod ?? null);
    }
    // Pods of workflows that are gone are let go: the garbage collector removes them.
    const names = new Set(listed.items.map(({ metadata }) => metadata.name));
    for (const pod of pods)
      if (
        !names.has(pod.metadata?.labels?.[MARKS.workflow]) &&
        pod.metadata?.finalizers?.includes(MARKS.finalizer)
      )
        await release(pod, false);
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // A look that fails (a conflict, no API server) is followed by another, as with the real one.
      await look().catch(() => undefined);
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const looping = loop();
  return {
    stop: async () => {
      stopping.abort();
      await looping;
    },
  };
}

const isCode = (error: unknown, code: number): boolean =>
  error instanceof ApiException && error.code === code;

function unlessGone(error: unknown): void {
  if (!isCode(error, 404)) throw error;
}
