/** The books of a test kept in line with the nodes of its cluster, as the gpu role keeps them. */
import { afterEach } from '@jest/globals';
import type { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { listNodes } from '../../db/gpu-nodes.ts';
import type { RunNeeds } from '../../domain/gpu/cluster-capacity.ts';
import { openClusterCapacity } from '../../workers/cluster-capacity.ts';
import { NODES_OF, type TestCluster } from './cluster.ts';
import type { TestDatabase } from './database.ts';
import type { TestTemporal } from './temporal.ts';
import { until } from './until.ts';

type Times = NonNullable<Parameters<typeof openClusterCapacity>[2]>;

/** Tests do not wait for what comes beside a change; nobody lists again by himself. */
const TIMES: Times = { settleMs: 20, relistMs: 600_000, retryMs: 200 };

export const GPU = 'nvidia.com/gpu';

export function useClusterCapacity(cluster: TestCluster, database: TestDatabase, temporal: TestTemporal) {
  const open: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of open.splice(0)) await one();
  };
  afterEach(stop);

  /** What runs of this test ask of nodes: those of the test alone are seen. */
  const needs = (instance = 'ours'): RunNeeds => ({
    ...{ gpuResource: GPU, nodeSelector: { [NODES_OF]: cluster.namespace }, models: {} },
    tolerations: [{ key: GPU, operator: 'Exists' }],
    own: { namespace: cluster.namespace, label: 'tain.dev/instance', value: instance, container: 'main' },
  });

  /** As they are shown, cards by their state. */
  const books = async () =>
    (await listNodes(database.sql)).map(({ node, state, reason, devices, ...room }) => ({
      ...{ node, state, reason, cpuMillis: room.cpuMillis, memoryMib: room.memoryMib },
      models: [...new Set(devices.map(({ model }) => model))],
      cards: devices.map((card) => card.state),
    }));

  return {
    ...{ books, stop },
    /** Begins to follow; ends with the test. */
    follow(change: Partial<Times> & { kubeConfig?: KubeConfig; instance?: string } = {}): void {
      const { kubeConfig = cluster.kubeConfig, instance, ...times } = change;
      const parts = {
        ...{ sql: database.sql, client: temporal.client },
        log: pino({ enabled: false }),
      };
      open.push(openClusterCapacity({ kubeConfig, needs: needs(instance) }, parts, { ...TIMES, ...times }));
    },
    /** Waits until `isSo` does not throw of the books. */
    say: (isSo: (found: Awaited<ReturnType<typeof books>>) => void, timeoutMs?: number): Promise<void> =>
      until(async () => isSo(await books()), timeoutMs),
  };
}
