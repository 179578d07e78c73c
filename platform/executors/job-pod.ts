/**
 * What a pod of a run says, and how the run ended by that. Whether it was preempted is told by the pod alone, and only
 * while it is there: Argo and Jobs say of it what they say of a crash.
 */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { JobExit } from '../../contracts/job-run.ts';

export type JobPod = {
  readonly uid: string;
  readonly name: string;
  readonly version: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly node: string | null;
  /** It was told to end. */
  readonly isEnding: boolean;
  /** Why the cluster takes it away, if it does. */
  readonly disruption: { readonly reason: string; readonly message: string } | null;
  /** Why it finds no node, in the scheduler's words. */
  readonly unschedulable: string | null;
  /** Of the pod as a whole; '' when there is none. */
  readonly reason: string;
  readonly message: string;
  /** The main container's end. */
  readonly ended: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    /** ISO 8601 */
    readonly startedAt: string | null;
    readonly endedAt: string | null;
  } | null;
};

/** The container that runs the training program. Others stand beside it in a pod of Argo. */
export const MAIN_CONTAINER = 'main';

/** Reads a pod as the client or a watch gives it: the one has instants as dates, the other as text. */
export function readPod({ metadata, spec, status }: V1Pod): JobPod {
  const conditions = status?.conditions ?? [];
  const disruption = conditions.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True');
  const scheduled = conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  const main = status?.containerStatuses?.find(({ name }) => name === MAIN_CONTAINER);
  return {
    uid: metadata?.uid ?? '',
    name: metadata?.name ?? '',
    version: metadata?.resourceVersion ?? '',
    phase: (status?.phase ?? 'Pending') as JobPod['phase'],
    node: spec?.nodeName ?? null,
    isEnding: metadata?.deletionTimestamp !== undefined,
    disruption: disruption ? { reason: disruption.reason ?? '', message: disruption.message ?? '' } : null,
    unschedulable: scheduled?.reason === 'Unschedulable' ? (scheduled.message ?? '') : null,
    reason: status?.reason ?? '',
    message: status?.message ?? '',
    ended: readEnd(main),
  };
}

function readEnd(main: V1ContainerStatus | undefined): JobPod['ended'] {
  const ended = main?.state?.terminated;
  if (!ended) return null;
  const { exitCode, reason = '', message = '', startedAt, finishedAt } = ended;
  const toText = (at: Date | string | undefined): string | null => (at ? new Date(at).toISOString() : null);
  return { code: exitCode, reason, message, startedAt: toText(startedAt), endedAt: toText(finishedAt) };
}

/** How a run ended whose pod has; null while it has not. A run that made way counts as preempted, whatever its exit code. */
export function exitOfPod(pod: JobPod): Pick<JobExit, 'cause' | 'code' | 'detail'> | null {
  const { phase, ended, disruption } = pod;
  if (phase !== 'Succeeded' && phase !== 'Failed') return null;
  const code = ended?.code ?? null;
  if (disruption) return { cause: 'preempted', code, detail: `${disruption.reason}: ${disruption.message}` };
  const detail = pod.message || ended?.message || '';
  if (phase === 'Succeeded') return { cause: 'finished', code, detail };
  if (pod.reason === 'DeadlineExceeded') return { cause: 'walltime', code, detail };
  if (ended?.reason === 'OOMKilled') return { cause: 'memory', code, detail };
  if (pod.reason === 'Evicted' || !ended) return { cause: 'killed', code, detail };
  if (ended.reason === 'StartError' || ended.reason === 'ContainerCannotRun')
    return { cause: 'not-started', code, detail };
  return { cause: pod.isEnding ? 'killed' : 'failed', code, detail };
}
