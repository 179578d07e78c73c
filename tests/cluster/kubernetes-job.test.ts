import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { jobManifest, jobNameOf } from '../../platform/executors/job-manifest.ts';
import {
  addNamespace,
  addPod,
  addPriorityClass,
  podGone,
  programOf,
  uniqueName,
} from '../support/cluster.ts';
import { useClusterRuns } from '../support/cluster-runs.ts';
import { describeLifecycle } from '../support/executor-lifecycle.ts';
import { eventually, exitOf } from '../support/runs.ts';
import { until } from '../support/until.ts';

let priorityClass: string | undefined;
const { cluster, ...runs } = useClusterRuns({
  startMs: 5000,
  template: () => (priorityClass === undefined ? {} : { priorityClass }),
});

const FOREVER = 'while :; do sleep 0.1; done';
const jobOf = (name: string): string => jobNameOf(name, runs.at('runs'));
const gpus = (count: number): string[] => Array.from({ length: count }, (_, at) => `GPU-${at}`);

const podOf = async (name: string) => {
  const labelSelector = `tain.dev/run=${jobOf(name)}`;
  const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace, labelSelector });
  return items[0];
};

/** Starts a script that never ends by itself, and waits until it can be told to. */
async function startForever(name: string, atEnd = 'exit 143', devices: readonly string[] = []) {
  const ready = runs.work(`${name}-ready`);
  await runs
    .executor()
    .start(runs.script(name, `trap "${atEnd}" TERM; touch ${ready}; ${FOREVER}`, { devices }));
  await eventually(() => existsSync(ready));
}

describeLifecycle('as a Job of a cluster', runs, runs.leftOf);

