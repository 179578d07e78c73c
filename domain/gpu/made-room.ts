/**
 * Room that was made for a job by preempting others is the job's, slice by slice: it comes before all for which none was
 * made, and nobody else gets what was taken from another for it. That ends when it starts, is held or cancelled, or may
 * not preempt those any more who made the room.
 */
import type { Job, MadeRoom, PlannerInputs, RunningJob } from './model.ts';
import type { GpuPolicy } from './policy.ts';
import type { Ranked } from './rank-queue.ts';
import type { Schedule, Slot } from './schedule.ts';

/**
 * So long is waited for who was to be gone already: the most that a job may take to save its work. Behind it the job
 * takes the first room there is.
 */
const LATE_MS = 3_600_000;

/** May a quality of service preempt another? Only a higher one: nobody takes back what was taken from him. */
export function outranks({ qos }: GpuPolicy, name: string, other: string): boolean {
  const own = qos[name];
  return own !== undefined && own.preempts.includes(other) && own.priority > (qos[other]?.priority ?? 0);
}

/** The room that was made for a job and that it may have; null: there is none. */
export const roomOf = ({ room, qos }: Job, policy: GpuPolicy): MadeRoom | null =>
  room?.victims.every((victim) => outranks(policy, qos, victim.qos)) ? room : null;

/** Those who were told to make room, and hold it still. */
export function stillEnding({ victims }: MadeRoom, running: readonly RunningJob[]): RunningJob[] {
  const told = new Set(victims.map(({ job }) => job));
  return running.filter(({ job, preemptedAt }) => preemptedAt !== null && told.has(job.id));
}

/**
 * Takes all rooms that were made off the map before anybody else is thought of.
 * @returns by job; left out are those whose room is not there any more, like one on a node that was drained since: they
 *   get what is free first, and others are preempted for them anew where that is needed
 */
export function keepRooms(
  { running, now }: PlannerInputs,
  ranked: readonly Ranked[],
  schedule: Schedule,
): Map<string, Slot> {
  const kept = new Map<string, Slot>();
  for (const { job, room } of ranked) {
    if (room === null) continue;
    const slot = schedule.slotIn(job, room.allocations);
    if (slot === null) continue;
    const isComing = now <= room.endBy + LATE_MS && stillEnding(room, running).length > 0;
    if (slot.startAt > now && !isComing) continue;
    schedule.take(job, slot);
    kept.set(job.id, slot);
  }
  return kept;
}
