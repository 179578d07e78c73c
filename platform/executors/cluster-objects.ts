/** Objects of runs by name: made once, resumed unless they were asked to end, stopped, explained, removed. */
import {
  ApiException,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type ConfigurationOptions,
  type KubeConfig,
  type V1ObjectMeta,
} from '@kubernetes/client-node';
import { TainError } from '../../contracts/errors.ts';
import { ask } from '../kubernetes.ts';
import { POD_FINALIZER, type JobPod } from './job-pod.ts';
import { INSTANCE_LABEL, LAUNCH_ANNOTATION } from './run-manifest.ts';
import type { ObjectState, RunObjectKind } from './run-object.ts';

/** What an object says of itself, as far as it matters. */
type ClusterObject = ObjectState & { readonly uid: string };

export type PodWait = {
  /** The first two: there is no room. */
  readonly rule: 'unschedulable' | 'quota' | 'refused' | 'image' | 'controller' | 'slow';
  readonly reason: string;
};

type Named = {
  readonly metadata?: Pick<V1ObjectMeta, 'name' | 'uid' | 'labels' | 'annotations' | 'resourceVersion'>;
};

const MARK = 'tain.dev/asked';
const QUOTA = 'exceeded quota';

/** @param instance whose objects are ours, as labels have it */
export function createClusterObjects<Body extends Named>(
  kubeConfig: KubeConfig,
  namespace: string,
  instance: string,
  type: RunObjectKind<Body>,
) {
  const calls = type.connect(kubeConfig, namespace);
  const core = kubeConfig.makeApiClient(CoreV1Api);

  const read = (object: string): Promise<Body | null> =>
    orNull(ask((options) => calls.read(object, options)));
  const patch = (object: string, body: object): Promise<unknown> =>
    ask((options) => calls.patch(object, body, merging(options)));

  const uidOf = ({ metadata }: Named): string => metadata?.uid ?? '';
  const isOurs = ({ metadata }: Named): boolean => metadata?.labels?.[INSTANCE_LABEL] === instance;

  async function listEvents(fieldSelector: string): Promise<string[]> {
    const query = { namespace, fieldSelector, limit: 10 };
    const { items } = await ask((options) => core.listNamespacedEvent(query, options));
    return items.map(({ message }) => message ?? '');
  }

  async function endPod({ name, uid }: JobPod, gracePeriodSeconds: number): Promise<void> {
    const body = { gracePeriodSeconds, preconditions: { uid } };
    await orNull(
      ask((options) => core.deleteNamespacedPod({ namespace, name, body }, options)),
      [404, 409],
    );
  }

  /** Changes the finalizers of a pod, if it is still the one; what `change` leaves alone stays. */
  async function changeFinalizers(
    { name, uid }: JobPod,
    change: (finalizers: readonly string[]) => readonly string[],
  ): Promise<void> {
    for (;;) {
      const found = await orNull(ask((options) => core.readNamespacedPod({ namespace, name }, options)));
      if (found?.metadata?.uid !== uid) return;
      const { resourceVersion, finalizers: before = [], deletionTimestamp } = found.metadata;
      const finalizers = change(before);
      const isLate = deletionTimestamp !== undefined && finalizers.length > before.length;
      if (isLate || finalizers.length === before.length) return;
      const body = { metadata: { resourceVersion, finalizers } };
      const isDone = await orNull(
        ask((options) => core.patchNamespacedPod({ namespace, name, body }, merging(options))),
        // Somebody has changed it, or told it to end: it is looked at again.
        [404, 409, 422],
      );
      if (isDone !== null) return;
    }
  }

  return {
    /**
     * Makes an object, or finds the one of an earlier call.
     * @param name of the run, for people
     * @returns its uid
     * @throws TainError job.object-taken, job.launch-differs, job.cluster-refused, job.no-room, job.pod-waits,
     * job.cluster-unreachable
     */
    async create(name: string, manifest: Body): Promise<string> {
      try {
        return uidOf(await ask((options) => calls.create(manifest, options)));
      } catch (error) {
        if (!(error instanceof ApiException)) throw error;
        if (error.code !== 409) throw refusalOf(name, error);
      }
      const object = manifest.metadata!.name!;
      const found = await read(object);
      // Removed in this moment: whoever asks again makes it.
      if (found === null)
        throw new TainError('job.pod-waits', { ...{ name, seconds: 0 }, rule: 'slow', reason: '' });
      if (!isOurs(found))
        throw new TainError('job.object-taken', { ...{ name, object, namespace }, kind: type.kind });
      const launchOf = ({ metadata }: Named) => metadata?.annotations?.[LAUNCH_ANNOTATION];
      if (launchOf(found) !== launchOf(manifest)) throw new TainError('job.launch-differs', { name });
      return uidOf(found);
    },

    /** Null: there is none of ours. */
    async find(object: string): Promise<ClusterObject | null> {
      const found = await read(object);
      return found !== null && isOurs(found) ? { uid: uidOf(found), ...type.read(found) } : null;
    },

    /** Lets it make its pod, unless `isAsked` says that it is to end. */
    async resume(object: string, uid: string, isAsked: () => boolean): Promise<void> {
      for (;;) {
        const found = await read(object);
        if (found === null || uidOf(found) !== uid || !type.read(found).isSuspended || isAsked()) return;
        // Whoever asked meanwhile has changed it: then this is refused.
        const { resourceVersion } = found.metadata!;
        const changed = patch(object, { metadata: { resourceVersion }, spec: type.resumed });
        if ((await orNull(changed, [404, 409])) !== null) return;
      }
    },

    /**
     * Has it make no pod any more; what it has of them gets so many seconds. Safe to repeat.
     * @param findPod as the API server has it
     */
    async stop(
      object: string,
      uid: string,
      findPod: () => Promise<JobPod | null>,
      askId: string,
      seconds: number,
    ): Promise<void> {
      const before = await findPod();
      // Told by us first: a program that its controller tells ends as if by itself.
      if (type.signals && before?.startedAt) await endPod(before, seconds);
      // Changed in any case, so that a resume which is on its way is refused; with another uid so is this.
      const metadata = { uid, annotations: { [MARK]: askId } };
      await orNull(patch(object, { metadata, spec: type.stopped }), [404, 409]);
      const pod = before ?? (await findPod());
      if (pod !== null) await endPod(pod, seconds);
    },

    /** Why there is no pod, or why it does not run. */
    async explain(object: string, pod: JobPod | null): Promise<PodWait> {
      if (pod?.unschedulable) return { rule: 'unschedulable', reason: pod.unschedulable };
      if (pod?.waiting)
        return { rule: 'image', reason: `${pod.waiting.reason} ${pod.waiting.message}`.trim() };
      if (pod !== null) return { rule: 'slow', reason: '' };
      const found = await read(object);
      const reason = found === null ? null : await type.explain(found, listEvents);
      if (reason === null) return { rule: 'slow', reason: '' };
      if (reason === '') return { rule: 'controller', reason };
      return { rule: reason.includes(QUOTA) ? 'quota' : 'refused', reason };
    },

    /**
     * Whether the cluster has no such node any more. Where it cannot be asked, or refuses, nothing says so. Nodes are listed, as
     * whoever follows capacity may do that: to read one by its name would be another right.
     */
    async isNodeGone(node: string): Promise<boolean> {
      const query = { fieldSelector: `metadata.name=${node}`, limit: 1 };
      const found = await ask((options) => core.listNode(query, options), { attempts: 1 }).catch(() => null);
      return found?.items.length === 0;
    },

    /** Whether a pod that is gone was preempted, in the scheduler's words; '' when nothing says so any more. */
    async findPreemption(podUid: string): Promise<string> {
      return (await listEvents(`involvedObject.uid=${podUid},reason=Preempted`)).at(-1) ?? '';
    },

    /** Has a pod stay until its end is written down, if it is not too late for that. */
    keep: (pod: JobPod) =>
      changeFinalizers(pod, (all) => (all.includes(POD_FINALIZER) ? all : [...all, POD_FINALIZER])),

    /** Lets a pod go whose end was written down. */
    async release(pod: JobPod): Promise<void> {
      // A controller that has not seen its end yet might make another one.
      if (type.signals) {
        const found = await read(pod.run);
        if (found !== null && isOurs(found) && !type.read(found).isOver)
          await orNull(patch(pod.run, { metadata: { uid: uidOf(found) }, spec: type.stopped }), [404, 409]);
      }
      if (pod.isKept) await changeFinalizers(pod, (all) => all.filter((one) => one !== POD_FINALIZER));
    },

    /** Removes a pod that has ended, without waiting for a collector of what has no owner. */
    removePod: (pod: JobPod) => endPod(pod, 0),

    /** Removes it, with its pod if that is there still. Another one of its name stays. */
    async remove(object: string, uid: string): Promise<void> {
      const body = { propagationPolicy: 'Background', preconditions: { uid } };
      await orNull(
        ask((options) => calls.remove(object, body, options)),
        [404, 409],
      );
    },
  };
}

/** A merge patch: by default the client sends another kind, which objects are none of. */
const merging = (options: ConfigurationOptions): ConfigurationOptions => {
  const header = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  return { ...options, middleware: [...(header.middleware ?? []), ...(options.middleware ?? [])] };
};

async function orNull<Answer>(answer: Promise<Answer>, codes = [404]): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiException && codes.includes(error.code)) return null;
    throw error;
  }
}

/** A refusal in the API server's words. A quota may be free again later. */
function refusalOf(name: string, error: ApiException<unknown>): TainError {
  const reason = messageOf(error);
  if (reason.includes(QUOTA))
    return new TainError('job.no-room', { ...{ name, seconds: 0 }, rule: 'quota', reason }, { cause: error });
  return new TainError('job.cluster-refused', { name, reason }, { cause: error });
}

function messageOf({ code, body }: ApiException<unknown>): string {
  try {
    const { message } = JSON.parse(String(body)) as { readonly message?: string };
    return `${message ?? ''} (HTTP ${code})`.trim();
  } catch {
    return `HTTP ${code}`;
  }
}
