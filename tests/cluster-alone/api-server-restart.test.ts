import { expect, it } from '@jest/globals';
import { isAlive } from '../../platform/embedded/process.ts';
import {
  addNamespace,
  addNodes,
  addPod,
  podIn,
  programOf,
  uniqueName,
  useCluster,
} from '../support/cluster.ts';
import { watchPods } from '../support/pod-watch.ts';
import { until } from '../support/until.ts';

const cluster = useCluster();
/** Every client pauses longer after each of several ends of the server. */
const LIMIT_MS = 180_000;

it(
  'an API server that is killed in the midst of a watch comes back with everything, and the rest goes on',
  async () => {
    const { core, kubeConfig, namespace } = cluster;
    await addNodes(cluster, 1, 8);
    const before = await addPod(cluster, 'before', { gpus: 1 });
    const seen = await podIn(cluster, before, 'Running');
    const watch = await watchPods(kubeConfig, namespace);
    await until(async () => {
      if (watch.events.length === 0) throw new Error('the watch has not begun');
    });

    const killed = await programOf('kube-apiserver');
    process.kill(killed.pid, 'SIGKILL');
    const killedAt = performance.now();

    // The watch is cut and does not begin again by itself; calls find nobody.
    expect(await watch.over).toBeInstanceOf(Error);
    await expect(core.readNamespacedPod({ namespace, name: before })).rejects.not.toHaveProperty('code', 404);
    const cutAfterMs = performance.now() - killedAt;

    const found = await until(() => core.readNamespacedPod({ namespace, name: before }));
    const backAfterMs = performance.now() - killedAt;
    expect(isAlive(killed)).toBe(false);
    expect((await programOf('kube-apiserver')).pid).not.toBe(killed.pid);
    expect(found.metadata?.uid).toBe(seen.metadata?.uid);
    expect(found.status).toEqual(seen.status);

    // A watch from a list tells what happened since, and nothing twice. One from before may be told that it is too old.
    const from = (await core.listNamespacedPod({ namespace })).metadata?.resourceVersion;
    const after = await addPod(cluster, 'after', { gpus: 1, does: { 'runs-for': '100ms' } });
    await podIn(cluster, after, 'Succeeded');
    const resumed = await watchPods(kubeConfig, namespace, from);
    try {
      await until(async () => {
        const told = resumed.events.map(
          ({ type, pod }) => `${type} ${pod.metadata?.name} ${pod.status?.phase}`,
        );
        expect(told).toContain(`ADDED ${after} Pending`);
        expect(told.at(-1)).toBe(`MODIFIED ${after} Succeeded`);
        expect(told.filter((one) => one.includes(before))).toEqual([]);
      });
    } finally {
      resumed.stop();
    }

    // The controller manager works, too: pods are made only where it has made an account.
    await addNamespace(cluster, uniqueName('test'));
    process.stderr.write(
      `API server killed: calls fail after ${Math.round(cutAfterMs)} ms, answers again after ${Math.round(backAfterMs)} ms, ` +
        `scheduler, nodes and controllers work after ${Math.round(performance.now() - killedAt)} ms\n`,
    );
  },
  LIMIT_MS,
);
