import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  AppsV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
  type V1Taint,
} from '@kubernetes/client-node';
import { parseConfig } from '../../platform/config.ts';
import { openExecutor } from '../../platform/executors/open-executor.ts';
import { addNodes, aPod, uniqueName, useCluster } from '../support/cluster.ts';
import { applyAll, render } from '../support/manifests.ts';
import { installMonitoring } from '../support/monitoring-crds.ts';
import { until } from '../support/until.ts';

const cluster = useCluster();
const NAMESPACES = ['tain', 'tain-training'];
let apps: AppsV1Api;

beforeAll(async () => {
  apps = cluster.kubeConfig.makeApiClient(AppsV1Api);
  await installMonitoring(cluster.kubeConfig);
});

/** Three nodes, and one with GPUs that is labelled and tainted as such; then all of an overlay, for real. */
beforeEach(async () => {
  const [gpu] = await addNodes(cluster, 4, 8);
  const taints: V1Taint[] = [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }];
  await cluster.core.patchNode(
    {
      name: gpu!.metadata!.name!,
      body: { metadata: { labels: { 'nvidia.com/gpu.present': 'true' } }, spec: { taints } },
    },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
  expect(await applyAll(cluster, render('onprem'))).toEqual([]);
});

/** Namespaces and classes stay, as they are the same in every overlay; volumes are not. */
afterEach(async () => {
  for (const namespace of NAMESPACES) {
    await apps.deleteCollectionNamespacedDeployment({ namespace });
    await apps.deleteCollectionNamespacedDaemonSet({ namespace });
    await cluster.batch.deleteCollectionNamespacedJob({ namespace, propagationPolicy: 'Background' });
  }
  await until(async () => {
    for (const namespace of NAMESPACES)
      await cluster.core.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 });
    const left = await Promise.all(
      NAMESPACES.map((namespace) => cluster.core.listNamespacedPod({ namespace })),
    );
    expect(left.flatMap(({ items }) => items)).toEqual([]);
  });
  await removeVolumes();
});

/** Nobody in this cluster takes off what protects a volume that is in use; none is any more. */
async function removeVolumes(): Promise<void> {
  const { core } = cluster;
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  const body = { metadata: { finalizers: null } };
  for (const namespace of NAMESPACES)
    for (const { metadata } of (await core.listNamespacedPersistentVolumeClaim({ namespace })).items) {
      const name = metadata!.name!;
      await core.deleteNamespacedPersistentVolumeClaim({ namespace, name });
      await core.patchNamespacedPersistentVolumeClaim({ namespace, name, body }, merge).catch(ifGone);
    }
  for (const { metadata } of (await core.listPersistentVolume()).items) {
    const name = metadata!.name!;
    await core.deletePersistentVolume({ name });
    await core.patchPersistentVolume({ name, body }, merge).catch(ifGone);
  }
  await until(async () => expect((await core.listPersistentVolume()).items).toEqual([]));
}

const ifGone = (error: unknown): void => {
  if ((error as { code?: number }).code !== 404) throw error;
};

const podsOf = async (namespace: string): Promise<V1Pod[]> =>
  (await cluster.core.listNamespacedPod({ namespace })).items;
const component = ({ metadata }: V1Pod): string => metadata!.labels!['app.kubernetes.io/component']!;

it('runs a pod of every role in a restricted namespace, on its nodes, in its class and its QoS', async () => {
  const pods = await until(async () => {
    const found = await podsOf('tain');
    expect(found.map(component).sort()).toEqual(
      ['api', 'api', 'batch', 'gpu', 'on-demand', 'realtime', 'resource-monitor'].sort(),
    );
    for (const { status, metadata } of found)
      expect([
        metadata?.name,
        status?.phase,
        status?.conditions?.find(({ type }) => type === 'PodScheduled'),
      ]).toEqual([metadata?.name, 'Running', expect.objectContaining({ status: 'True' })]);
    return found;
  });

  const of = (name: string): V1Pod => pods.find((pod) => component(pod) === name)!;
  expect(of('realtime').status?.qosClass).toBe('Guaranteed');
  expect(of('api').status?.qosClass).toBe('Guaranteed');
  expect(of('batch').status?.qosClass).toBe('Burstable');
  expect(of('realtime').spec?.priority).toBe(1_000_000);
  expect(of('batch').spec?.priority).toBe(10_000);
  const [gpuNode] = pods
    .filter((pod) => component(pod) === 'resource-monitor')
    .map(({ spec }) => spec?.nodeName);
  for (const pod of pods.filter((one) => component(one) !== 'resource-monitor'))
    expect([component(pod), pod.spec?.nodeName]).not.toEqual([component(pod), gpuNode]);
  const claim = await cluster.core.readNamespacedPersistentVolumeClaim({
    namespace: 'tain',
    name: 'tain-data',
  });
  expect(claim.status?.phase).toBe('Bound');
});

