/** What becomes of a job when a try of it is over: an end, or back into the queue, by cause. */
import type { GpuCause, GpuJobState } from '../../contracts/gpu.ts';
import { classOfCause, PREEMPTED_EXIT_CODE, type ExitCause } from '../../contracts/job-run.ts';

/** How a try ended. */
export type TryEnd =
  | {
      readonly kind: 'exit';
      readonly cause: ExitCause;
      readonly code: number | null;
      readonly resultsAgree: boolean;
    }
  /** Its machine was short of something: it has not begun. */
  | { readonly kind: 'short' }
  /** It was ended before it had begun. */
  | { readonly kind: 'not-begun' }
  /** It cannot be started, however often it is tried. */
  | { readonly kind: 'refused' }
  /** What it would run in is not to be had, and that is in nobody's hands who submits jobs. */
  | { readonly kind: 'no-image' }
  /** It could not be started, for no fault of its own. */
  | { readonly kind: 'broken' };

export type TryFacts = {
  readonly end: TryEnd;
  readonly wanted: 'cancel' | 'requeue' | 'preempt' | null;
  /** How often it was tried again already for each cause, and how often it may be. */
  readonly counts: { readonly infra: number; readonly user: number };
  readonly limits: { readonly infra: number; readonly user: number };
};

export type Outcome = {
  readonly to: Extract<GpuJobState, 'completed' | 'failed' | 'cancelled' | 'expired' | 'queued'>;
  readonly cause: GpuCause | null;
  /** False: what it did behind its last checkpoint is lost. */
  readonly keepsWork: boolean;
};

/**
 * Being preempted, requeued or shut down with the machine uses up no retries, and a machine that is short of something is
 * waited for as long as it takes.
 */
export function settleTry({ end, wanted, counts, limits }: TryFacts): Outcome {
  const again = (cause: GpuCause, used: number, limit: number): Outcome => ({
    to: used < limit ? 'queued' : 'failed',
    cause,
    keepsWork: false,
  });
  if (wanted === 'cancel' && !(end.kind === 'exit' && end.cause === 'finished'))
    return { to: 'cancelled', cause: 'cancelled', keepsWork: false };
  switch (end.kind) {
    case 'short':
      return { to: 'queued', cause: 'resource-short', keepsWork: false };
    case 'not-begun':
      return { to: 'queued', cause: wanted === 'preempt' ? 'preempted' : 'requeued', keepsWork: false };
    case 'refused':
      return { to: 'failed', cause: 'user-error', keepsWork: false };
    case 'no-image':
      return { to: 'failed', cause: 'infrastructure', keepsWork: false };
    case 'broken':
      return again('infrastructure', counts.infra, limits.infra);
    case 'exit':
      return settleExit(end, wanted, again, counts, limits);
  }
}

function settleExit(
  { cause, code, resultsAgree }: Extract<TryEnd, { kind: 'exit' }>,
  wanted: TryFacts['wanted'],
  again: (cause: GpuCause, used: number, limit: number) => Outcome,
  counts: TryFacts['counts'],
  limits: TryFacts['limits'],
): Outcome {
  // Who made way by the exit code for it has written a checkpoint before.
  const keepsWork = code === PREEMPTED_EXIT_CODE;
  if (cause === 'walltime') return { to: 'expired', cause: 'walltime', keepsWork: true };
  if (cause === 'shutdown') return { to: 'queued', cause: 'requeued', keepsWork };
  switch (classOfCause(cause)) {
    case 'success':
      return resultsAgree
        ? { to: 'completed', cause: null, keepsWork: true }
        : again('user-error', counts.user, limits.user);
    case 'preempted':
      return { to: 'queued', cause: wanted === 'requeue' ? 'requeued' : 'preempted', keepsWork };
    case 'asked':
      return { to: 'cancelled', cause: 'cancelled', keepsWork: false };
    case 'infrastructure':
      return again('infrastructure', counts.infra, limits.infra);
    case 'user':
      return again('user-error', counts.user, limits.user);
  }
}
