/** What whoever watches a run does with it next. */
import type { HoldLevel } from '../../contracts/priority.ts';
import type { StopCause } from '../../contracts/job-run.ts';

export type RunSight = {
  readonly wanted: 'cancel' | 'requeue' | 'preempt' | null;
  readonly level: HoldLevel;
  /** Does it stand still, as the machine has it, and by what was noted of it? A crash may lie between the two. */
  readonly isFrozen: boolean;
  readonly isNotedFrozen: boolean;
  /** How long it has run, in ms, without the time in which it stood still. */
  readonly ranMs: number;
  readonly walltimeMs: number;
  /** What it was asked to end for already; null: nothing. */
  readonly asked: StopCause | null;
};

export type RunStep =
  { readonly kind: 'nothing' | 'freeze' | 'thaw' } | { readonly kind: 'stop'; readonly cause: StopCause };

/**
 * Ending goes before standing still, and cancelling before making way. What is frozen is thawed to end: it could not
 * write its checkpoint otherwise. What was wanted to make way before its time was over does so also when that is over
 * meanwhile, and when whoever asked it is not there any more.
 */
export function nextStep(sight: RunSight): RunStep {
  const { wanted, level, isFrozen, isNotedFrozen, ranMs, walltimeMs, asked } = sight;
  const isStill = isFrozen || isNotedFrozen;
  const makesWay = asked === 'preempted' || (asked === null && wanted !== null);
  const cause = causeOf(wanted, ranMs >= walltimeMs && !makesWay);
  if (cause !== null && cause !== asked && asked !== 'cancelled')
    return isStill ? { kind: 'thaw' } : { kind: 'stop', cause };
  const shallStandStill = level === 'freeze' && asked === null;
  if (shallStandStill) return { kind: isFrozen && isNotedFrozen ? 'nothing' : 'freeze' };
  return { kind: isStill ? 'thaw' : 'nothing' };
}

function causeOf(wanted: RunSight['wanted'], isOver: boolean): StopCause | null {
  if (wanted === 'cancel') return 'cancelled';
  if (isOver) return 'walltime';
  return wanted === null ? null : 'preempted';
}

/** The last checkpoint that a program tells of in its output, one JSON line each; null: none. */
export function lastCheckpoint(output: string): number | null {
  for (const line of output.split('\n').reverse()) {
    if (!line.includes('"checkpoint"')) continue;
    try {
      const { event, step } = JSON.parse(line) as { event?: unknown; step?: unknown };
      if (event === 'checkpoint' && Number.isSafeInteger(step) && (step as number) >= 0)
        return step as number;
    } catch {
      // A line that is cut, or none of ours.
    }
  }
  return null;
}
