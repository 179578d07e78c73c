/** What jobs held and when: the one source of what is billed, and of the use that fairness counts. */
import type { Sql, TransactionSql } from 'postgres';

export type SpanRow = {
  readonly jobId: string;
  readonly owner: string;
  readonly team: string;
  readonly attempt: number;
  readonly device: string;
  /** Of the card as it was then. */
  readonly model: string;
  readonly slices: number;
  /** Cells of the card. */
  readonly ofSlices: number;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly from: Date;
  /** Null: it is held still, as of the position. */
  readonly to: Date | null;
  /** Until when its work is kept; null: all of it. */
  readonly keptUntil: Date | null;
  /** When it stood still, in milliseconds since 1970, oldest first; the last may have no end yet. */
  readonly frozen: readonly (readonly [from: number, to: number | null])[];
};

/**
 * What was held at any time since an instant, as it was known at a position, oldest first. For fairness take an instant so
 * many half-lives ago that what lies before it counts for nothing.
 * @param asOf a position by lastGpuPosition
 */
export async function listSpans(
  sql: Sql | TransactionSql,
  { asOf, since }: { readonly asOf: number; readonly since: Date },
): Promise<SpanRow[]> {
  return sql<SpanRow[]>`
    with known as (
      select held.allocation_id, held.job_id, held.device, held.slices, held.allocated_at, claim.attempt,
             claim.cpu_millis, claim.memory_mib,
             card.after ->> 'model' as model, (card.after ->> 'slices')::int as of_slices,
             -- What came behind the position was not known then.
             case when back.position <= ${asOf} then held.released_at end as released_at,
             case when back.position <= ${asOf} then claim.kept_until end as kept_until
      from gpu_allocations as held
      join gpu_claims as claim using (claim_id)
      join allocation_history as given on given.allocation_id = held.allocation_id and given.kind = 'allocated'
      left join allocation_history as back on back.allocation_id = held.allocation_id and back.kind = 'released'
      -- Its shape when it was given: it keeps that while it is held, and may have another one since.
      cross join lateral (
        select after from gpu_capacity_event
        where kind = 'device' and subject = held.device and position < given.position
        order by position desc limit 1) as card
      where given.position <= ${asOf}
        -- What was released behind the position was so later than any instant that is asked for as of it.
        and (held.released_at is null or held.released_at > ${since})
    )
    select known.job_id as "jobId", job.owner, job.team, attempt, known.device, known.model,
           upper(known.slices) - lower(known.slices) as slices, of_slices as "ofSlices",
           known.cpu_millis as "cpuMillis", known.memory_mib as "memoryMib", allocated_at as "from", released_at as "to",
           kept_until as "keptUntil",
           coalesce((
             select json_agg(json_build_array((extract(epoch from start) * 1000)::bigint,
                                              (extract(epoch from stop) * 1000)::bigint) order by start)
             from (
               select at as start, lead(at) over (order by position) as stop, kind
               from gpu_job_event as event
               where event.job_id = known.job_id and position <= ${asOf} and kind <> 'checkpointed'
                 and (kind in ('frozen', 'thawed') or state in ('collecting', 'cleaning'))) as freezes
             where kind = 'frozen' and start >= allocated_at and (released_at is null or start < released_at)), '[]') as frozen
    from known
    join gpu_job as job on job.job_id = known.job_id
    where released_at is null or released_at > ${since}
    order by allocated_at, allocation_id`;
}
