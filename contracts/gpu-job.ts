/** A training job between its workflow, its activities and those that give hints. Free of zod. */
import type { GpuJobState } from './gpu.ts';

/** There is one pool: all nodes that are registered. */
export const GPU_POOL = 'main';

/** The signal that says to planner and jobs that there is something to look at. Lost, it is made good by their timers. */
export const LOOK_SIGNAL = 'look';

export type GpuJobInput = { readonly jobId: string };

/** What the workflow of a job goes by, as Postgres has it. */
export type GpuJobSight = {
  readonly state: GpuJobState;
  readonly attempt: number;
  readonly isWanted: boolean;
};

export type GpuStart =
  | { readonly kind: 'started' }
  /** The machine is short of something: back into the queue. `devices`: cards of its own that are to blame. */
  | { readonly kind: 'short'; readonly reason: string; readonly devices: readonly string[] }
  /** Somebody wants it to end before it has begun, or it is in another attempt. */
  | { readonly kind: 'gone' };

/** What a planner's look came to. */
export type GpuPlannerLook = {
  readonly started: number;
  readonly preempted: number;
  /** Jobs that ended or became ready because others did, or because their time was over. */
  readonly settled: number;
  readonly isHeld: boolean;
};
