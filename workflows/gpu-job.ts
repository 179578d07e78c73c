/**
 * One training job. Where it is stands in Postgres: the workflow looks, does what comes next, and looks again, so that it
 * goes on from anywhere. What holds devices always comes to its end: watched, collected, cleaned up, settled.
 */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { GpuJobActivities, TryReport } from '../activities/gpu-job.ts';
import type { GpuJobStartActivities } from '../activities/gpu-job-start.ts';
import type { ErrorCode } from '../contracts/errors.ts';
import type { GpuJobState } from '../contracts/gpu.ts';
import { LOOK_SIGNAL, type GpuJobInput, type GpuJobSight, type GpuStart } from '../contracts/gpu-job.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';
import { QUEUES } from '../contracts/queues.ts';

const retry = { initialInterval: '1 second', maximumInterval: '1 minute' } as const;
const { lookAtJob, settleRun } = proxyActivities<GpuJobActivities>({
  // Short: what a worker had in hand when it died is done again as soon as this is over.
  startToCloseTimeout: '10 seconds',
  retry,
  summary: 'look, or settle',
});
const { collectRun, cleanRun } = proxyActivities<GpuJobActivities>({
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '10 seconds',
  retry,
  summary: 'keep logs and results, remove the run',
});
const { watchRun } = proxyActivities<GpuJobActivities>({
  startToCloseTimeout: '90 days',
  heartbeatTimeout: '5 seconds',
  retry: { ...retry, maximumInterval: '10 seconds' },
  summary: 'watch the run to its end',
});
const { startRun } = proxyActivities<GpuJobStartActivities>({
  taskQueue: QUEUES.gpuTraining,
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '10 seconds',
  // Told only when it has come to rest: what is cleaned up then is not started behind it.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { ...retry, maximumAttempts: 8 },
  summary: 'look at the machine, start the run',
});

/** Nobody's fault and no attempt's: looked at again, and started when that is over. */
const FOR_NOW: readonly ErrorCode[] = ['gpu.store-down', 'job.other-executor'];
/** What is told apart from other starts that fail. */
const KIND_OF: Readonly<Partial<Record<ErrorCode, 'no-room' | 'no-image'>>> = {
  'job.no-room': 'no-room',
  'job.image-unknown': 'no-image',
};

/** What a lost hint costs at most. */
const LOOK_EVERY = '1 minute';

/** Who waits in the queue is told by the planner when it has decided: thousands wait, and none of them need ask often. */
const LOOK_WAITING_EVERY = '30 minutes';

const ENDS: readonly GpuJobState[] = ['completed', 'failed', 'cancelled', 'expired'];
const WAITING: readonly GpuJobState[] = ['requested', 'validated', 'queued'];

export async function gpuJob({ jobId }: GpuJobInput): Promise<GpuJobState> {
  let isHinted = false;
  let sight: GpuJobSight | null = null;
  setHandler(defineSignal(LOOK_SIGNAL), () => {
    isHinted = true;
  });
  setHandler(defineQuery<GpuJobSight | null>(PROGRESS_QUERY), () => sight);

  const hint = async (): Promise<void> => {
    await condition(() => isHinted, LOOK_WAITING_EVERY);
    isHinted = false;
  };

  /** Starts the run of an attempt, unless somebody wants it to end first: while training is held that may take long. */
  async function begin(attempt: number): Promise<GpuStart | { readonly kind: 'again' }> {
    const scope = new CancellationScope();
    let isOver = false;
    const starting = scope.run(() => startRun(jobId, attempt)).finally(() => (isOver = true));
    starting.catch(() => undefined);
    while (!isOver) {
      await condition(() => isOver || isHinted, LOOK_EVERY);
      isHinted = false;
      if (!isOver && (await lookAtJob(jobId)).isWanted) scope.cancel();
      else if (!isOver && workflowInfo().continueAsNewSuggested) {
        // Held for so long that a history has no room for it: a fresh one asks again for the same start.
        scope.cancel();
        return starting.catch((error: unknown) => {
          if (isCancellation(error)) return { kind: 'again' };
          throw error;
        });
      }
    }
    return starting;
  }

  async function runAttempt({ state, attempt }: GpuJobSight): Promise<void> {
    let report: TryReport | null = null;
    let isBegun = state !== 'reserved' && state !== 'starting';
    if (!isBegun) {
      const start = await begin(attempt).catch(reportFailure);
      if (start.kind === 'again') return;
      if (start.kind === 'started') isBegun = true;
      else report = start.kind === 'gone' ? { kind: 'not-begun' } : start;
    }
    if (isBegun) {
      const exit = await watchRun(jobId, attempt);
      report = { kind: 'exit', exit, kept: await collectRun(jobId, attempt) };
    }
    if (report?.kind !== 'short') await cleanRun(jobId, attempt);
    await settleRun(jobId, attempt, report ?? { kind: 'not-begun' });
  }

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      sight = await lookAtJob(jobId);
      setCurrentDetails(`**${sight.state}**, attempt ${sight.attempt}. More: GET /v1/gpu/jobs/${jobId}.`);
      if (ENDS.includes(sight.state)) return sight.state;
      if (WAITING.includes(sight.state)) await hint();
      else await runAttempt(sight);
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof gpuJob>({ jobId });
    }
  });
}

/** What a start that failed comes to: cancelled before it began, never possible, or no fault of the job's. */
function reportFailure(
  error: unknown,
): GpuStart | { kind: 'again' } | { kind: 'refused' | 'no-image' | 'broken' | 'no-room'; reason: string } {
  if (isCancellation(error)) return { kind: 'gone' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const failure = cause instanceof ApplicationFailure ? cause : null;
  if (FOR_NOW.some((code) => code === failure?.type)) return { kind: 'again' };
  const told = KIND_OF[(failure?.type ?? '') as ErrorCode];
  const kind = told ?? (failure?.nonRetryable ? 'refused' : 'broken');
  return { kind, reason: (cause as Error).message.slice(0, 500) };
}
