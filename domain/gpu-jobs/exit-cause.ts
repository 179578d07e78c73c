/** Why a run ended, from what was seen and what was asked of it. */
import {
  DEVICE_TAKEN_EXIT_CODE,
  PREEMPTED_EXIT_CODE,
  type ExitCause,
  type StopCause,
} from '../../contracts/job-run.ts';

/** What a shell ends with when its last command died of SIGXFSZ: 128 + 25. */
const TOO_LARGE_CODE = 153;

export type SeenExit = {
  readonly code: number | null;
  readonly signal: string | null;
  /** The limit for which its runner ended it; null: none. */
  readonly limit: Extract<ExitCause, 'memory' | 'disk' | 'disk-full'> | null;
  /** What it was asked to stop for; null: nothing. */
  readonly asked: StopCause | null;
  /** Whether it was told more than a notice: SIGTERM or SIGKILL. */
  readonly pressed: boolean;
  /** Whether the kernel ended one of its processes for want of memory. */
  readonly outOfMemory: boolean;
};

/**
 * The cause. A program that ends with 0 behind a notice alone had nothing left to do; behind SIGTERM that code says
 * nothing, as many programs end so. The exit code for making way counts for those alone who were asked to.
 */
export function judgeExit({ code, signal, limit, asked, pressed, outOfMemory }: SeenExit): ExitCause {
  if (limit) return limit;
  if (outOfMemory) return 'memory';
  if (signal === 'SIGXFSZ' || code === TOO_LARGE_CODE) return 'disk';
  if (asked && (pressed || code === PREEMPTED_EXIT_CODE)) return asked;
  if (code === 0) return 'finished';
  if (code === DEVICE_TAKEN_EXIT_CODE) return 'device-taken';
  return signal === 'SIGKILL' ? 'killed' : 'failed';
}
