/**
 * Follows the pods of runs through everything that breaks a watch: the API server's restart, versions that are too old,
 * connections that fall silent. What a watch cannot tell is told from a list.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, Watch, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { ask } from '../kubernetes.ts';
import { readPod, type JobPod } from './job-pod.ts';

export type PodNews = {
  /** `gone`: as it was seen last, which after an interruption may be before its end. */
  readonly type: 'seen' | 'gone';
  readonly pod: JobPod;
};

export type FollowOptions = {
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly signal: AbortSignal;
  /** Pause after a watch that broke, in ms; doubled after each further one that told nothing. */
  readonly firstPauseMs?: number;
};

/** What the API server sends, and BROKEN for a watch that neither it nor silence has ended. */
type WatchEvent = { readonly type: string; readonly object: V1Pod };

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;
/** After so many watches in a row that broke and told nothing, lists tell instead of them. */
const LIST_AFTER = 3;

/**
 * First every pod that is there, then every change, until the signal is aborted: then it just ends.
 * @throws TainError job.cluster-unreachable when the API server stays away; ApiException when it refuses to list
 */
export async function* followPods(
  kubeConfig: KubeConfig,
  { namespace, labelSelector, signal, firstPauseMs = FIRST_PAUSE_MS }: FollowOptions,
): AsyncGenerator<PodNews> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const wanted = { namespace, ...(labelSelector && { labelSelector }) };
  const known = new Map<string, JobPod>();
  /** From where the next watch tells; none: a list is needed. */
  let version: string | undefined;
  let broken = 0;
  try {
    for (;;) {
      if (version === undefined) {
        const listed = await ask((options) => core.listNamespacedPod(wanted, options), { signal });
        yield* newsOfList(known, listed.items.map(readPod));
        version = listed.metadata?.resourceVersion;
      }
      for await (const { type, object } of watchOnce(kubeConfig, { ...wanted, version }, signal)) {
        if (type === 'BROKEN') broken += 1;
        // Too old, most often.
        else if (type === 'ERROR') version = undefined;
        else {
          broken = 0;
          version = object.metadata?.resourceVersion ?? version;
          if (type !== 'BOOKMARK')
            yield* newsOf(known, type === 'DELETED' ? 'gone' : 'seen', readPod(object));
        }
      }
      signal.throwIfAborted();
      if (broken >= LIST_AFTER) version = undefined;
      const pauses = broken || (version === undefined ? 1 : 0);
      if (pauses > 0)
        await sleep(Math.min(firstPauseMs * 2 ** (pauses - 1), MAX_PAUSE_MS), undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function* newsOfList(known: Map<string, JobPod>, pods: readonly JobPod[]): Generator<PodNews> {
  const uids = new Set(pods.map(({ uid }) => uid));
  for (const pod of known.values()) if (!uids.has(pod.uid)) yield* newsOf(known, 'gone', pod);
  for (const pod of pods) yield* newsOf(known, 'seen', pod);
}

function* newsOf(known: Map<string, JobPod>, type: PodNews['type'], pod: JobPod): Generator<PodNews> {
  if (type === 'gone') known.delete(pod.uid);
  else if (known.get(pod.uid)?.version === pod.version) return;
  else known.set(pod.uid, pod);
  yield { type, pod };
}

/** One watch, to its end, whatever ends it. What comes while nobody waits is kept. */
async function* watchOnce(
  kubeConfig: KubeConfig,
  {
    namespace,
    labelSelector,
    version,
  }: { namespace: string; labelSelector?: string; version: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const waiting: WatchEvent[] = [];
  let isOver = false;
  let wake = (): void => undefined;
  const query = { labelSelector, resourceVersion: version, allowWatchBookmarks: true };
  const request = await new Watch(kubeConfig).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    query,
    // Nothing may be done in here: what it throws is swallowed.
    (type, object: V1Pod) => {
      waiting.push({ type, object });
      wake();
    },
    (error: { readonly name: string } | null) => {
      // Nothing happened for half a minute.
      const isSilence = error?.name === 'TimeoutError';
      if (error && !isSilence && !signal.aborted) waiting.push({ type: 'BROKEN', object: {} });
      isOver = true;
      wake();
    },
  );
  const abort = (): void => request.abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    while (waiting.length > 0 || !isOver) {
      const event = waiting.shift();
      if (event) yield event;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', abort);
    request.abort();
  }
}
