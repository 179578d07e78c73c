/** Nodes with cards and pods of others on the test cluster, by the thousand. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiException, CoreV1Api, type KubeConfig } from '@kubernetes/client-node';

export const GPU = 'nvidia.com/gpu';
export const CARDS = 8;
export const NODE_ROOM = { cpuMillis: 128_000, memoryMib: 1_048_576 };
/** What each pod asks for; one in ten asks for a card as well. */
export const POD_ASKS = { cpuMillis: 500, memoryMib: 1024 };
const NAMESPACE = 'bench-others';
const AT_ONCE = 24;
const LOOK_MS = 500;

export type ClusterLoad = { readonly core: CoreV1Api; readonly nodes: readonly string[] };

/** Adds nodes and puts pods on them, evenly, without the scheduler: how it does that is not measured. Waits until all run. */
export async function fillCluster(
  kubeConfig: KubeConfig,
  { nodes: count, pods }: { readonly nodes: number; readonly pods: number },
  say: (line: string) => void,
): Promise<ClusterLoad> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const nodes = Array.from({ length: count }, (_, at) => `bench-${String(at).padStart(5, '0')}`);
  const room = {
    ...{ cpu: `${NODE_ROOM.cpuMillis}m`, memory: `${NODE_ROOM.memoryMib}Mi`, pods: '110', [GPU]: `${CARDS}` },
  };
  await atOnce(nodes, (name) =>
    core.createNode({
      body: {
        metadata: {
          name,
          labels: { [`${GPU}.product`]: 'NVIDIA-H100-80GB-HBM3', [`${GPU}.memory`]: '81559' },
        },
        status: { capacity: room, allocatable: room },
      },
    }),
  );
  say(`${count} nodes are made`);
  await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
  const hasAccount = (): Promise<boolean> =>
    core.readNamespacedServiceAccount({ namespace: NAMESPACE, name: 'default' }).then(
      () => true,
      () => false,
    );
  while (!(await hasAccount())) await sleep(LOOK_MS);
  const names = Array.from({ length: pods }, (_, at) => at);
  await atOnce(names, (at) => {
    const asks = {
      ...{ cpu: `${POD_ASKS.cpuMillis}m`, memory: `${POD_ASKS.memoryMib}Mi` },
      ...(at % 10 === 0 && { [GPU]: '1' }),
    };
    const resources = { requests: asks, limits: asks };
    return core.createNamespacedPod({
      namespace: NAMESPACE,
      body: {
        metadata: { name: `pod-${at}`, labels: { app: `app-${at % 50}` } },
        // The first card of the first pod of each ten, on another node each.
        spec: {
          nodeName: nodes[Math.floor(at / 10) % count]!,
          containers: [{ name: 'main', image: 'web:1', resources }],
        },
      },
    });
  });
  say(`${pods} pods are made`);
  for (;;) {
    const late = await countLate(core);
    if (late.nodes + late.pods === 0) break;
    say(`${late.nodes} nodes are not Ready, ${late.pods} pods do not run`);
    await sleep(4 * LOOK_MS);
  }
  return { core, nodes };
}

async function countLate(core: CoreV1Api): Promise<{ nodes: number; pods: number }> {
  const nodes = (await core.listNode()).items;
  const late = nodes.filter(
    ({ spec, status }) =>
      (spec?.taints ?? []).length > 0 ||
      !status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  const running = await core.listNamespacedPod({
    ...{ namespace: NAMESPACE, fieldSelector: 'status.phase!=Running' },
  });
  return { nodes: late.length, pods: running.items.length };
}

/** Does the same to each, so many at a time; an API server that is overtaxed is asked again. */
async function atOnce<One>(all: readonly One[], call: (one: One) => Promise<unknown>): Promise<void> {
  const left = [...all].reverse();
  const work = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) await again(() => call(one!));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function again(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (error instanceof ApiException && error.code === 409) return;
      if (error instanceof ApiException && error.code !== 429 && error.code < 500) throw error;
      await sleep(LOOK_MS);
    }
  }
}
