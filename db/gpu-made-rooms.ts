/** Room that others were preempted for, by the facts up to a position: in whose favour each was told, by which decision. */
import type { TransactionSql } from 'postgres';
import type { MadeRoom, Plan } from '../domain/gpu/model.ts';

type Told = {
  readonly job: string;
  readonly victim: string;
  readonly qos: string;
  readonly decision: number;
};

/**
 * Rooms of jobs that have neither started nor been held since, by job: one that had it reserved and found the machine short
 * of something has not started. What a decision says of reservations is read of
 * those alone that preempted: of most plans there are none.
 * @param jobIds jobs that wait
 */
export async function readMadeRooms(
  tx: TransactionSql,
  asOf: number,
  jobIds: readonly string[],
): Promise<Map<string, MadeRoom>> {
  const rooms = new Map<string, MadeRoom>();
  const told = await tx<(Told & { position: number })[]>`
    select told.facts ->> 'inFavourOf' as job, told.job_id as victim, told.after ->> 'qos' as qos, told.position,
           (told.facts ->> 'decision')::bigint as decision
    from gpu_job_event as told
    where told.facts ? 'inFavourOf' and told.facts ->> 'inFavourOf' = any(${jobIds as string[]})
      and told.position <= ${asOf}
      and not exists (
        select from gpu_job_event as since
        where since.job_id = told.facts ->> 'inFavourOf' and since.kind <> 'checkpointed'
          and since.position > told.position and since.position <= ${asOf}
          and (since.state = 'starting' or since.kind = 'held'))
    order by told.position`;
  if (told.length === 0) return rooms;
  const plans = await readPlans(tx, [...new Set(told.map(({ decision }) => decision))]);
  for (const [jobId, all] of Map.groupBy(told, ({ job }) => job)) {
    const plan = plans.get(all.at(-1)!.decision);
    const endBy = plan?.preempt.find(({ inFavourOf }) => inFavourOf === jobId)?.endBy;
    const reserved = plan?.reserve.find(({ job }) => job === jobId);
    // A decision that is not kept any more says nothing of whose the room is.
    if (endBy === undefined || reserved === undefined) continue;
    rooms.set(jobId, {
      order: all[0]!.position,
      victims: all.map(({ victim, qos }) => ({ job: victim, qos })),
      // The last one: it was made because an earlier one was not there any more.
      ...{ endBy, allocations: reserved.allocations },
    });
  }
  return rooms;
}

async function readPlans(tx: TransactionSql, decisions: readonly number[]): Promise<Map<number, Plan>> {
  const rows = await tx<{ position: number; plan: string }[]>`
    select position, plan from gpu_decision where position = any(${decisions as number[]}::bigint[])`;
  return new Map(rows.map(({ position, plan }) => [position, JSON.parse(plan) as Plan]));
}
