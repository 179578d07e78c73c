/**
 * What a pod of a run says, and how the run ended by that. Whether it was preempted is told by the pod alone, and only
 * while it is there: Argo and Jobs say of it what they say of a crash.
 */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import {
  DEVICE_TAKEN_EXIT_CODE,
  type ExitCause,
  type JobExit,
  type StopCause,
} from '../../contracts/job-run.ts';

export type JobPod = {
  readonly uid: string;
  readonly name: string;
  /** Whose pod it is; '': of no run. */
  readonly run: string;
  readonly version: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly node: string | null;
  /** It was told to end. */
  readonly isEnding: boolean;
  /** Why the cluster takes it away, if it does. */
  readonly disruption: { readonly reason: string; readonly message: string } | null;
  /** Why it finds no node, in the scheduler's words. */
  readonly unschedulable: string | null;
  /** Why its program does not start, in its node's words: most often the image. */
  readonly waiting: { readonly reason: string; readonly message: string } | null;
  /** ISO 8601; null: the program has not run. */
  readonly startedAt: string | null;
  /** Kept until its end is written down. */
  readonly isKept: boolean;
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
/** Of which run a pod is: the name of its Job. */
export const RUN_LABEL = 'tain.dev/run';
/** Keeps a pod that has ended until its end was written down: preempted or failed, the pod alone says so. */
export const POD_FINALIZER = 'tain.dev/record';

/** Reads a pod as the client or a watch gives it: the one has instants as dates, the other as text. */
export function readPod({ metadata, spec, status }: V1Pod): JobPod {
  const conditions = status?.conditions ?? [];
  const disruption = conditions.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True');
  const scheduled = conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  const main = status?.containerStatuses?.find(({ name }) => name === MAIN_CONTAINER);
  return {
    uid: metadata?.uid ?? '',
    name: metadata?.name ?? '',
    run: metadata?.labels?.[RUN_LABEL] ?? '',
    version: metadata?.resourceVersion ?? '',
    phase: (status?.phase ?? 'Pending') as JobPod['phase'],
    node: spec?.nodeName ?? null,
    isEnding: metadata?.deletionTimestamp !== undefined,
    disruption: disruption ? { reason: disruption.reason ?? '', message: disruption.message ?? '' } : null,
    unschedulable: scheduled?.reason === 'Unschedulable' ? (scheduled.message ?? '') : null,
    waiting: readWaiting(main),
    startedAt: toText(main?.state?.running?.startedAt ?? main?.state?.terminated?.startedAt),
    isKept: metadata?.finalizers?.includes(POD_FINALIZER) === true,
    reason: status?.reason ?? '',
    message: status?.message ?? '',
    ended: readEnd(main),
  };
}

const toText = (at: Date | string | undefined): string | null => (at ? new Date(at).toISOString() : null);

/** What every pod goes through for a moment. */
const STARTING = ['ContainerCreating', 'PodInitializing'];

function readWaiting(main: V1ContainerStatus | undefined): JobPod['waiting'] {
  const { reason = '', message = '' } = main?.state?.waiting ?? {};
  return reason === '' || STARTING.includes(reason) ? null : { reason, message };
}

function readEnd(main: V1ContainerStatus | undefined): JobPod['ended'] {
  const ended = main?.state?.terminated;
  if (!ended) return null;
  const { exitCode, reason = '', message = '', startedAt, finishedAt } = ended;
  return { code: exitCode, reason, message, startedAt: toText(startedAt), endedAt: toText(finishedAt) };
}

/** What a node says of a program that it cannot start. */
const NOT_STARTED: readonly string[] = ['StartError', 'ContainerCannotRun'];
/** What Argo's first process says of one (cmd/argoexec/commands/emissary.go). */
const EMISSARY_CODE = 64;
const NO_PROGRAM = /^failed to (find name in PATH|start command)\b/;

/**
 * What it is when the cluster takes a pod away, by the reason of DisruptionTarget (k8s.io/api/core/v1). Others take it away to
 * have its room: the scheduler, who drains a node, and whoever gives a reason of his own. The rest is trouble of its node.
 */
const CAUSE_OF_DISRUPTION: Readonly<Record<string, ExitCause>> = {
  // Its node is lost, or about to be: it does not answer, or is gone from the cluster.
  DeletionByTaintManager: 'runner-lost',
  DeletionByPodGC: 'runner-lost',
  // Its node is short of memory or disk.
  TerminationByKubelet: 'killed',
};
/** What a node says of all its pods when it is shut down in order (pkg/kubelet/nodeshutdown). */
const NODE_SHUTDOWN = { disruption: 'TerminationByKubelet', reason: 'Terminated' };

/**
 * Why a pod ends that the cluster takes away.
 * @param podReason of the pod as a whole
 */
export function causeOfDisruption(reason: string, podReason = ''): ExitCause {
  if (reason === NODE_SHUTDOWN.disruption && podReason === NODE_SHUTDOWN.reason) return 'shutdown';
  return CAUSE_OF_DISRUPTION[reason] ?? 'preempted';
}

/**
 * How a run ended whose pod has; null while it has not. What the cluster took away ended for that, whatever its exit code.
 * @param asked what it was asked to stop for; null: nothing
 */
export function exitOfPod(
  pod: JobPod,
  asked: { readonly cause: StopCause; readonly reason: string } | null = null,
): Pick<JobExit, 'cause' | 'code' | 'detail'> | null {
  const { phase, ended, disruption } = pod;
  // What never came to a node has nobody who would say that it has ended.
  const isOver = phase === 'Succeeded' || phase === 'Failed' || (pod.isEnding && pod.node === null);
  if (!isOver) return null;
  const code = ended?.code ?? null;
  if (asked && pod.isEnding && !disruption) return { cause: asked.cause, code, detail: asked.reason };
  if (disruption)
    return {
      cause: causeOfDisruption(disruption.reason, pod.reason),
      ...{ code, detail: `${disruption.reason}: ${disruption.message}` },
    };
  const detail = pod.message || ended?.message || '';
  if (phase === 'Succeeded') return { cause: 'finished', code, detail };
  if (pod.reason === 'DeadlineExceeded') return { cause: 'walltime', code, detail };
  if (ended?.reason === 'OOMKilled') return { cause: 'memory', code, detail };
  if (pod.reason === 'Evicted' || !ended) return { cause: 'killed', code, detail };
  if (NOT_STARTED.includes(ended.reason) || (code === EMISSARY_CODE && NO_PROGRAM.test(ended.message)))
    return { cause: 'not-started', code, detail };
  if (code === DEVICE_TAKEN_EXIT_CODE) return { cause: 'device-taken', code, detail };
  return { cause: pod.isEnding ? 'killed' : 'failed', code, detail };
}
