/**
 * The planner: in the order of the queue each job gets the first room that is free on the time map; when that is now
 * it starts, else room is kept for it from then on. With one reservation that is EASY backfill, with one for each job
 * that is looked at conservative backfill: what starts behind a reservation ends before it or takes none of it,
 * judged by node, device and slice. The same inputs give the same bytes. Room that others were preempted for is kept for
 * whom it was made for, whatever the kind.
 */
import type {
  Capacity,
  Job,
  Plan,
  PlannerInputs,
  Preemption,
  Reservation,
  RunningJob,
  Start,
  Usage,
} from './model.ts';
import { keepRooms } from './made-room.ts';
import { openPreemption } from './preempt.ts';
import type { GpuPolicy } from './policy.ts';
import { rankQueue, type Ranked } from './rank-queue.ts';
import { openSchedule, type Schedule, type Slot } from './schedule.ts';

/**
 * What to start, for whom to keep room, and whom to preempt.
 * @param isByPlan5 as decisions were made until then
 */
export const plan = (
  queue: readonly Job[],
  running: readonly RunningJob[],
  capacity: Capacity,
  usage: Usage,
  policy: GpuPolicy,
  now: number,
  isByPlan5 = false,
): Plan => {
  const inputs = { queue, running, capacity, usage, policy, now, isByPlan5 };
  return walkQueue(inputs, rankQueue(inputs, policy.backfill.depth), openSchedule(inputs));
};

/**
 * Walks down the queue.
 * @param ranked jobs that are looked at, in their order
 * @param onSlot is told of each job that is looked at and the room found for it; null: none, or none of interest
 */
export function walkQueue(
  inputs: PlannerInputs,
  ranked: readonly Ranked[],
  schedule: Schedule,
  onSlot: (ranked: Ranked, slot: Slot | null) => void = () => {},
): Plan {
  const { policy, now } = inputs;
  const { kind } = policy.backfill;
  const start: Start[] = [];
  const reserve: Reservation[] = [];
  const preempt: Preemption[] = [];
  if (inputs.capacity.isHeld) return { start, reserve, preempt };
  const kept = keepRooms(inputs, schedule);
  const preemption = openPreemption(inputs, schedule, kept);
  let reservations = kind === 'conservative' ? Infinity : kind === 'easy' ? 1 : 0;
  let isBehind = false;
  /** Nobody passes one that waits, without backfill; who has room of its own takes nothing from it. */
  let isClosed = false;

  for (const one of ranked) {
    const { job, priority } = one;
    const own = kept.get(job.id);
    if (isClosed && !own) continue;
    let slot = own ?? schedule.find(job, reservations > 0 || kind === 'none' ? Infinity : now);
    let isMade = own !== undefined;
    if (!isMade && (slot === null || slot.startAt > now)) {
      const made = preemption.makeRoom(job, slot?.startAt ?? Infinity);
      if (made) {
        preempt.push(...made.preempt);
        slot = made.slot;
        isMade = true;
      }
    }
    onSlot(one, slot);
    if (slot?.startAt === now) {
      if (!own) schedule.take(job, slot);
      start.push({ job: job.id, allocations: slot.allocations, priority, isBackfilled: isBehind });
      continue;
    }
    // Nobody waits behind a job that its quota keeps, or that never fits: room for it would stand empty.
    const waitsForRoom = schedule.quotas.firstFit(job, now, schedule.fitsFor(job)) === now;
    isBehind ||= waitsForRoom;
    isClosed ||= kind === 'none' && slot !== null && (waitsForRoom || isMade);
    if (isClosed && !isMade) continue;
    if (slot === null || (kind !== 'conservative' && !waitsForRoom && !isMade)) continue;
    if (!own) schedule.take(job, slot);
    reserve.push({ job: job.id, startAt: slot.startAt, allocations: slot.allocations, priority });
    if (!own) reservations -= 1;
  }
  return { start, reserve, preempt };
}
