import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PatchStrategy, setHeaderOptions, type KubeConfig } from '@kubernetes/client-node';
import { leaveCluster } from '../../db/cluster-capacity.ts';
import { createClusterExecutor } from '../../platform/executors/cluster-executor.ts';
import { instanceOf } from '../../platform/executors/run-manifest.ts';
import { proxyApi } from '../support/api-proxy.ts';
import { useArgoController } from '../support/argo.ts';
import { addNodes, addPod, endPod, podGone, podIn, programOf, useCluster } from '../support/cluster.ts';
import { GPU, useClusterCapacity } from '../support/cluster-capacity.ts';
import { templateIn, type ClusterExecutor } from '../support/cluster-runs.ts';
import { useDatabase } from '../support/database.ts';
import { startProgramNode, type ProgramNode } from '../support/program-node.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTrainingDesk } from '../support/training-course.ts';
import { useTraining } from '../support/training.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
/** What MIG instances are called on a node whose device plugin has the strategy `mixed`. */
const SMALL = 'nvidia.com/mig-1g.10gb';
const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
const ALL = { cpuMillis: 64_000, memoryMib: 524_288 };

describe('capacity of the test cluster', () => {
  const cluster = useCluster();
  const { follow, say } = useClusterCapacity(cluster, database, temporal);
  const stopping: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stopping.splice(0)) await stop();
  });

  const nameOf = async (gpus: number, labels?: Record<string, string>): Promise<string> =>
    (await addNodes(cluster, 1, gpus, labels))[0]!.metadata!.name!;
  const change = (name: string, body: object) => cluster.core.patchNode({ name, body }, MERGE);
  const isOpen =
    (node: string, cards: string[], rest: object = {}) =>
    (found: readonly object[]) =>
      expect(found).toMatchObject([{ node, state: 'open', reason: null, cards, ...rest }]);
  const READY = (count: number): string[] => Array<string>(count).fill('ready');

  async function through(
    ...how: Parameters<typeof proxyApi> extends [unknown, ...infer Rest] ? Rest : never
  ): Promise<KubeConfig> {
    const proxy = await proxyApi(cluster.kubeConfig, ...how);
    stopping.push(proxy.stop);
    return proxy.kubeConfig;
  }

  it('is that of its nodes with cards, which come, are labelled, and go', async () => {
    await addNodes(cluster, 1, 0);
    follow();
    const name = await nameOf(2, { [`${GPU}.product`]: 'NVIDIA-L40S', [`${GPU}.memory`]: '46068' });
    await say(isOpen(name, READY(2), { ...ALL, models: ['NVIDIA-L40S'] }));

    await change(name, { metadata: { labels: { [`${GPU}.product`]: 'NVIDIA-L4' } } });
    await say(isOpen(name, READY(2), { models: ['NVIDIA-L4'] }));
    const other = await nameOf(1);
    await say((found) => expect(found.map(({ node }) => node).sort()).toEqual([name, other].sort()));
    await cluster.core.deleteNode({ name });
    await say(isOpen(other, READY(1)));
  });

  it('says of nodes that start nothing why: cordoned, tainted, not Ready; and takes them up again', async () => {
    const name = await nameOf(1);
    follow();
    await say(isOpen(name, READY(1)));

    await change(name, { spec: { unschedulable: true } });
    await say((found) => expect(found).toMatchObject([{ state: 'drained', reason: 'it is cordoned' }]));
    await change(name, {
      spec: { unschedulable: null, taints: [{ key: 'team', value: 'web', effect: 'NoSchedule' }] },
    });
    await say((found) =>
      expect(found).toMatchObject([{ state: 'drained', reason: 'it is tainted team=web:NoSchedule' }]),
    );
    await change(name, { spec: { taints: [{ key: GPU, effect: 'NoSchedule' }] } });
    await say(isOpen(name, READY(1)));
    await change(name, { metadata: { annotations: { 'tain.test/not-ready': 'yes' } } });
    await say((found) =>
      expect(found).toMatchObject([{ state: 'drained', reason: 'it is not Ready (KubeletNotReady)' }]),
    );
    await change(name, { metadata: { annotations: { 'tain.test/not-ready': null } } });
    await say(isOpen(name, READY(1)));
  });

  it('is less what pods of others take, as long as they do, cards from the last on; runs of ours take none', async () => {
    const name = await nameOf(4);
    follow();
    await say(isOpen(name, READY(4)));
    const other = await addPod(cluster, 'other', { gpus: 3 });
    const left = { cpuMillis: ALL.cpuMillis - 1000, memoryMib: ALL.memoryMib - 1024 };
    await say(isOpen(name, ['ready', 'withheld', 'withheld', 'withheld'], left));
    await cluster.core.deleteNamespacedPod({ namespace: cluster.namespace, name: other });
    await podGone(cluster, other);
    await say(isOpen(name, READY(4), ALL));

    const short = await addPod(cluster, 'short', { gpus: 1 });
    await say(isOpen(name, ['ready', 'ready', 'ready', 'withheld']));
    await endPod(cluster, short);
    await podIn(cluster, short, 'Succeeded');
    await say(isOpen(name, READY(4), ALL));
  });

  it('is right after the API server was killed: what happened meanwhile is in it', async () => {
    const [stays, goes] = [await nameOf(2), await nameOf(1)];
    follow();
    await say((found) => expect(found).toHaveLength(2));
    process.kill((await programOf('kube-apiserver')).pid, 'SIGKILL');
    await until(() => cluster.core.deleteNode({ name: goes }));
    await addPod(cluster, 'other', { gpus: 1 });

    await say(isOpen(stays, ['ready', 'withheld']));
  });

  it('is listed again when a watch tells nothing of what happens', async () => {
    const name = await nameOf(2);
    const deaf = await through((url) => {
      if (url.searchParams.get('watch') === 'true')
        url.searchParams.set('fieldSelector', 'metadata.name=nobody');
      return url;
    });
    follow({ kubeConfig: deaf, relistMs: 500 });
    await say(isOpen(name, READY(2)));
    await addPod(cluster, 'other', { gpus: 2 });
    await say(isOpen(name, ['withheld', 'withheld']));
    await change(name, { spec: { unschedulable: true } });
    await say((found) => expect(found).toMatchObject([{ reason: 'it is cordoned' }]));
  });

  it('is read page by page, anew when a page is of a list that is too old, and not before all of it is there', async () => {
    await addNodes(cluster, 5, 2);
    const pods = [await addPod(cluster, 'other', { gpus: 1 }), await addPod(cluster, 'other', { gpus: 1 })];
    for (const pod of pods) await podIn(cluster, pod, 'Running');
    const asked: string[] = [];
    let isExpired = false;
    const paged = await through(
      (url) => {
        if (url.searchParams.has('limit')) url.searchParams.set('limit', '2');
        return url;
      },
      ({ url = '' }) => {
        const isPage = url.includes('continue=');
        if (isPage) asked.push(url);
        if (!isPage || !url.includes('/nodes') || isExpired) return 'ask';
        isExpired = true;
        return { status: 410 };
      },
    );
    follow({ kubeConfig: paged });

    await say((found) => {
      expect(found).toHaveLength(5);
      expect(found.flatMap(({ cards }) => cards).filter((state) => state === 'withheld')).toHaveLength(2);
    });
    expect(isExpired).toBe(true);
    expect(asked.filter((url) => url.includes('/nodes')).length).toBeGreaterThanOrEqual(3);
    const history = await database.sql`
      select from gpu_capacity_event where kind = 'node' and subject like ${`${cluster.namespace}-%`}`;
    expect(history).toHaveLength(5);
  });
});

