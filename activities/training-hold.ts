/** What the governor asks of training that runs. Its level is in governor_state as well, for whoever starts later. */
import type { Client } from '@temporalio/client';
import type { HoldLevel } from '../contracts/priority.ts';
import { hintPlanner } from '../platform/gpu-hints.ts';

export type TrainingHold = {
  /** Stops it where it is, without losing anything. Called again after a restart: repeating it changes nothing. */
  freeze(reason: string): Promise<void>;
  /** Ends it with a checkpoint and puts it back into its queue. Repeating it changes nothing. */
  preempt(reason: string): Promise<void>;
  /** Lets what is frozen go on. Repeating it changes nothing. */
  release(): Promise<void>;
};

/** Brings running training to a level. */
export async function holdTraining(training: TrainingHold, level: HoldLevel, reason: string): Promise<void> {
  if (level === 'freeze') await training.freeze(reason);
  else if (level === 'preempt') await training.preempt(reason);
  else await training.release();
}

/**
 * Training as the gpu role runs it. What is held stands in governor_state: whoever watches a run looks at it once a second
 * and freezes or thaws it; the planner has all runs make way, or starts what waits.
 */
export function createTrainingHold(client: Client): TrainingHold {
  const tell = (): Promise<void> => hintPlanner(client);
  return { freeze: tell, preempt: tell, release: tell };
}
