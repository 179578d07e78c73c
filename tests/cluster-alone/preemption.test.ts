import { expect, it } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { addNodes, addPod, addPriorityClass, podGone, podIn, useCluster } from '../support/cluster.ts';
import { watchPods } from '../support/pod-watch.ts';
import { until } from '../support/until.ts';

const cluster = useCluster();

/** What a victim takes to checkpoint and end. */
const CHECKPOINT_MS = 500;

const disruptionOf = (pod: V1Pod) => pod.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');

it.each([1, 2, 3])(
  'GPU nodes are full of training and a realtime pod arrives: it runs once one victim is down (%i of 3)',
  async (repetition) => {
    await addNodes(cluster, 3, 8);
    const training = await addPriorityClass(cluster, 'gpu-training', 1000);
    const realtime = await addPriorityClass(cluster, 'realtime', 1_000_000);
    const does = { 'stops-after': `${CHECKPOINT_MS}ms` };
    const trainings: string[] = [];
    for (let at = 0; at < 6; at += 1)
      trainings.push(await addPod(cluster, 'train', { gpus: 4, priorityClass: training, does }));
    for (const name of trainings) await podIn(cluster, name, 'Running');

    const watch = await watchPods(cluster.kubeConfig, cluster.namespace);
    try {
      await until(async () => {
        if (watch.events.length < trainings.length) throw new Error('the watch has not begun');
      });
      const arrived = performance.now();
      const name = await addPod(cluster, 'realtime', { gpus: 1, priorityClass: realtime });
      await podIn(cluster, name, 'Running');

      const told = await until(async () => {
        const ofRealtime = watch.events.filter(({ pod }) => pod.metadata?.name === name);
        const running = ofRealtime.find(({ pod }) => pod.status?.phase === 'Running');
        const nominated = ofRealtime.find(({ pod }) => pod.status?.nominatedNodeName);
        const noticed = watch.events.find(({ pod }) => disruptionOf(pod));
        if (!running || !nominated || !noticed) throw new Error('the watch has not told all');
        return { running, nominated, noticed };
      });
      const victim = told.noticed.pod.metadata!.name!;

      expect(disruptionOf(told.noticed.pod)).toMatchObject({
        status: 'True',
        reason: 'PreemptionByScheduler',
      });
      expect(trainings).toContain(victim);
      expect(told.running.pod.spec?.nodeName).toBe(told.nominated.pod.status?.nominatedNodeName);
      expect(told.running.atMs).toBeGreaterThan(told.noticed.atMs);

      // The notice stays on the victim to its last message: who looks late still sees that it did not fail by itself.
      await podGone(cluster, victim);
      const last = await until(async () => {
        const gone = watch.events.find(
          ({ type, pod }) => type === 'DELETED' && pod.metadata?.name === victim,
        );
        if (!gone) throw new Error('the watch has not told that the victim is gone');
        return gone;
      });
      expect(last.pod.status?.phase).toBe('Failed');
      expect(disruptionOf(last.pod)).toMatchObject({ reason: 'PreemptionByScheduler' });

      // One victim is enough, and nobody else is touched.
      const others = trainings.filter((one) => one !== victim);
      for (const one of others) {
        const { status, metadata } = await podIn(cluster, one, 'Running');
        expect(disruptionOf({ status: status! })).toBeUndefined();
        expect(metadata?.deletionTimestamp).toBeUndefined();
      }

      const since = (event: { atMs: number }): string => `${Math.round(event.atMs - arrived)} ms`;
      process.stderr.write(
        `preemption ${repetition} of 3: nominated after ${since(told.nominated)}, victim noticed after ` +
          `${since(told.noticed)}, realtime runs after ${since(told.running)} (the victim takes ${CHECKPOINT_MS} ms)\n`,
      );
    } finally {
      watch.stop();
    }
  },
);
