/** Since when jobs wait that can start but for room: without the time in which they ran, or their array kept them. */
import type { TransactionSql } from 'postgres';
import type { JobRow, JobState } from './gpu-jobs.ts';
import { isUntil, type PlanInstant } from './gpu-share-use.ts';

/** Whose machine was to blame for the end of its try waits so long, twice as long each time in a row, up to the most. */
const [PAUSE_MS, PAUSE_MOST_MS] = [10_000, 600_000];

/** Nor did planners until `plan 5` count either. */
const NOTHING_NOTED: Partial<JobState> = {};

/** When tasks of arrays with a limit got their place in it, in ms since 1970, by job: of those that had none at first. */
export type TurnsTaken = ReadonlyMap<string, number>;

/**
 * What its age for the priority counts from. Who pauses is thought of when that is over; its age stays what it is. Events of
 * before it was noted tell neither of pauses in a row nor of the time that a job was away: they count as they did then.
 * @param turnAt when its array let it start; null: it has no limit, or had a place from the beginning
 * @returns null: it waits for other jobs, or is held
 */
export function eligibleAt({ now }: JobRow, turnAt: number | null, at: PlanInstant): number | null {
  if (now.eligible_at === null) return null;
  const { clockMs } = at;
  const { pause_count: inRow, away_ms: awayMs = 0 } = isUntil(at, 5) ? NOTHING_NOTED : now;
  const isToBlame = now.cause === 'resource-short' || (now.cause === 'infrastructure' && inRow !== undefined);
  const times = inRow ?? now.short_count;
  const again =
    isToBlame && now.state === 'queued'
      ? Date.parse(now.state_at) + Math.min(PAUSE_MOST_MS, PAUSE_MS * 2 ** (times - 1))
      : 0;
  if (again > clockMs) return again;
  const since = Math.max(Date.parse(now.eligible_at), turnAt ?? 0) + awayMs;
  return Math.min(since, clockMs);
}

/** Behind each end of a task its array has a place for the next, in the order of their numbers, as it was at a position. */
export async function readTurnsTaken(
  tx: TransactionSql,
  asOf: number,
  jobs: readonly JobRow[],
): Promise<TurnsTaken> {
  const arrays = new Set(jobs.flatMap(({ arrayId, arrayLimit }) => (arrayLimit === null ? [] : [arrayId!])));
  if (arrays.size === 0) return new Map();
  const ids = [...arrays];
  const rows = await tx<{ jobId: string; at: Date }[]>`
    with ended as (
      select array_id, at, row_number() over (partition by array_id order by event.position) - 1 as nth
      from gpu_job as other join gpu_job_event as event using (job_id)
      -- Of a task that runs for long nearly all events are checkpoints: an index leaves them out.
      where array_id = any(${ids}) and event.position <= ${asOf} and kind <> 'checkpointed'
        and event.state in ('completed', 'failed', 'cancelled', 'expired'))
    select later.job_id as "jobId", ended.at
    from gpu_job as later
    join ended on ended.array_id = later.array_id and nth = later.array_index - later.array_limit
    where later.array_id = any(${ids})`;
  return new Map(rows.map(({ jobId, at }) => [jobId, at.getTime()]));
}
