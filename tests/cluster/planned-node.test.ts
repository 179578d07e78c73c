/** A run is pinned to the node that it was planned on: what becomes of it when that node leaves the cluster before it starts. */
import { describe, expect, it } from '@jest/globals';
import { addGpuQuota, addNodes } from '../support/cluster.ts';
import { runObjects } from '../support/cluster-run-objects.ts';
import { useClusterRuns, type ClusterExecutor } from '../support/cluster-runs.ts';
import { until } from '../support/until.ts';

const GPUS = 2;

describe.each<[ClusterExecutor]>([['kubernetes-job'], ['argo']])('a run by %s', (kind) => {
  // Whoever waits for room waits longer than any test.
  const { cluster, ...runs } = useClusterRuns(kind, { startMs: 3000, roomMs: 600_000 });
  const objects = runObjects(kind, { cluster, ...runs });

  async function addNode(): Promise<string> {
    const [node] = await addNodes(cluster, 1, GPUS);
    return node!.metadata!.name!;
  }

  const noRoomOn = (node: string) => ({
    code: 'job.no-room',
    params: { rule: 'node-gone', reason: node },
  });

  it('whose node left between plan and start is not waited for', async () => {
    const node = await addNode();
    await cluster.core.deleteNode({ name: node });

    await expect(runs.executor().start(runs.script('late', 'exit 0', { node }))).rejects.toMatchObject(
      noRoomOn(node),
    );
  });

  it('whose node leaves while it waits for room there is waited for no longer', async () => {
    const node = await addNode();
    const devices = Array.from({ length: GPUS + 1 }, (_, at) => `GPU-${at}`);
    const starting = expect(
      runs.executor().start(runs.script('waits', 'exit 0', { node, devices })),
    ).rejects.toMatchObject(noRoomOn(node));
    await until(async () => {
      const pod = await objects.podOf('waits');
      expect(pod?.status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'PodScheduled', reason: 'Unschedulable' }),
      );
    });
    await cluster.core.deleteNode({ name: node });

    await starting;
  });

  it('whose node is gone while a quota keeps its pod from being made is waited for no longer', async () => {
    const { core, namespace } = cluster;
    const name = 'no-gpus';
    await addGpuQuota(cluster, name, 0);
    const node = await addNode();
    await core.deleteNode({ name: node });

    await expect(
      runs.executor().start(runs.script('no-pod', 'exit 0', { node, devices: ['GPU-0'] })),
    ).rejects.toMatchObject(noRoomOn(node));
    expect(await objects.podOf('no-pod')).toBeUndefined();
    await core.deleteNamespacedResourceQuota({ namespace, name });
  });
});
