/** The stand-in for Argo's controller says and does what the real one, version 4.1, was measured to. */
import { expect, it } from '@jest/globals';
import { useArgo } from '../support/argo.ts';
import { EXECUTOR_RESOURCES } from '../support/argo-values.ts';
import {
  addGpuQuota,
  addNodes,
  addPriorityClass,
  addPod,
  endPod,
  podGone,
  podIn,
  useCluster,
} from '../support/cluster.ts';

const cluster = useCluster();
const argo = useArgo(cluster);

const isOver = ({ finishedAt }: { readonly finishedAt?: string }): boolean => finishedAt !== undefined;

it('a workflow whose pod ends well is Succeeded', async () => {
  const [host] = await addNodes(cluster, 1, 8);
  const name = await argo.add({ gpus: 2 });

  const running = await argo.waitFor(name, (_, node) => node?.phase === 'Running');
  expect(running.status?.nodes?.[name]?.hostNodeName).toBe(host?.metadata?.name);
  expect(running.metadata.labels).toMatchObject({ 'workflows.argoproj.io/completed': 'false' });

  await endPod(cluster, name);
  const { metadata, status } = await argo.waitFor(name, isOver);
  expect(status).toMatchObject({ phase: 'Succeeded', progress: '1/1' });
  expect(status?.conditions).toContainEqual({ type: 'Completed', status: 'True' });
  expect(status?.nodes?.[name]).toMatchObject({ phase: 'Succeeded', outputs: { exitCode: '0' } });
  expect(metadata.labels).toMatchObject({
    'workflows.argoproj.io/completed': 'true',
    'workflows.argoproj.io/phase': 'Succeeded',
  });
});

it('its pod has Argo’s own containers, and is kept until the status was read', async () => {
  await addNodes(cluster, 1, 8);
  const name = await argo.add();
  const { metadata, spec, status } = await podIn(cluster, name, 'Running');

  expect(spec?.initContainers?.map((one) => one.name)).toEqual(['init']);
  expect(spec?.containers.map((one) => one.name)).toEqual(['wait', 'main']);
  expect(metadata?.finalizers).toEqual(['workflows.argoproj.io/status']);
  for (const { resources } of [spec!.initContainers![0]!, spec!.containers[0]!])
    expect(resources).toEqual(EXECUTOR_RESOURCES);
  expect(status?.qosClass).toBe('Guaranteed');
});

it.each([
  [{ 'exit-code': '3' }, 'main: Error (exit code 3)', '3'],
  [{ 'exit-code': '3', 'exit-message': 'no data' }, 'main: Error (exit code 3): no data', '3'],
  [{ 'exit-code': '137', 'exit-reason': 'OOMKilled' }, 'main: OOMKilled (exit code 137)', '137'],
  [{ 'exit-code': '1', 'pod-message': 'The node was low on memory.' }, 'The node was low on memory.', '1'],
])('a pod that ends with %j fails it: %s', async (does, message, exitCode) => {
  await addNodes(cluster, 1, 8);
  const name = await argo.add({ does: { ...does, 'runs-for': '10ms' } });
  const { status } = await argo.waitFor(name, isOver);

  expect(status).toMatchObject({ phase: 'Failed', message });
  expect(status?.nodes?.[name]).toMatchObject({ message, outputs: { exitCode } });
});

it('a pod past its deadline fails it in the words of the kubelet', async () => {
  await addNodes(cluster, 1, 8);
  const { status } = await argo.waitFor(await argo.add({ deadlineSeconds: 2 }), isOver);

  expect(status).toMatchObject({
    phase: 'Failed',
    message: 'Pod was active on the node longer than the specified deadline',
  });
});

it('an entrypoint without a template fails it, and no pod is made', async () => {
  const name = await argo.add({}, { entrypoint: 'z' });
  const { status } = await argo.waitFor(name, isOver);

  expect(status).toMatchObject({ phase: 'Failed', message: "invalid spec: template name 'z' undefined" });
  expect(status?.nodes).toBeUndefined();
});

