/**
 * Follows the nodes and pods of a cluster and says what of its capacity has changed. Of 10,000 pods it keeps what they take of
 * which node and nothing else; a change costs the nodes that it is about.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import {
  capacityOf,
  readNode,
  readPod,
  type CapacityChange,
  type ClusterNode,
  type NodeFacts,
  type PodFacts,
  type RunNeeds,
} from '../domain/gpu/cluster-capacity.ts';
import {
  followObjects,
  type FollowedObjects,
  type Known,
  type Versioned,
} from './executors/follow-objects.ts';
import { MAIN_CONTAINER } from './executors/job-pod.ts';
import { instanceOf, INSTANCE_LABEL, type ClusterTemplate } from './executors/run-manifest.ts';
import type { Logger } from './log.ts';

export type FollowCapacityOptions = {
  readonly kubeConfig: KubeConfig;
  readonly needs: RunNeeds;
  /**
   * Brings the books in line.
   * @returns false when something waits for runs to end: it is to be told all of it again in a while
   */
  readonly apply: (change: CapacityChange) => Promise<boolean>;
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, 'error' | 'info'>;
  /** What changes is told at most so often, with all that has come beside it, in ms. */
  readonly settleMs?: number;
  /** All is told again, and listed again, so often, in ms. */
  readonly relistMs?: number;
  /** Until what failed is tried again, and what waits is looked at again, in ms. */
  readonly retryMs?: number;
};

const [SETTLE_MS, RELIST_MS, RETRY_MS] = [1000, 600_000, 10_000];
/** Behind the first change for a while: one change often comes as several. */
const BESIDE_MS = 50;

/** What runs of an instance ask of nodes. @param directory where the folders of its runs are, absolute */
export const needsOf = (
  { namespace, gpuResource, nodeSelector, tolerations }: ClusterTemplate,
  models: RunNeeds['models'],
  directory: string,
): RunNeeds => ({
  ...{ gpuResource, nodeSelector, tolerations, models },
  own: { namespace, label: INSTANCE_LABEL, value: instanceOf(directory), container: MAIN_CONTAINER },
});

