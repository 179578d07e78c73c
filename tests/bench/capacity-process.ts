/**
 * Whoever follows a cluster, as a process of its own, so that its memory is nobody else's: Tain's own follower, which brings the
 * books in line, or informers of the Kubernetes client, which keep whole objects. It is told by a message what to be, and says
 * when it has all, when it has written a change, and, when it is asked, how much memory it takes.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CoreV1Api, KubeConfig, makeInformer, type KubernetesObject } from '@kubernetes/client-node';
import { applyClusterCapacity } from '../../db/cluster-capacity.ts';
import type { RunNeeds } from '../../domain/gpu/cluster-capacity.ts';
import { followCapacity } from '../../platform/cluster-capacity.ts';
import { connectPostgres } from '../../platform/postgres.ts';

export type CapacityRequest =
  | {
      readonly follow: 'tain';
      readonly kubeConfig: string;
      readonly databaseUrl: string;
      readonly needs: RunNeeds;
      readonly settleMs?: number;
    }
  | { readonly follow: 'informer'; readonly kubeConfig: string }
  | { readonly ask: 'memory' };

export type Memory = { readonly heapBytes: number; readonly rssBytes: number };

export type CapacityReport =
  /** Milliseconds since 1970. `listedAt`: all was there, before it was written; `changed`: so many nodes. */
  | { readonly kind: 'written'; readonly listedAt: number; readonly at: number; readonly changed: number }
  | { readonly kind: 'listed'; readonly at: number }
  | ({ readonly kind: 'memory' } & Memory);

const now = (): number => performance.timeOrigin + performance.now();
const say = (report: CapacityReport): void => void process.send!(report);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function memory(): Memory {
  collect();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, rssBytes: rss };
}

function follow(request: Extract<CapacityRequest, { follow: 'tain' }>): void {
  const { needs, databaseUrl, settleMs } = request;
  const sql = connectPostgres(databaseUrl, 'bench');
  const log = { info: () => undefined, error: (what: object) => console.error(what) };
  void followCapacity({
    ...{ kubeConfig: configOf(request.kubeConfig), needs, signal: new AbortController().signal, log },
    ...(settleMs !== undefined && { settleMs }),
    async apply(change) {
      const listedAt = now();
      const { isSettled } = await applyClusterCapacity(sql, change);
      say({ kind: 'written', listedAt, at: now(), changed: change.nodes.length });
      return isSettled;
    },
  });
}

/** As its documentation shows it. */
async function inform(file: string): Promise<void> {
  const kubeConfig = configOf(file);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const informers = [
    makeInformer<KubernetesObject>(kubeConfig, '/api/v1/nodes', () => core.listNode()),
    makeInformer<KubernetesObject>(kubeConfig, '/api/v1/pods', () => core.listPodForAllNamespaces()),
  ];
  for (const informer of informers) await informer.start();
  say({ kind: 'listed', at: now() });
}

function configOf(file: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(file);
  return kubeConfig;
}

process.on('message', (request: CapacityRequest) => {
  if ('ask' in request) say({ kind: 'memory', ...memory() });
  else if (request.follow === 'tain') follow(request);
  else void inform(request.kubeConfig);
});
process.on('disconnect', () => process.exit(0));
say({ kind: 'memory', ...memory() });
