/** Jobs of a cluster by name: made once, resumed unless they were asked to end, stopped, explained, removed. */
import {
  ApiException,
  BatchV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type ConfigurationOptions,
  type KubeConfig,
  type V1Job,
} from '@kubernetes/client-node';
import { TainError } from '../../contracts/errors.ts';
import { ask } from '../kubernetes.ts';
import { INSTANCE_LABEL, LAUNCH_ANNOTATION } from './job-manifest.ts';
import { POD_FINALIZER, type JobPod } from './job-pod.ts';

/** What a Job says of itself, as far as it matters. */
export type ClusterJob = {
  readonly uid: string;
  readonly isSuspended: boolean;
  /** It makes no pod any more. */
  readonly isOver: boolean;
};

export type PodWait = {
  readonly rule: 'unschedulable' | 'quota' | 'refused' | 'image' | 'slow';
  readonly reason: string;
};

export type ClusterJobs = {
  /**
   * Makes a Job, or finds the one of an earlier call.
   * @returns its uid
   * @throws TainError job.object-taken, job.launch-differs, job.cluster-refused, job.pod-waits, job.cluster-unreachable
   */
  create(name: string, manifest: V1Job): Promise<string>;
  /** Null: there is none of ours. */
  find(job: string): Promise<ClusterJob | null>;
  /** Lets it make its pod, unless `isAsked` says that it is to end. */
  resume(job: string, uid: string, isAsked: () => boolean): Promise<void>;
  /** Has it make no pod any more; what it has of them gets so many seconds. Safe to repeat. */
  stop(job: string, uid: string, pod: JobPod | null, askId: string, seconds: number): Promise<void>;
  /** Why there is no pod, or why it does not run. */
  explain(job: string, pod: JobPod | null): Promise<PodWait>;
  /** Lets a pod go whose end was written down. */
  release(pod: JobPod): Promise<void>;
  /** Removes it with its pod. Another one of its name stays. */
  remove(job: string, uid: string): Promise<void>;
};

const MARK = 'tain.dev/asked';
const QUOTA = 'exceeded quota';

