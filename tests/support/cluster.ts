/** A namespace of its own on the test cluster for every test, with the nodes and pods that it asks for. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import {
  ApiException,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  SchedulingV1Api,
  setHeaderOptions,
  type V1Node,
  type V1Pod,
} from '@kubernetes/client-node';
import { readInstance } from '../../platform/embedded/instance.ts';
import type { ProcessIdentity } from '../../platform/embedded/process.ts';
import { kubeconfigOf } from './cluster-files.ts';
import type { ClusterProgram } from './cluster-programs.ts';
import { provided } from './engines.ts';
import { until } from './until.ts';

export type TestCluster = {
  kubeConfig: KubeConfig;
  core: CoreV1Api;
  batch: BatchV1Api;
  scheduling: SchedulingV1Api;
  /** Of this test alone, as is every name that begins with it. */
  namespace: string;
};

export type PodWishes = {
  readonly gpus?: number;
  /** What it asks for beside them. */
  readonly resources?: Readonly<Record<string, string>>;
  readonly priorityClass?: string;
  /** What tests/cluster/kwok.yaml reads, without its prefix: { 'runs-for': '1s' }. */
  readonly does?: Readonly<Record<string, string>>;
  readonly deadlineSeconds?: number;
};

const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** Nodes carry it and pods ask for it, so that no test runs on nodes of another. */
export const NODES_OF = 'tain.test/nodes-of';

/** Clients and, before each test, an empty namespace in which pods may be made. What the test makes is removed after it. */
export function useCluster(): TestCluster {
  const context = {} as TestCluster;

  beforeAll(() => {
    context.kubeConfig = new KubeConfig();
    context.kubeConfig.loadFromFile(kubeconfigOf(provided('TAIN_TEST_CLUSTER')));
    context.core = context.kubeConfig.makeApiClient(CoreV1Api);
    context.batch = context.kubeConfig.makeApiClient(BatchV1Api);
    context.scheduling = context.kubeConfig.makeApiClient(SchedulingV1Api);
  });

  beforeEach(async () => {
    context.namespace = uniqueName('test');
    await addNamespace(context, context.namespace);
  });

  afterEach(async () => {
    const { core, scheduling, namespace } = context;
    const { items } = await core.listNamespace({ labelSelector: `${NODES_OF}=${namespace}` });
    for (const { metadata } of items) {
      await core.deleteCollectionNamespacedPod({ namespace: metadata!.name!, gracePeriodSeconds: 0 });
      // It takes its time: nobody waits for it.
      await core.deleteNamespace({ name: metadata!.name! });
    }
    await core.deleteCollectionNode({ labelSelector: `${NODES_OF}=${namespace}` });
    await scheduling.deleteCollectionPriorityClass({ labelSelector: `${NODES_OF}=${namespace}` });
  });

  return context;
}

/** Never the same twice, in any namespace or run: deleting an object can reach others of its name. */
export const uniqueName = (stem: string): string => `${stem}-${randomBytes(5).toString('hex')}`;

/** A controller manager that has lost its API server again and again pauses for up to half a minute. */
const ACCOUNT_MS = 50_000;

/** Makes a namespace that is removed after the test. Pods are refused until its account is there. */
export async function addNamespace(
  { core, namespace }: TestCluster,
  name: string,
  labels: Record<string, string> = {},
): Promise<void> {
  await core.createNamespace({ body: { metadata: { name, labels: { ...labels, [NODES_OF]: namespace } } } });
  await until(() => core.readNamespacedServiceAccount({ namespace: name, name: 'default' }), ACCOUNT_MS);
}

/**
 * Adds nodes for this test and waits until they are Ready; gives them as they are then.
 * @param labels that they have beside those of the test
 */
export async function addNodes(
  { core, namespace }: TestCluster,
  count: number,
  gpus: number,
  labels: Readonly<Record<string, string>> = {},
): Promise<V1Node[]> {
  const cards = gpus > 0 && { 'nvidia.com/gpu': `${gpus}` };
  const room = { cpu: '64', memory: '512Gi', pods: '110', ...cards };
  const names = Array.from({ length: count }, () => uniqueName(`${namespace}-node`));
  for (const name of names)
    await core.createNode({
      body: {
        metadata: { name, labels: { [NODES_OF]: namespace, 'kubernetes.io/hostname': name, ...labels } },
        status: { capacity: room, allocatable: room },
      },
    });
  return until(async () => {
    const nodes = await Promise.all(names.map((name) => core.readNode({ name })));
    const late = nodes.filter((node) => !isReady(node)).map(({ metadata }) => metadata?.name);
    if (late.length > 0) throw new Error(`not Ready: ${late.join(', ')}`);
    return nodes;
  });
}