describe('the Job of a run', () => {
  it('is not mistaken for one of the same name that somebody else made, which is left alone', async () => {
    const { batch, namespace } = cluster;
    const launch = runs.script('taken', 'exit 0');
    const labels = { 'tain.dev/instance': 'somebody-else' };
    const { spec } = jobManifest(launch, runs.at('runs'), runs.template());
    const template = { metadata: { labels }, spec: spec!.template.spec! };
    const metadata = { name: jobOf('taken'), labels };
    await batch.createNamespacedJob({ namespace, body: { metadata, spec: { template } } });

    await expect(runs.executor().start(launch)).rejects.toMatchObject({
      code: 'job.object-taken',
      params: { kind: 'Job', object: jobOf('taken'), namespace },
    });
    await runs.executor().kill('taken', 'cancelled');
    await runs.executor().remove('taken');
    const left = await batch.readNamespacedJob({ namespace, name: jobOf('taken') });
    expect(left.spec!.suspend).toBe(false);
    expect(left.metadata!.annotations ?? {}).not.toHaveProperty('tain.dev/asked');
    expect(left.metadata!.deletionTimestamp).toBeUndefined();
  });

  it('that no node has room for waits, and says so in the words of the scheduler', async () => {
    const executor = runs.executor();
    const starting = executor.start(runs.script('large', 'exit 0', { devices: gpus(9) }));

    await expect(starting).rejects.toMatchObject({
      code: 'job.pod-waits',
      params: { rule: 'unschedulable', reason: expect.stringContaining('Insufficient nvidia.com/gpu') },
    });
    expect((await executor.status('large')).state).toBe('starting');
    expect(exitOf(await executor.kill('large', 'cancelled'))).toMatchObject({
      cause: 'cancelled',
      startedAt: null,
    });
  });

  it('that is over the quota of its namespace waits, says so, and starts when there is some again', async () => {
    const { core, namespace } = cluster;
    const name = 'no-gpus';
    await core.createNamespacedResourceQuota({
      namespace,
      body: { metadata: { name }, spec: { hard: { 'requests.nvidia.com/gpu': '1' } } },
    });
    await until(async () => {
      const { status } = await core.readNamespacedResourceQuota({ namespace, name });
      if (status?.hard === undefined) throw new Error('it does not count yet');
    });
    const launch = runs.script('costly', 'exit 0', { devices: gpus(2) });

    await expect(runs.executor().start(launch)).rejects.toMatchObject({
      code: 'job.pod-waits',
      params: { rule: 'quota', reason: expect.stringContaining('exceeded quota: no-gpus') },
    });
    await core.deleteNamespacedResourceQuota({ namespace, name });
    await until(() => runs.executor().start(launch), 50_000);
    expect(await runs.end('costly')).toMatchObject({ cause: 'finished' });
  });

  it.each([
    ['memory that is no whole number', { limits: { memoryBytes: NaN } }, /memoryBytes is NaN/],
    ['no processors', { limits: { cpuMillis: 0 } }, /cpuMillis is 0/],
    ['a MIG instance', { devices: ['MIG-5e1f'] }, /MIG-5e1f is a MIG instance/],
  ])('is refused %s before anything is made of it', async (_, change, words) => {
    await expect(runs.executor().start(runs.script('odd', 'exit 0', change))).rejects.toMatchObject({
      code: 'job.cluster-refused',
      params: { reason: expect.stringMatching(words) },
    });
    const { items } = await cluster.batch.listNamespacedJob({ namespace: cluster.namespace });
    expect(items).toEqual([]);
  });

  it.each([
    ['dies of the notice', 'exit 143', 143],
    ['checkpoints and ends well', 'exit 0', 0],
  ])(
    'whose program %s when a realtime pod needs its GPUs is preempted, not failed',
    async (_, atEnd, code) => {
      priorityClass = await addPriorityClass(cluster, 'gpu-training', 1000);
      const realtime = await addPriorityClass(cluster, 'realtime', 1_000_000);
      await startForever('victim', atEnd, gpus(8));
      const end = runs.end('victim');
      await addPod(cluster, 'realtime', { gpus: 1, priorityClass: realtime });
      priorityClass = undefined;

      expect(await end).toMatchObject({
        ...{ cause: 'preempted', code },
        detail: expect.stringMatching(/^PreemptionByScheduler: /),
      });
      await runs.executor().remove('victim');
      expect(await runs.leftOf('victim')).toEqual([]);
    },
  );

  it('that was preempted while nobody watched is preempted for whoever comes next', async () => {
    priorityClass = await addPriorityClass(cluster, 'gpu-training', 1000);
    const realtime = await addPriorityClass(cluster, 'realtime', 1_000_000);
    await startForever('unseen', 'exit 0', gpus(8));
    await addPod(cluster, 'realtime', { gpus: 1, priorityClass: realtime });
    priorityClass = undefined;
    // All others have let it go.
    await until(async () => {
      const pod = await podOf('unseen');
      expect(pod?.metadata?.finalizers).toEqual(['tain.dev/record']);
    });

    expect(await runs.end('unseen')).toMatchObject({ cause: 'preempted', code: 0 });
  });

  it('is watched on while the API server is killed, and what it wrote meanwhile is there once', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.4; done; exit 4';
    await runs.executor().start(runs.script('restart', script));
    const end = runs.end('restart');
    await eventually(async () => (await runs.executor().tail('restart', 100)).includes('line 2'));
    process.kill((await programOf('kube-apiserver')).pid, 'SIGKILL');

    expect(await end).toMatchObject({ cause: 'failed', code: 4 });
    expect(runs.output('restart')).toBe([1, 2, 3, 4, 5, 6, 7, 8].map((at) => `line ${at}\n`).join(''));
  });

  it('that somebody else deletes ends as killed, with what it wrote', async () => {
    const { batch, namespace } = cluster;
    await startForever('deleted', 'echo told; exit 143');
    const end = runs.end('deleted');
    await batch.deleteNamespacedJob({ namespace, name: jobOf('deleted'), propagationPolicy: 'Background' });

    expect(await end).toMatchObject({ cause: 'killed', code: 143 });
    expect(runs.output('deleted')).toBe('told\n');
    await runs.executor().remove('deleted');
    expect(await runs.leftOf('deleted')).toEqual([]);
  });

  it('whose pod is let go before its end was written down is lost, and settled by killing it', async () => {
    const { core, namespace } = cluster;
    await startForever('let-go');
    const name = (await podOf('let-go'))!.metadata!.name!;
    const body = { metadata: { finalizers: ['batch.kubernetes.io/job-tracking'] } };
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    await core.patchNamespacedPod({ namespace, name, body }, merge);
    await core.deleteNamespacedPod({ namespace, name });
    await podGone(cluster, name);

    expect((await runs.executor().attach('let-go', AbortSignal.timeout(20_000))).state).toBe('lost');
    expect(exitOf(await runs.executor().kill('let-go', 'cancelled'))).toMatchObject({ cause: 'runner-lost' });
  });

  it('has a pod that a namespace with the standard "restricted" takes', async () => {
    const namespace = uniqueName('test-restricted');
    await addNamespace(cluster, namespace, { 'pod-security.kubernetes.io/enforce': 'restricted' });
    const volumes = runs.template().volumes.map((volume) => ({ ...volume, source: { claim: 'training' } }));
    const launch = runs.launchOf('restricted', ['/bin/true']);
    const { spec } = jobManifest(launch, runs.at('runs'), { ...runs.template(), namespace, volumes });
    const body = { metadata: { name: 'restricted' }, spec: spec!.template.spec! };
    const made = await cluster.core.createNamespacedPod({ namespace, body, dryRun: 'All' });

    expect(made.status?.qosClass).toBe('Guaranteed');
  });
});