it('a class of priority that is not there is an error', async () => {
  const name = await argo.add({ priorityClass: 'nobody-made-it' });
  const { status } = await argo.waitFor(name, isOver);

  expect(status?.phase).toBe('Error');
  expect(status?.message).toMatch(
    /^error in entry template execution: .*no PriorityClass with name nobody-made-it/,
  );
});

it('one that finds no node waits and says why', async () => {
  await addNodes(cluster, 2, 8);
  const name = await argo.add({ gpus: 9 });
  const { status } = await argo.waitFor(name, (_, node) => node?.message !== undefined);

  expect(status?.phase).toBe('Running');
  expect(status?.nodes?.[name]?.message).toMatch(/^Unschedulable: 0\/\d+ nodes are available/);
});

it('one over its quota waits, says so, and runs when there is room', async () => {
  await addNodes(cluster, 1, 8);
  const { core, namespace } = cluster;
  await addGpuQuota(cluster, 'gpus', 1);
  const name = await argo.add({ gpus: 2, does: { 'runs-for': '10ms' } });

  const { status } = await argo.waitFor(name, (_, node) => node?.message !== undefined);
  expect(status?.nodes?.[name]).toMatchObject({ phase: 'Pending' });
  expect(status?.nodes?.[name]?.message).toMatch(/is forbidden: exceeded quota: gpus/);

  await core.deleteNamespacedResourceQuota({ namespace, name: 'gpus' });
  expect((await argo.waitFor(name, isOver)).status?.phase).toBe('Succeeded');
});

it('one that is stopped is Failed while its pod still runs', async () => {
  await addNodes(cluster, 1, 8);
  const name = await argo.add({ does: { 'stops-after': '5s' } });
  await argo.waitFor(name, (_, node) => node?.phase === 'Running');

  await argo.change(name, { shutdown: 'Stop' });
  const { status } = await argo.waitFor(name, isOver);
  expect(status).toMatchObject({ phase: 'Failed', message: "Stopped with strategy 'Stop'" });
  expect(status?.nodes?.[name]?.message).toBe('workflow shutdown with strategy:  Stop');
  const pod = await cluster.core.readNamespacedPod({ namespace: cluster.namespace, name });
  expect(pod.status?.phase).toBe('Running');

  const { status: ended } = await podIn(cluster, name, 'Failed');
  expect(ended?.containerStatuses?.find((one) => one.name === 'main')?.state?.terminated?.exitCode).toBe(143);
});

it('one that is suspended has no pod until it is resumed', async () => {
  await addNodes(cluster, 1, 8);
  const name = await argo.add({ does: { 'runs-for': '10ms' } }, { suspend: true });
  const suspended = await argo.waitFor(name, ({ phase }) => phase === 'Running');
  expect(suspended.status?.nodes).toBeUndefined();

  await argo.change(name, { suspend: null });
  expect((await argo.waitFor(name, isOver)).status?.phase).toBe('Succeeded');
});

it('a preempted pod is told like one that crashed', async () => {
  await addNodes(cluster, 1, 8);
  const training = await addPriorityClass(cluster, 'gpu-training', 1000);
  const realtime = await addPriorityClass(cluster, 'realtime', 1_000_000);
  const name = await argo.add({ gpus: 8, priorityClass: training });
  await argo.waitFor(name, (_, node) => node?.phase === 'Running');

  await podIn(cluster, await addPod(cluster, 'realtime', { gpus: 8, priorityClass: realtime }), 'Running');

  const { status } = await argo.waitFor(name, isOver);
  expect(status).toMatchObject({ phase: 'Failed', message: 'main: Error (exit code 143)' });
  await podGone(cluster, name);
});

it('its pod goes with it', async () => {
  await addNodes(cluster, 1, 8);
  const name = await argo.add();
  await argo.waitFor(name, (_, node) => node?.phase === 'Running');

  await argo.remove(name);
  await podGone(cluster, name);
});
