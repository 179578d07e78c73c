/** Jobs as people ask for them. */
import type { Sql, TransactionSql } from 'postgres';
import type { GpuJobState } from '../contracts/gpu.ts';
import type { Needed } from '../domain/gpu/blockers.ts';
import type { Outlook } from '../domain/gpu/explain.ts';
import type { PastStart } from '../domain/gpu/start-band.ts';
import { readHourPrices } from './gpu-cost.ts';
import type { JobNeeds, JobState } from './gpu-jobs.ts';
import { readClock, readHoldLevel } from './gpu-planner.ts';
import { readQueue } from './gpu-planner-input.ts';
import { lastGpuPosition } from './gpu-position.ts';

export type JobShown = JobNeeds & {
  readonly jobId: string;
  /** Of its submission among the facts: where the next page of a list begins. */
  readonly position: number;
  readonly submittedAt: Date;
  readonly owner: string;
  readonly team: string;
  readonly template: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly configPath: string;
  readonly workdir: string;
  /** The array that it is a task of. */
  readonly array: { readonly id: string; readonly index: number; readonly atOnce: number | null } | null;
  readonly now: JobState;
};

export type JobFilter = {
  /** Only of this person; null: of everybody. */
  readonly owner: string | null;
  /** Those that have not ended; false: all. */
  readonly isOpen: boolean;
  readonly jobId?: string;
  /** Only tasks of this array. */
  readonly arrayId?: string | undefined;
  /** What holds devices first, then what waits, the oldest first; absent: the newest first. */
  readonly isByTurn?: boolean;
  /** Only those that were submitted before this position: the page that follows it. */
  readonly before?: number | undefined;
  readonly limit: number;
};

/** The newest first, or those whose turn it is. */
export async function listJobs(sql: Sql, filter: JobFilter): Promise<JobShown[]> {
  const { owner, isOpen, jobId, arrayId, isByTurn, before, limit } = filter;
  return sql<JobShown[]>`
    select job.job_id as "jobId", job.position, submitted_at as "submittedAt", owner, team, template, params,
           config_path as "configPath", workdir, nodes, gpus, model, mig_profile as "migProfile", shares,
           cpu_millis as "cpuMillis", memory_mib as "memoryMib",
           case when array_id is not null
                then json_build_object('id', array_id, 'index', array_index, 'atOnce', array_limit) end as array,
           to_jsonb(now) as now
    from gpu_job as job join gpu_job_state as now using (job_id)
    where true
      ${owner === null ? sql`` : sql`and owner = ${owner}`}
      ${jobId === undefined ? sql`` : sql`and job.job_id = ${jobId}`}
      ${arrayId === undefined ? sql`` : sql`and array_id = ${arrayId}`}
      ${before === undefined ? sql`` : sql`and job.position < ${before}`}
      ${isOpen ? sql`and now.state not in ('completed', 'failed', 'cancelled', 'expired')` : sql``}
    order by ${isByTurn ? sql`now.state in ('requested', 'validated', 'queued'), job.position` : sql`job.position desc`}
    limit ${limit}`;
}

/** A job that another one was submitted to wait for. */
export type NeededJob = Needed & {
  /** The one that waits. */
  readonly waiting: string;
  /** Whose the other one is, and where that is. */
  readonly owner: string;
  readonly state: GpuJobState;
};

/** What a job was submitted to wait for, by age; absent: what jobs wait for still, of all that do. */
export async function listNeeded(sql: Sql | TransactionSql, jobId?: string): Promise<NeededJob[]> {
  const over = sql`('completed', 'failed', 'cancelled', 'expired')`;
  return sql<NeededJob[]>`
    select one.job_id as waiting, on_job_id as job, condition, owner, other.state
    from gpu_job_dependency as one
    join gpu_job_state as now on now.job_id = one.job_id
    join gpu_job as needed on needed.job_id = on_job_id
    join gpu_job_state as other on other.job_id = on_job_id
    where ${
      jobId === undefined
        ? sql`not now.is_ready and now.state not in ${over} and other.state not in ${over}`
        : sql`one.job_id = ${jobId}`
    }
    order by needed.position`;
}

export type PlannerView = Outlook & { readonly currency: string | null };

/** So many earlier starts are asked for what waits like that came to. */
const PAST_STARTS = 1000;

/** All that explanations are made of, in one snapshot. */
export async function readPlannerView(sql: Sql): Promise<PlannerView> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const clockMs = await readClock(tx);
    const isHeld = (await readHoldLevel(tx)) !== 'none';
    const queue = await readQueue(tx, { asOf: await lastGpuPosition(tx), clockMs, isHeld });
    const needed = Map.groupBy(await listNeeded(tx), ({ waiting }) => waiting);
    const byJob = new Map(
      [...needed].map(([id, jobs]) => [id, jobs.map(({ job, condition }) => ({ job, condition }))]),
    );
    return {
      ...{ ...queue, needed: byJob, past: await listPastStarts(tx) },
      ...(await readHourPrices(tx, clockMs)),
    };
  });
}

/** How long jobs waited until they got their devices, against what the plan said when they were submitted. */
async function listPastStarts(tx: TransactionSql): Promise<PastStart[]> {
  return tx<PastStart[]>`
    select (queued.facts ->> 'plannedMs')::float8 as "plannedMs",
           (extract(epoch from started.at - queued.at) * 1000)::float8 as "waitedMs"
    from gpu_job_event as queued
    cross join lateral (
      select at from gpu_job_event as event
      where event.job_id = queued.job_id and event.state = 'reserved' order by event.position limit 1) as started
    where queued.state = 'queued' and queued.facts ? 'plannedMs'
    order by queued.position desc limit ${PAST_STARTS}`;
}