describe.each<[ClusterExecutor]>([['kubernetes-job'], ['argo']])('a training job by %s', (kind) => {
  const training = useTraining(database, temporal, (stateDir) =>
    createClusterExecutor(kind, {
      kubeConfig: cluster.kubeConfig,
      directory: path.join(stateDir, 'gpu', 'runs'),
      template: templateIn(cluster, stateDir),
    }),
  );
  const cluster = useCluster();
  if (kind === 'argo') useArgoController(cluster);
  const capacity = useClusterCapacity(cluster, database, temporal);
  let nodes: ProgramNode[];
  beforeEach(async () => {
    nodes = [
      await startProgramNode(cluster, 1),
      await startProgramNode(cluster, 2),
      await startProgramNode(cluster, 1, {
        room: { [SMALL]: '7' },
        labels: { [`${GPU}.product`]: 'H100-80GB' },
      }),
    ];
  });
  afterEach(async () => {
    for (const node of nodes) await node.stop();
  });
  // Before the desk drains what is open: nodes of the test before that somebody has drained would stay.
  beforeEach(() => leaveCluster(database.sql));
  const desk = useTrainingDesk(database, temporal, training, async () => '');

  /** As in the gpu role: the books are followed as long as its workers run. */
  const withWorkers = (run: () => Promise<void>): Promise<void> =>
    training.withWorkers(async () => {
      capacity.follow({ instance: instanceOf(training.at('gpu', 'runs')) });
      await capacity.say((found) =>
        expect(found.map(({ state }) => state)).toEqual(['open', 'open', 'open']),
      );
      await run().finally(capacity.stop);
    });

  it('starts on the node that the planner chose, and its own pod takes nothing of what the planner has', async () => {
    await withWorkers(async () => {
      const jobs = [];
      for (let at = 0; at < 4; at += 1) jobs.push(await desk.submit({ steps: 2000, 'pace-ms': 20 }));
      for (const job of jobs) await desk.hasStarted(job);
      const held = await database.sql<{ job: string; node: string }[]>`
        select job_id as job, node from gpu_claims where released_at is null order by job_id`;
      const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace });
      const runsOn = items.map(({ metadata, spec }) => `${metadata!.name!.slice(0, 12)} ${spec!.nodeName}`);

      expect(held).toHaveLength(4);
      expect(runsOn.sort()).toEqual(held.map(({ job, node }) => `${job.slice(0, 12)} ${node}`).sort());
      await capacity.say((found) => {
        expect(found).toHaveLength(3);
        for (const { state, cards, cpuMillis } of found) {
          expect(cards).not.toContain('withheld');
          expect({ state, cpuMillis }).toEqual({ state: 'open', cpuMillis: ALL.cpuMillis });
        }
      });
      for (const job of jobs) await desk.post(`/v1/gpu/jobs/${job}/cancel`, { reason: 'seen enough' });
      for (const job of jobs) await desk.reaches(job, 'cancelled');
    });
  });

  it('waits for cards that other pods use, and starts when they are free', async () => {
    await withWorkers(async () => {
      const others = [];
      for (let at = 0; at < 3; at += 1) others.push(await addPod(cluster, 'other', { gpus: 1 }));
      const last = await addPod(cluster, 'other', { gpus: 1 });
      for (const pod of [...others, last]) await podIn(cluster, pod, 'Running');
      await capacity.say((found) =>
        // The fifth is cut, and its instances are nobody's.
        expect(found.flatMap(({ cards }) => cards).sort()).toEqual([
          'ready',
          ...Array<string>(4).fill('withheld'),
        ]),
      );
      const job = await desk.submit({ steps: 5 });
      const waiting = await desk.reaches(job, 'queued');
      await cluster.core.deleteNamespacedPod({ namespace: cluster.namespace, name: last });
      const done = await desk.reaches(job, 'completed');

      expect(waiting.job.attempt).toBe(0);
      expect(done.job).toMatchObject({ attempt: 1, retries: { infrastructure: 0, userError: 0 } });
    });
  });

  it('on MIG instances asks its node for so many of their profile, and waits for those that other pods use', async () => {
    await withWorkers(async () => {
      const other = await addPod(cluster, 'other', { resources: { [SMALL]: '4' } });
      await podIn(cluster, other, 'Running');
      await until(async () =>
        expect(await database.sql`select from mig_instances where withheld is not null`).toHaveLength(4),
      );
      const wish = (gpus: number) => ({ resources: { memoryMib: 512, gpus, migProfile: '1g.10gb' } });
      const fits = await desk.submit({ steps: 2000, 'pace-ms': 20 }, wish(3));
      const waits = await desk.submit({ steps: 5 }, wish(4));
      await desk.hasStarted(fits);
      const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace });
      const pod = items.find(({ metadata }) => metadata!.name!.startsWith(fits));
      const { resources } = pod!.spec!.containers.find((one) => one.name === 'main')!;

      expect(pod!.spec!.nodeName).toBe(nodes[2]!.name);
      expect(resources!.limits).toMatchObject({ [SMALL]: '3' });
      expect(resources!.limits).not.toHaveProperty([GPU]);
      await desk.reaches(waits, 'queued');
      await cluster.core.deleteNamespacedPod({ namespace: cluster.namespace, name: other });
      const done = await desk.reaches(waits, 'completed');
      expect(done.job).toMatchObject({ attempt: 1, retries: { infrastructure: 0, userError: 0 } });
      await desk.post(`/v1/gpu/jobs/${fits}/cancel`, { reason: 'seen enough' });
      await desk.reaches(fits, 'cancelled');
    });
  });
});
