import { expect, it } from '@jest/globals';
import { VersionApi } from '@kubernetes/client-node';
import {
  addNamespace,
  addNodes,
  addPod,
  aPod,
  endPod,
  podGone,
  podIn,
  uniqueName,
  useCluster,
} from '../support/cluster.ts';
import { watchPods } from '../support/pod-watch.ts';
import { until } from '../support/until.ts';

const cluster = useCluster();

it('is Kubernetes 1.36', async () => {
  const { gitVersion } = await cluster.kubeConfig.makeApiClient(VersionApi).getCode();
  expect(gitVersion).toMatch(/^v1\.36\./);
});

it('makes nodes with GPUs Ready', async () => {
  const nodes = await addNodes(cluster, 2, 8);

  expect(nodes.map(({ status }) => status?.allocatable?.['nvidia.com/gpu'])).toEqual(['8', '8']);
});

it('runs a pod on a node that has its GPUs, and ends it as it was told', async () => {
  const [node] = await addNodes(cluster, 1, 8);
  const name = await addPod(cluster, 'train', { gpus: 4 });

  const running = await podIn(cluster, name, 'Running');
  expect(running.spec?.nodeName).toBe(node?.metadata?.name);
  expect(running.status?.qosClass).toBe('Guaranteed');

  await endPod(cluster, name);
  const { status } = await podIn(cluster, name, 'Succeeded');
  const ended = status?.containerStatuses?.[0]?.state?.terminated;
  expect(ended).toMatchObject({ exitCode: 0, reason: 'Completed' });
  expect(ended!.finishedAt!.getTime() - ended!.startedAt!.getTime()).toBeGreaterThanOrEqual(0);
});

it('fails a pod with the exit code and the words that it was told', async () => {
  await addNodes(cluster, 1, 8);
  const does = {
    'runs-for': '10ms',
    'exit-code': '137',
    'exit-reason': 'OOMKilled',
    'exit-message': 'no "memory" left',
    'pod-reason': 'Evicted',
    'pod-message': 'The node was low on memory.',
  };
  const { status } = await podIn(cluster, await addPod(cluster, 'train', { does }), 'Failed');

  expect(status).toMatchObject({ reason: 'Evicted', message: 'The node was low on memory.' });
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 137,
    reason: 'OOMKilled',
    message: 'no "memory" left',
  });
});

it('says in words why a pod finds no node', async () => {
  await addNodes(cluster, 2, 8);
  const name = await addPod(cluster, 'train', { gpus: 9 });

  await until(async () => {
    const { status } = await cluster.core.readNamespacedPod({ namespace: cluster.namespace, name });
    const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
    expect(scheduled).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    expect(scheduled?.message).toMatch(/2 Insufficient nvidia\.com\/gpu/);
  });
});

it('ends a pod whose deadline has passed', async () => {
  await addNodes(cluster, 1, 8);
  const { status } = await podIn(cluster, await addPod(cluster, 'train', { deadlineSeconds: 1 }), 'Failed');

  expect(status?.reason).toBe('DeadlineExceeded');
});

it('leaves a deleted pod the time of its checkpoint, then removes it', async () => {
  await addNodes(cluster, 1, 8);
  const does = { 'stops-after': '2s', 'stop-exit-code': '0' };
  const name = await addPod(cluster, 'train', { does });
  await podIn(cluster, name, 'Running');
  const watch = await watchPods(cluster.kubeConfig, cluster.namespace);
  try {
    await cluster.core.deleteNamespacedPod({ namespace: cluster.namespace, name });
    await podGone(cluster, name);

    const told = await until(async () => {
      const found = {
        notice: watch.events.find(({ pod }) => pod.metadata?.deletionTimestamp),
        end: watch.events.find(({ pod }) => pod.status?.phase === 'Succeeded'),
        removal: watch.events.find(({ type }) => type === 'DELETED'),
      };
      if (!found.notice || !found.end || !found.removal) throw new Error('the watch has not told all');
      return { notice: found.notice, end: found.end, removal: found.removal };
    });
    // It is told of a delay of 2 s; both messages travel.
    expect(told.end.atMs - told.notice.atMs).toBeGreaterThan(1000);
    expect(told.removal.atMs).toBeGreaterThanOrEqual(told.end.atMs);
    expect(told.end.pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
  } finally {
    watch.stop();
  }
});

it('completes a Job whose pod ends well', async () => {
  await addNodes(cluster, 1, 8);
  const { namespace, batch } = cluster;
  const name = uniqueName('job');
  const { spec, metadata } = aPod(cluster, name, { gpus: 1, does: { 'runs-for': '100ms' } });
  await batch.createNamespacedJob({
    namespace,
    body: {
      metadata: { name },
      spec: { backoffLimit: 0, template: { metadata: { annotations: metadata!.annotations! }, spec: spec! } },
    },
  });

  await until(async () => {
    const { status } = await batch.readNamespacedJob({ namespace, name });
    expect(status).toMatchObject({ succeeded: 1 });
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Complete', status: 'True' }));
  });
});

it('refuses a pod that is not restricted in a namespace that is', async () => {
  const restricted = uniqueName('restricted');
  await addNamespace(cluster, restricted, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const body = aPod({ ...cluster, namespace: restricted }, 'train');

  await expect(cluster.core.createNamespacedPod({ namespace: restricted, body })).rejects.toMatchObject({
    code: 403,
    body: expect.stringContaining('violates PodSecurity'),
  });
});
