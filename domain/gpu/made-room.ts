/**
 * Room that was made for a job by preempting others is the job's, slice by slice: it comes before all for which none was
 * made, and nobody else gets what was taken from another for it, also while the job pauses because its machine was short of
 * something. That ends when it starts, is held or cancelled, or may not preempt those any more who made the room.
 */
import type { Job, MadeRoom, PlannerInputs, RunningJob } from './model.ts';
import type { GpuPolicy } from './policy.ts';
import type { Schedule, Slot } from './schedule.ts';

/**
 * So long behind the instant when it was to be free room is kept for a job that cannot take it: the most that those who
 * are to be gone may take to save their work, and the end of the last pause. Behind it the job takes the first room there is.
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
 * Takes all rooms that were made off the map before anybody else is thought of, in the order in which they were made.
 * That of a job that pauses is taken from when it is free: nobody else starts in it meanwhile.
 * @returns by job; left out are those whose room is not there any more, like one on a node that was drained since: they
 *   get what is free first, and others are preempted for them anew where that is needed
 */
export function keepRooms(
  { queue, running, policy, now }: PlannerInputs,
  schedule: Schedule,
): Map<string, Slot> {
  const kept = new Map<string, Slot>();
  const rooms = queue
    .flatMap((job) => {
      const room = roomOf(job, policy);
      return room === null || job.isHeld || job.eligibleAt === null
        ? []
        : [{ job, room, pauseMs: Math.max(0, job.eligibleAt - now) }];
    })
    .sort((one, other) => one.room.order - other.room.order || (one.job.id < other.job.id ? -1 : 1));
  for (const { job, room, pauseMs } of rooms) {
    const keptUntil = room.endBy + LATE_MS;
    if (now + pauseMs > keptUntil && pauseMs > 0) continue;
    // A card that is avoided serves who pauses no worse than none at all; whoever can start takes another first.
    const slot = schedule.slotIn(job, room.allocations, { takesAvoided: pauseMs > 0 });
    if (slot === null) continue;
    const isComing = now <= keptUntil && stillEnding(room, running).length > 0;
    if (slot.startAt > now && !isComing) continue;
    const own = { ...slot, until: slot.until + Math.max(0, now + pauseMs - slot.startAt) };
    schedule.take(job, own);
    kept.set(job.id, own);
  }
  return kept;
}
