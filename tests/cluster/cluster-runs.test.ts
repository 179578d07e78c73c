/** What a cluster does with runs, whatever they are on it: no room, quotas, preemption, other people. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { addGpuQuota, addPod, addPriorityClass, podGone } from '../support/cluster.ts';
import { runObjects } from '../support/cluster-run-objects.ts';
import { useClusterRuns, type ClusterExecutor } from '../support/cluster-runs.ts';
import { eventually, exitOf } from '../support/runs.ts';
import { until } from '../support/until.ts';

const FOREVER = 'while :; do sleep 0.1; done';
const gpus = (count: number): string[] => Array.from({ length: count }, (_, at) => `GPU-${at}`);

describe.each<[ClusterExecutor, string]>([
  ['kubernetes-job', 'Job'],
  ['argo', 'Workflow'],
])('a run by %s', (kind, title) => {
  let priorityClass: string | undefined;
  const { cluster, ...runs } = useClusterRuns(kind, {
    ...{ startMs: 2500, roomMs: 4000 },
    template: () => (priorityClass === undefined ? {} : { priorityClass }),
  });
  const objects = runObjects(kind, { cluster, ...runs });

  /** Starts a script that never ends by itself, and waits until it can be told to. */
  async function startForever(name: string, atEnd = 'exit 143', devices: readonly string[] = []) {
    const ready = runs.work(`${name}-ready`);
    await runs
      .executor()
      .start(runs.script(name, `trap "${atEnd}" TERM; touch ${ready}; ${FOREVER}`, { devices }));
    await eventually(() => existsSync(ready));
  }

  async function arrive(): Promise<void> {
    const realtime = await addPriorityClass(cluster, 'realtime', 1_000_000);
    await addPod(cluster, 'realtime', { gpus: 1, priorityClass: realtime });
  }

  async function startVictim(name: string, atEnd: string): Promise<void> {
    priorityClass = await addPriorityClass(cluster, 'gpu-training', 1000);
    await startForever(name, atEnd, gpus(8)).finally(() => (priorityClass = undefined));
  }

  it('is not mistaken for an object of its name that somebody else made, which is left alone', async () => {
    await objects.take('taken');
    const before = await objects.read('taken');

    await expect(runs.executor().start(runs.script('taken', 'exit 0'))).rejects.toMatchObject({
      code: 'job.object-taken',
      params: { kind: title, object: objects.nameOf('taken'), namespace: cluster.namespace },
    });
    await runs.executor().kill('taken', 'cancelled');
    await runs.executor().remove('taken');
    const left = await objects.read('taken');
    expect(left.spec).toEqual(before.spec);
    expect(left.metadata.annotations ?? {}).not.toHaveProperty('tain.dev/asked');
    expect(left.metadata.deletionTimestamp).toBeUndefined();
  });

  it('that no node has room for waits, and says so in the words of the scheduler', async () => {
    const executor = runs.executor();
    const starting = executor.start(runs.script('large', 'exit 0', { devices: gpus(9) }));

    await expect(starting).rejects.toMatchObject({
      code: 'job.no-room',
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
    await addGpuQuota(cluster, name, 1);
    const launch = runs.script('costly', 'exit 0', { devices: gpus(2) });

    await expect(runs.executor().start(launch)).rejects.toMatchObject({
      code: 'job.no-room',
      params: { rule: 'quota', reason: expect.stringContaining('exceeded quota: no-gpus') },
    });
    await core.deleteNamespacedResourceQuota({ namespace, name });
    await until(() => runs.executor().start(launch), 50_000);
    expect(await runs.end('costly')).toMatchObject({ cause: 'finished' });
  });

  it.each([
    ['memory that is no whole number', { limits: { memoryBytes: NaN } }, /memoryBytes is NaN/],
    ['no processors', { limits: { cpuMillis: 0 } }, /cpuMillis is 0/],
  ])('is refused %s before anything is made of it', async (_, change, words) => {
    await expect(runs.executor().start(runs.script('odd', 'exit 0', change))).rejects.toMatchObject({
      code: 'job.cluster-refused',
      params: { reason: expect.stringMatching(words) },
    });
    expect(await objects.count()).toBe(0);
  });

  it.each([
    ['dies of the notice', 'exit 143', 143],
    ['checkpoints and ends well', 'exit 0', 0],
  ])(
    'whose program %s when a realtime pod needs its GPUs is preempted, not failed',
    async (_, atEnd, code) => {
      await startVictim('victim', atEnd);
      const end = runs.end('victim');
      await arrive();

      expect(await end).toMatchObject({
        ...{ cause: 'preempted', code },
        detail: expect.stringMatching(/^PreemptionByScheduler: /),
      });
      await runs.executor().remove('victim');
      expect(await runs.leftOf('victim')).toEqual([]);
    },
  );

  it('that was preempted while nobody watched is preempted for whoever comes next', async () => {
    await startVictim('unseen', 'exit 0');
    await arrive();
    // All others have let it go.
    await until(async () => {
      const pod = await objects.podOf('unseen');
      expect(pod?.metadata?.finalizers).toEqual(['tain.dev/record']);
    });

    expect(await runs.end('unseen')).toMatchObject({ cause: 'preempted', code: 0 });
  });

  it('whose pod is gone with all that it said was preempted, by the record of who preempted it', async () => {
    await startVictim('swept', 'exit 143');
    const { name, finalizers } = (await objects.podOf('swept'))!.metadata!;
    const others = finalizers!.filter((one) => one !== 'tain.dev/record');
    await setFinalizers(name!, others);
    await arrive();
    await podGone(cluster, name!);

    expect(others).toHaveLength(1);
    expect(await runs.end('swept')).toMatchObject({ cause: 'preempted' });
  });

  it('that somebody else deletes ends as killed, with what it wrote', async () => {
    await startForever('deleted', 'echo told; exit 143');
    const end = runs.end('deleted');
    await objects.remove('deleted');

    expect(await end).toMatchObject({ cause: 'killed', code: 143 });
    expect(runs.output('deleted')).toBe('told\n');
    await runs.executor().remove('deleted');
    expect(await runs.leftOf('deleted')).toEqual([]);
  });

  it('whose object and pod are gone before its end was written down is lost, and settled by killing it', async () => {
    await startForever('let-go');
    const { name } = (await objects.podOf('let-go'))!.metadata!;
    await setFinalizers(name!, null);
    await objects.remove('let-go');
    await podGone(cluster, name!);

    expect((await runs.executor().attach('let-go', AbortSignal.timeout(20_000))).state).toBe('lost');
    expect(exitOf(await runs.executor().kill('let-go', 'cancelled'))).toMatchObject({ cause: 'runner-lost' });
  });

  async function setFinalizers(name: string, finalizers: readonly string[] | null): Promise<void> {
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    const body = { metadata: { finalizers } };
    await cluster.core.patchNamespacedPod({ namespace: cluster.namespace, name, body }, merge);
  }
});
