/** How long jobs run: the walltime is when they are killed, a prediction is what is planned with. */
import type { Job, RunningJob } from './model.ts';
import type { GpuPolicy } from './policy.ts';

/** A job past its walltime is about to be killed; until it is gone it is in the way for so long. */
const ENDING_MS = 60_000;

/** What a prediction is raised to at least when it is passed. */
const LEAST_PREDICTION_MS = 60_000;

/**
 * How long a job will run: the mean of the last two runs of the same user and template (Tsafrir, Etsion and Feitelson,
 * "Backfilling using system-generated predictions rather than user runtime estimates", 2007).
 * @param lastRuns the newest first; none: nothing is known
 * @param leastMs what it is at least: a job of no time at all would hold nothing in a plan
 * @returns null when nothing is known; never more than the walltime
 */
export function predictRuntime(lastRuns: readonly number[], walltimeMs: number, leastMs = 1): number | null {
  const [newest, second] = lastRuns;
  if (newest === undefined) return null;
  const mean = Math.round(second === undefined ? newest : (newest + second) / 2);
  return Math.min(walltimeMs, Math.max(leastMs, mean));
}

/** How long a job is expected to run from its start. */
export const expectedRuntime = (job: Job, { runtime }: GpuPolicy['backfill']): number =>
  runtime === 'predicted' ? Math.min(job.walltimeMs, job.predictedMs ?? job.walltimeMs) : job.walltimeMs;

/** Until when a job runs at most. */
export const killAt = ({ job, startedAt, frozenMs }: RunningJob): number =>
  startedAt + frozenMs + job.walltimeMs;

/**
 * When a running job is expected to end. A prediction that was passed is doubled until it is not, up to the walltime.
 * One that was told to make room ends when its grace is over.
 */
export function expectedEnd(running: RunningJob, policy: GpuPolicy, now: number): number {
  if (running.preemptedAt !== null) return Math.max(now + 1, running.preemptedAt + policy.preemption.graceMs);
  const latest = killAt(running);
  if (latest <= now) return now + ENDING_MS;
  const ran = now - running.startedAt - running.frozenMs;
  let expected = expectedRuntime(running.job, policy.backfill);
  if (expected <= ran) {
    expected = Math.max(expected, LEAST_PREDICTION_MS);
    while (expected <= ran) expected *= 2;
  }
  return Math.min(latest, running.startedAt + running.frozenMs + expected);
}