/** @param instance whose objects are ours, as labels have it */
export function createClusterJobs(kubeConfig: KubeConfig, namespace: string, instance: string): ClusterJobs {
  const batch = kubeConfig.makeApiClient(BatchV1Api);
  const core = kubeConfig.makeApiClient(CoreV1Api);

  const find = async (job: string): Promise<V1Job | null> =>
    orNull(ask((options) => batch.readNamespacedJob({ namespace, name: job }, options)));

  const patch = (job: string, body: object): Promise<V1Job> =>
    ask((options) => batch.patchNamespacedJob({ namespace, name: job, body }, merging(options)));

  const uidOf = (found: V1Job): string => found.metadata?.uid ?? '';
  const isOurs = (found: V1Job): boolean => found.metadata?.labels?.[INSTANCE_LABEL] === instance;

  return {
    async create(name, manifest) {
      try {
        return uidOf(
          await ask((options) => batch.createNamespacedJob({ namespace, body: manifest }, options)),
        );
      } catch (error) {
        if (!(error instanceof ApiException)) throw error;
        if (error.code !== 409) throw refusalOf(name, error);
      }
      const object = manifest.metadata!.name!;
      const found = await find(object);
      // Removed in this moment: whoever asks again makes it.
      if (found === null)
        throw new TainError('job.pod-waits', { ...{ name, seconds: 0 }, rule: 'slow', reason: '' });
      if (!isOurs(found))
        throw new TainError('job.object-taken', { ...{ name, object, namespace }, kind: 'Job' });
      const launchOf = ({ metadata }: V1Job) => metadata?.annotations?.[LAUNCH_ANNOTATION];
      if (launchOf(found) !== launchOf(manifest)) throw new TainError('job.launch-differs', { name });
      return uidOf(found);
    },

    async find(job) {
      const found = await find(job);
      if (found === null || !isOurs(found)) return null;
      const isOver = (found.status?.conditions ?? []).some(
        ({ type, status }) => status === 'True' && (type === 'Failed' || type === 'Complete'),
      );
      return { uid: uidOf(found), isSuspended: found.spec?.suspend === true, isOver };
    },

    async resume(job, uid, isAsked) {
      for (;;) {
        const found = await find(job);
        if (found === null || uidOf(found) !== uid || found.spec?.suspend !== true || isAsked()) return;
        // Whoever asked meanwhile has changed it: then this is refused.
        const { resourceVersion } = found.metadata!;
        const isDone = await patch(job, { metadata: { resourceVersion }, spec: { suspend: false } }).then(
          () => true,
          (error: unknown) => {
            if (isAnswer(error, 409)) return false;
            throw error;
          },
        );
        if (isDone) return;
      }
    },

    async stop(job, uid, pod, askId, seconds) {
      // Changed in any case, so that a resume which is on its way is refused; with another uid so is this.
      const metadata = { uid, annotations: { [MARK]: askId } };
      await orNull(patch(job, { metadata, spec: { suspend: true } }), [404, 409]);
      if (pod === null) return;
      const { name } = pod;
      const body = { gracePeriodSeconds: seconds, preconditions: { uid: pod.uid } };
      await orNull(
        ask((options) => core.deleteNamespacedPod({ namespace, name, body }, options)),
        [404, 409],
      );
    },

    async explain(job, pod) {
      if (pod?.unschedulable) return { rule: 'unschedulable', reason: pod.unschedulable };
      if (pod?.waiting)
        return { rule: 'image', reason: `${pod.waiting.reason} ${pod.waiting.message}`.trim() };
      if (pod !== null) return { rule: 'slow', reason: '' };
      const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${job},reason=FailedCreate`;
      const { items } = await ask((options) =>
        core.listNamespacedEvent({ namespace, fieldSelector, limit: 10 }, options),
      );
      const reason = items.at(-1)?.message ?? '';
      if (reason === '') return { rule: 'slow', reason };
      return { rule: reason.includes(QUOTA) ? 'quota' : 'refused', reason };
    },

    async release({ name, uid, isKept }) {
      if (!isKept) return;
      for (;;) {
        const found = await orNull(ask((options) => core.readNamespacedPod({ namespace, name }, options)));
        const finalizers = found?.metadata?.finalizers ?? [];
        if (found?.metadata?.uid !== uid || !finalizers.includes(POD_FINALIZER)) return;
        const { resourceVersion } = found.metadata;
        const rest = finalizers.filter((one) => one !== POD_FINALIZER);
        const body = { metadata: { resourceVersion, finalizers: rest } };
        const isDone = await orNull(
          ask((options) => core.patchNamespacedPod({ namespace, name, body }, merging(options))),
          [404, 409],
        );
        if (isDone !== null) return;
      }
    },

    async remove(job, uid) {
      const body = { propagationPolicy: 'Background', preconditions: { uid } };
      await orNull(
        ask((options) => batch.deleteNamespacedJob({ namespace, name: job, body }, options)),
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

const isAnswer = (error: unknown, ...codes: number[]): boolean =>
  error instanceof ApiException && codes.includes(error.code);

async function orNull<Answer>(answer: Promise<Answer>, codes = [404]): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (isAnswer(error, ...codes)) return null;
    throw error;
  }
}

/** A refusal in the API server's words. A quota may be free again later; credentials may be new in a moment. */
function refusalOf(name: string, error: ApiException<unknown>): TainError {
  const reason = messageOf(error);
  if (error.code === 401)
    return new TainError('job.cluster-unreachable', { attempts: 1, reason }, { cause: error });
  if (reason.includes(QUOTA))
    return new TainError(
      'job.pod-waits',
      { ...{ name, seconds: 0 }, rule: 'quota', reason },
      { cause: error },
    );
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