const isReady = ({ spec, status }: V1Node): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true &&
  // New nodes are tainted until the controller manager has seen that they are Ready.
  (spec?.taints ?? []).length === 0;

/** Makes a class of priority that is removed after the test; gives its name. */
export async function addPriorityClass(
  { scheduling, namespace }: TestCluster,
  stem: string,
  value: number,
): Promise<string> {
  const name = `${namespace}-${stem}`;
  await scheduling.createPriorityClass({
    body: { metadata: { name, labels: { [NODES_OF]: namespace } }, value },
  });
  return name;
}

/** Lets the namespace of this test have so many GPUs, and waits until that counts. */
export async function addGpuQuota(
  { core, namespace }: TestCluster,
  name: string,
  gpus: number,
): Promise<void> {
  const hard = { 'requests.nvidia.com/gpu': `${gpus}` };
  await core.createNamespacedResourceQuota({ namespace, body: { metadata: { name }, spec: { hard } } });
  await until(async () => {
    const { status } = await core.readNamespacedResourceQuota({ namespace, name });
    if (status?.hard?.['requests.nvidia.com/gpu'] !== `${gpus}`) throw new Error('it does not count yet');
  });
}

/** A pod for the nodes of this test, with one container. Its requests are its limits, as for all that Tain runs. */
export function aPod({ namespace }: TestCluster, name: string, wishes: PodWishes = {}): V1Pod {
  const { gpus = 0, priorityClass, does = {}, deadlineSeconds } = wishes;
  const cards = gpus > 0 && { 'nvidia.com/gpu': `${gpus}` };
  const resources = { cpu: '1', memory: '1Gi', ...cards, ...wishes.resources };
  return {
    metadata: {
      name,
      namespace,
      annotations: Object.fromEntries(
        Object.entries(does).map(([key, value]) => [`tain.test/${key}`, value]),
      ),
    },
    spec: {
      restartPolicy: 'Never',
      nodeSelector: { [NODES_OF]: namespace },
      containers: [{ name: 'main', image: 'train:1', resources: { limits: resources, requests: resources } }],
      ...(priorityClass && { priorityClassName: priorityClass }),
      ...(deadlineSeconds !== undefined && { activeDeadlineSeconds: deadlineSeconds }),
    },
  };
}

/** Makes a pod and gives its name. */
export async function addPod(cluster: TestCluster, stem: string, wishes?: PodWishes): Promise<string> {
  const name = uniqueName(stem);
  await cluster.core.createNamespacedPod({
    namespace: cluster.namespace,
    body: aPod(cluster, name, wishes),
  });
  return name;
}

/** Ends a pod well that runs until it is told to, so that it is seen to run on however slow a machine. */
export async function endPod({ core, namespace }: TestCluster, name: string): Promise<void> {
  const body = { metadata: { annotations: { 'tain.test/runs-for': '10ms' } } };
  await core.patchNamespacedPod({ namespace, name, body }, MERGE);
}

/** Waits until a pod is in a phase; gives it as it is then. */
export async function podIn({ core, namespace }: TestCluster, name: string, phase: string): Promise<V1Pod> {
  return until(async () => {
    const pod = await core.readNamespacedPod({ namespace, name });
    if (pod.status?.phase !== phase) throw new Error(`${name} is ${JSON.stringify(pod.status)}`);
    return pod;
  });
}

/** Waits until there is no such pod. */
export async function podGone({ core, namespace }: TestCluster, name: string): Promise<void> {
  await until(async () => {
    const answer = await core.readNamespacedPod({ namespace, name }).catch((error: unknown) => error);
    if (!(answer instanceof ApiException && answer.code === 404)) throw new Error(`${name} is still there`);
  });
}

/** A program of the cluster as it runs now: who kills it sees another soon. */
export async function programOf(name: ClusterProgram): Promise<ProcessIdentity> {
  const instance = await readInstance(provided('TAIN_TEST_CLUSTER'));
  const found = instance?.processes.find((program) => program.name === name);
  if (!found) throw new Error(`${name} of the test cluster does not run`);
  return found;
}
