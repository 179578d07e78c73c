/** A job as whoever runs it sees it, with what it holds; and what it was billed. */
import type { Sql, TransactionSql } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import type { JobState } from './gpu-jobs.ts';

export type RunJob = {
  readonly jobId: string;
  readonly owner: string;
  readonly template: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly configPath: string;
  readonly workdir: string;
  readonly graceS: number;
  readonly limits: { readonly infra: number; readonly user: number };
  /** Of one of its nodes. */
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly now: JobState;
  /** Why somebody wanted it to end last, in his words. */
  readonly wantedReason: string | null;
  /** The node that it was planned on; null: it holds nothing. */
  readonly node: string | null;
  /** What it holds, as CUDA names it: cards, and MIG instances where a card is cut into them. */
  readonly devices: readonly {
    readonly device: string;
    readonly migProfile: string | null;
    readonly instance: string | null;
  }[];
  /** The database's clock, in ms. */
  readonly clockMs: number;
};

/** @throws TainError gpu.job-not-found */
export async function readRunJob(sql: Sql | TransactionSql, jobId: string): Promise<RunJob> {
  const [row] = await sql<RunJob[]>`
    select job_id as "jobId", owner, template, params, config_path as "configPath", workdir, grace_s as "graceS",
           json_build_object('infra', max_infra, 'user', max_user) as limits,
           cpu_millis as "cpuMillis", memory_mib as "memoryMib",
           (select to_jsonb(standing) from gpu_job_state as standing where standing.job_id = job.job_id) as now,
           (select reason from gpu_job_event as event where event.job_id = job.job_id and kind = 'wanted'
            order by position desc limit 1) as "wantedReason",
           (select min(node) from gpu_claims as held where held.job_id = job.job_id and released_at is null) as node,
           coalesce((select json_agg(json_build_object('device', device, 'migProfile', mig_profile, 'instance', mig_instance)
                                     order by device, lower(slices))
                     from gpu_allocations as held
                     where held.job_id = job.job_id and released_at is null), '[]') as devices,
           floor(extract(epoch from clock_timestamp()) * 1000)::float8 as "clockMs"
    from gpu_job as job where job_id = ${jobId}`;
  if (!row) throw new TainError('gpu.job-not-found', { job: jobId });
  return row;
}

/** What the last attempt that began was to run in: the image as the cluster file had it, and the digest that was found for it. */
export async function readStartedImage(
  sql: Sql,
  jobId: string,
): Promise<{ readonly image: string; readonly digest: string | null } | null> {
  const [row] = await sql<{ image: string | null; digest: string | null }[]>`
    select facts ->> 'image' as image, facts ->> 'digest' as digest from gpu_job_event
    where job_id = ${jobId} and kind <> 'checkpointed' and state = 'starting' order by position desc limit 1`;
  const { image = null, digest = null } = row ?? {};
  return image === null ? null : { image, digest };
}

/** Jobs that hold devices or are wanted to end, whose workflow may not have heard of it. */
export async function listUnsettled(sql: Sql): Promise<string[]> {
  const rows = await sql<{ jobId: string }[]>`
    select job_id as "jobId" from gpu_job_state
    where state not in ('completed', 'failed', 'cancelled', 'expired', 'queued', 'running')
      or (state = 'running' and wanted is not null) order by job_id`;
  return rows.map(({ jobId }) => jobId);
}

/** Jobs that run and that nobody wants to end: each has a workflow, unless that was ended or lost from outside. */
export async function listRunning(sql: Sql): Promise<string[]> {
  const rows = await sql<{ jobId: string }[]>`
    select job_id as "jobId" from gpu_job_state where state = 'running' and wanted is null order by job_id`;
  return rows.map(({ jobId }) => jobId);
}

/** Jobs that wait in the queue beyond the time that they may. What ran before and made way has started: it goes on. */
export async function listExpired(sql: Sql): Promise<string[]> {
  const rows = await sql<{ jobId: string }[]>`
    select now.job_id as "jobId" from gpu_job_state as now join gpu_job using (job_id)
    where state = 'queued' and expires_at <= clock_timestamp()
      and not exists (
        select from gpu_job_event as event
        where event.job_id = now.job_id and kind <> 'checkpointed' and event.state = 'running')
    order by now.job_id`;
  return rows.map(({ jobId }) => jobId);
}

export type Bill = {
  /** GPU seconds that are billed: what was held, a part of a card by its part, without what was frozen. */
  readonly gpuSeconds: number;
  /** Of these, work that counts. */
  readonly keptGpuSeconds: number;
  /** Held while it stood still: not billed. */
  readonly frozenGpuSeconds: number;
};

/** What a job was billed until now, by the history of what it held. */
export async function readBill(sql: Sql, jobId: string): Promise<Bill> {
  const [row] = await sql<Bill[]>`
    with stood as (
      select at as start, lead(at) over (order by position) as stop, kind
      from gpu_job_event
      where job_id = ${jobId} and kind <> 'checkpointed'
        and (kind in ('frozen', 'thawed') or state in ('collecting', 'cleaning'))
    ), spans as (
      select (upper(held.slices) - lower(held.slices))::float8 / (card.after ->> 'slices')::int as part,
             allocated_at as start,
             coalesce(held.released_at, clock_timestamp()) as stop,
             least(coalesce(claim.kept_until, 'infinity'), coalesce(held.released_at, clock_timestamp())) as kept
      from gpu_allocations as held
      join gpu_claims as claim using (claim_id)
      join allocation_history as given on given.allocation_id = held.allocation_id and given.kind = 'allocated'
      -- As the card was cut then.
      cross join lateral (
        select after from gpu_capacity_event
        where kind = 'device' and subject = held.device and position < given.position
        order by position desc limit 1) as card
      where held.job_id = ${jobId}
    ), parts as (
      select part, extract(epoch from stop - start) as all_s, extract(epoch from greatest(kept, start) - start) as kept_s,
             frozen_s, kept_frozen_s
      from spans cross join lateral (
        select coalesce(sum(extract(epoch from least(until, spans.stop) - since)), 0) as frozen_s,
               coalesce(sum(extract(epoch from greatest(since, least(until, spans.kept)) - since)), 0) as kept_frozen_s
        from (select greatest(start, spans.start) as since, coalesce(stop, spans.stop) as until
              from stood where kind = 'frozen') as still
        where since < least(until, spans.stop)) as freezes
    )
    select coalesce(sum(part * (all_s - frozen_s)), 0)::float8 as "gpuSeconds",
           coalesce(sum(part * greatest(0, kept_s - kept_frozen_s)), 0)::float8 as "keptGpuSeconds",
           coalesce(sum(part * frozen_s), 0)::float8 as "frozenGpuSeconds"
    from parts`;
  return row!;
}