it('refuses what is not restricted, what has no room in its class, and a training program in the class of feeds', async () => {
  const create = async (
    namespace: string,
    priorityClass: string,
    change: (pod: V1Pod) => void = () => undefined,
  ) => {
    const pod = { ...aPod({ ...cluster, namespace }, uniqueName('pod'), { priorityClass }) };
    pod.spec = {
      ...pod.spec!,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    };
    pod.spec.containers[0]!.securityContext = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    };
    change(pod);
    return cluster.core.createNamespacedPod({ namespace, body: pod, dryRun: 'All' }).then(
      () => 'taken',
      (error: unknown) => String((error as { body?: string }).body),
    );
  };

  await until(async () => expect(await create('tain-training', 'tain-gpu-training')).toBe('taken'));
  await until(async () => expect(await create('tain', 'tain-batch')).toBe('taken'));
  expect(await create('tain-training', 'tain-realtime')).toMatch(/exceeded quota: no-foreground/);
  expect(await create('tain', 'tain-gpu-training')).toMatch(/exceeded quota: no-training/);
  const greedy = (pod: V1Pod): void => {
    const resources = { cpu: '8', memory: '16Gi' };
    pod.spec!.containers = [1, 2, 3].map((at) => ({
      ...pod.spec!.containers[0]!,
      name: `main-${at}`,
      resources: { requests: resources, limits: resources },
    }));
  };
  expect(await create('tain', 'tain-batch', greedy)).toMatch(/exceeded quota: batch/);
  const burst = (pod: V1Pod): void => {
    pod.spec!.containers[0]!.resources = {
      requests: { cpu: '1', memory: '1Gi' },
      limits: { cpu: '2', memory: '1Gi' },
    };
  };
  expect(await create('tain-training', 'tain-gpu-training', burst)).toMatch(/cpu max limit to request ratio/);
  const rooted = (pod: V1Pod): void => {
    pod.spec!.securityContext = {};
  };
  for (const namespace of NAMESPACES)
    expect(await create(namespace, 'tain-batch', rooted)).toMatch(/violates PodSecurity|no-foreground/);
  expect(await create('tain-training', 'tain-gpu-training', rooted)).toMatch(/violates PodSecurity/);
});

it('runs training with the file of the overlay and the account of the gpu role, on a node with GPUs', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'tain-admission-'));
  const was = process.env['KUBECONFIG'];
  try {
    const files = render('onprem').find(({ metadata }) => metadata.name.startsWith('tain-files'))!.data!;
    await writeFile(path.join(dir, 'kubernetes.json'), files['kubernetes.json']!);
    const { status } = await cluster.core.createNamespacedServiceAccountToken({
      namespace: 'tain',
      name: 'tain-gpu',
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    const { caData, server } = cluster.kubeConfig.getCurrentCluster()!;
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'gpu' },
      clusters: [{ name: 'gpu', cluster: { server, 'certificate-authority-data': caData } }],
      users: [{ name: 'gpu', user: { token: status!.token } }],
      contexts: [{ name: 'gpu', context: { cluster: 'gpu', user: 'gpu' } }],
    };
    await writeFile(path.join(dir, 'kubeconfig'), JSON.stringify(config));
    process.env['KUBECONFIG'] = path.join(dir, 'kubeconfig');
    const state = path.join(dir, 'state');
    await mkdir(path.join(state, 'gpu', 'runs'), { recursive: true });
    const { executor, places } = await openExecutor({
      ...parseConfig({ TAIN_STATE_DIR: state, TAIN_KUBERNETES_FILE: path.join(dir, 'kubernetes.json') }),
    });
    const name = uniqueName('job');
    await executor.start({
      name,
      command: [places.node, `${places.root}/demo/train/train.ts`],
      config: '/training/jobs/one/config.json',
      workDir: '/training/jobs/one',
      devices: ['GPU-00'],
      limits: {
        cpuMillis: 2000,
        ...{ memoryBytes: 2 ** 30, diskBytes: 2 ** 30, outputBytes: 2 ** 20, reserveBytes: 0 },
      },
    });

    const [pod] = await until(async () => {
      const pods = await podsOf('tain-training');
      expect(pods.map((one) => one.status?.phase)).toEqual(['Running']);
      return pods;
    });
    expect(pod!.spec).toMatchObject({
      priorityClassName: 'tain-gpu-training',
      serviceAccountName: 'training',
    });
    expect(pod!.status?.qosClass).toBe('Guaranteed');
    const node = await cluster.core.readNode({ name: pod!.spec!.nodeName! });
    expect(node.metadata?.labels?.['nvidia.com/gpu.present']).toBe('true');
    await executor.kill(name, 'cancelled');
    await executor.remove(name);
    await until(async () => expect(await podsOf('tain-training')).toEqual([]));
  } finally {
    if (was === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = was;
    await rm(dir, { recursive: true, force: true });
  }
});
