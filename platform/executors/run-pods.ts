/**
 * The pods of all runs of an instance, known by one watch as long as somebody waits for a run, so that a thousand runs ask
 * the API server no more than one does.
 */
import { once } from 'node:events';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { ask } from '../kubernetes.ts';
import { followPods } from './follow-pods.ts';
import { readPod, RUN_LABEL, type JobPod } from './job-pod.ts';

export type RunPods = {
  /** The pod of a run as it is known: by the watch while somebody waits, else by asking. Null: there is none. */
  find(run: string): Promise<JobPod | null>;
  /** The pod of a run as the API server has it now. */
  ask(run: string): Promise<JobPod | null>;
  /**
   * Comes back when the pod of a run is another than it was seen, or a while has passed.
   * @throws what ended the watch; the signal's reason
   */
  change(run: string, seen: JobPod | null, signal: AbortSignal): Promise<void>;
  /** Keeps the watch going until the function that it gives is called. */
  watch(): () => void;
};

/** How long `change` waits at most: what a watch has missed is found by looking. */
const LOOK_MS = 5000;

export function createRunPods(kubeConfig: KubeConfig, namespace: string, labelSelector: string): RunPods {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const known = new Map<string, JobPod>();
  let watchers = 0;
  let stopping = new AbortController();
  let failed: Error | null = null;
  let news = new EventTarget();

  async function follow(signal: AbortSignal): Promise<void> {
    try {
      for await (const { type, pod } of followPods(kubeConfig, { namespace, labelSelector, signal })) {
        if (pod.run === '' || signal.aborted) continue;
        if (type === 'seen') known.set(pod.run, pod);
        else if (known.get(pod.run)?.uid === pod.uid) known.delete(pod.run);
        news.dispatchEvent(new Event(pod.run));
      }
    } catch (error) {
      if (signal.aborted) return;
      // Who waits is told, and waits anew with a new watch.
      failed = error as Error;
      stopping.abort();
      known.clear();
    }
  }

  function begin(): void {
    stopping = new AbortController();
    failed = null;
    news = new EventTarget();
    void follow(stopping.signal);
  }

  async function askFor(run: string): Promise<JobPod | null> {
    const options = { namespace, labelSelector: `${labelSelector},${RUN_LABEL}=${run}` };
    const { items } = await ask((more) => core.listNamespacedPod(options, more));
    const pods = items.map(readPod);
    return pods.find((pod) => !pod.isEnding) ?? pods[0] ?? null;
  }

  return {
    ask: askFor,
    find: async (run) => known.get(run) ?? askFor(run),
    async change(run, seen, signal) {
      const now = known.get(run);
      if (now && now.version !== seen?.version) return;
      const end = AbortSignal.any([signal, stopping.signal, AbortSignal.timeout(LOOK_MS)]);
      if (!end.aborted) await once(news, run, { signal: end }).catch(() => undefined);
      signal.throwIfAborted();
      if (failed !== null) throw failed;
    },
    watch() {
      if (watchers === 0 || failed !== null) begin();
      watchers += 1;
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        watchers -= 1;
        if (watchers > 0) return;
        stopping.abort();
        known.clear();
      };
    },
  };
}
