/** Sends planned messages when they are due. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedMessage } from './plan.ts';

export type Playing = {
  /** Milliseconds since the plan began. */
  readonly nowMs: () => number;
  /** Is the consumer still there? */
  readonly stays: () => boolean;
  /** False when nothing more is to be sent. */
  readonly send: (message: PlannedMessage) => Promise<boolean>;
};

/** Plays a plan from a sequence number on. @returns whether it came to its end */
export async function playPlan(
  plan: readonly PlannedMessage[],
  from: number,
  { nowMs, stays, send }: Playing,
): Promise<boolean> {
  for (const message of plan.slice(from - 1)) {
    const waitMs = message.sendAtMs - nowMs();
    // A server that was closed meanwhile must not be kept alive by it.
    if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
    if (!stays() || !(await send(message))) return false;
  }
  return stays();
}