/** Follows until the signal is aborted. What goes wrong is logged, and tried again. */
export async function followCapacity(options: FollowCapacityOptions): Promise<void> {
  const { kubeConfig, needs, apply, signal, log } = options;
  const { settleMs = SETTLE_MS, relistMs = RELIST_MS, retryMs = RETRY_MS } = options;
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const nodes = new Map<string, NodeFacts>();
  const podsOn = new Map<string, Map<string, PodFacts>>();
  /** By node, what was told of it last. */
  const told = new Map<string, string>();
  /** By node, what was logged last of instances that it has for nothing. */
  const ignored = new Map<string, string>();
  const listed = new Set<string>();
  const changed = new Set<string>();
  let isAllDue = true;
  let wake = (): void => undefined;

  function noteNode(facts: NodeFacts, isGone: boolean): void {
    // Under its name there may be another one by now.
    if (!isGone) nodes.set(facts.node, facts);
    else if (nodes.get(facts.node)?.uid === facts.uid) nodes.delete(facts.node);
    changed.add(facts.node);
  }

  function notePod(facts: PodFacts, isGone: boolean, before: PodFacts | null): void {
    for (const node of new Set([before?.node ?? null, facts.node])) {
      if (node === null) continue;
      const pods = podsOn.get(node) ?? new Map<string, PodFacts>();
      if (isGone || facts.node !== node) pods.delete(facts.uid);
      else pods.set(facts.uid, facts);
      if (pods.size > 0) podsOn.set(node, pods);
      else podsOn.delete(node);
      changed.add(node);
    }
  }

  async function follow<Raw extends Versioned, Facts extends Known>(
    objects: FollowedObjects<Raw, Facts>,
    note: (facts: Facts, isGone: boolean, before: Facts | null) => void,
  ): Promise<void> {
    const known = new Map<string, Facts>();
    while (!signal.aborted) {
      try {
        for await (const news of followObjects(kubeConfig, objects, { signal, relistMs, known })) {
          if (news.type === 'listed') {
            listed.add(objects.path);
            isAllDue = true;
          } else note(news.facts, news.type === 'gone', news.before);
          wake();
        }
      } catch (error) {
        log.error({ err: error, what: objects.path }, 'gpu.cluster-unseen');
        await pause(retryMs);
      }
    }
  }

  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);

  /** Its cards are good, so that the node is not withheld: nothing else would say it. */
  function noteIgnored(name: string, node: ClusterNode | null): void {
    if (node === null) ignored.delete(name);
    if (!node?.ignored || ignored.get(name) === node.ignored) return;
    ignored.set(name, node.ignored);
    log.info({ node: name, reason: node.ignored }, 'gpu.instances-ignored');
  }

  /** What is to be told, and how it is to be remembered when it was. */
  function take(): { readonly change: CapacityChange; readonly remember: () => void } | null {
    const isAll = isAllDue;
    const names = isAll ? [...nodes.keys()] : [...changed];
    isAllDue = false;
    changed.clear();
    const found = names.map((name) => {
      const facts = nodes.get(name);
      const node = facts ? capacityOf(facts, podsOn.get(name)?.values() ?? []) : null;
      return { name, node, text: node && JSON.stringify(node) };
    });
    for (const { name, node } of found) noteIgnored(name, node);
    const fresh = isAll ? found : found.filter(({ name, text }) => (told.get(name) ?? null) !== text);
    const change: CapacityChange = {
      nodes: fresh.flatMap(({ node }) => node ?? []),
      gone: isAll ? 'others' : fresh.flatMap(({ name, node }) => (node === null ? [name] : [])),
    };
    if (!isAll && fresh.length === 0) return null;
    return {
      change,
      remember() {
        if (isAll) told.clear();
        for (const { name, text } of fresh)
          if (text === null) told.delete(name);
          else told.set(name, text);
      },
    };
  }

  async function tell(): Promise<void> {
    let lookAgainAt = Infinity;
    let toldAt = -Infinity;
    while (!signal.aborted) {
      const isReady = listed.size === 2 && (isAllDue || changed.size > 0);
      const leftMs = lookAgainAt - performance.now();
      if (!isReady && leftMs > 0) {
        const timer = Number.isFinite(leftMs) ? setTimeout(() => wake(), leftMs) : undefined;
        await new Promise<void>((resolve) => (wake = resolve));
        clearTimeout(timer);
        continue;
      }
      if (leftMs <= 0) isAllDue = true;
      await pause(Math.max(Math.min(BESIDE_MS, settleMs), toldAt + settleMs - performance.now()));
      const taken = take();
      if (taken === null || signal.aborted) continue;
      toldAt = performance.now();
      try {
        const isSettled = await apply(taken.change);
        // What waits is of any node: only when all was told is it known that nothing does.
        if (taken.change.gone === 'others') lookAgainAt = Infinity;
        if (!isSettled) lookAgainAt = Math.min(lookAgainAt, performance.now() + retryMs);
        taken.remember();
      } catch (error) {
        log.error({ err: error }, 'gpu.cluster-unwritten');
        isAllDue = true;
        await pause(retryMs);
      }
    }
  }

  signal.addEventListener('abort', () => wake(), { once: true });
  await Promise.all([
    follow(
      {
        path: '/api/v1/nodes',
        list: (page, more) => core.listNode(page, more),
        read: (node) => readNode(node, needs),
      },
      noteNode,
    ),
    follow(
      {
        path: '/api/v1/pods',
        list: (page, more) => core.listPodForAllNamespaces(page, more),
        read: (pod) => readPod(pod, needs),
      },
      notePod,
    ),
    tell(),
  ]);
}
