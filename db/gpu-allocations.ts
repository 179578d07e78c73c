/** Queries on gpu_decision, gpu_claims and gpu_allocations: who gets what of which card, in one transaction with why. */
import { createHash } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError, type ErrorCode } from '../contracts/errors.ts';
import type { GpuCause } from '../contracts/gpu.ts';
import { moveJob, readJobState, type JobMove, type JobState } from './gpu-jobs.ts';
import { lockGpu } from './gpu-position.ts';

/** Cells of a card from `start` on: memory slices with MIG, shares of a shared card, the one cell of a whole card. */
export type Part = {
  readonly device: string;
  readonly start: number;
  readonly slices: number;
  readonly migProfile: string | null;
};

/** What a job gets on one node. */
export type Grant = {
  readonly node: string;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly parts: readonly Part[];
};

export type Decision = {
  /** Position of the last fact that was read. */
  readonly asOf: number;
  /** The planner's clock, in milliseconds. */
  readonly clockMs: number;
  /** Names the planner's version. */
  readonly planner: string;
  /** Canonical JSON of all that it was decided from. */
  readonly input: string;
  /** Canonical JSON of the plan. */
  readonly plan: string;
  readonly starts: readonly { readonly jobId: string; readonly grants: readonly Grant[] }[];
};

/**
 * Notes a decision, gives its jobs what they start with, and moves them to `reserved`, behind lockGpu: all of it or
 * nothing. Of two that want the same cell the second fails.
 * @returns position of the decision
 * @throws TainError gpu.slice-held when a cell is held by another; gpu.node-short when a node has not the CPU or memory, or
 *   is drained; gpu.device-unfit when a part does not lie there; gpu.job-moved when a job is not queued any more
 */
export async function recordDecision(tx: TransactionSql, by: Actor, decision: Decision): Promise<number> {
  const { asOf, clockMs, planner, input, plan, starts } = decision;
  const hash = createHash('sha256').update(input).digest('hex');
  const [row] = await tx<{ position: number }[]>`
    insert into gpu_decision (as_of, clock_ms, planner, input_sha256, plan)
    values (${asOf}, ${clockMs}, ${planner}, ${hash}, ${plan}) returning position`;
  const { position } = row!;
  for (const { jobId, grants } of starts) {
    await grant(tx, { jobId, grants, decision: position }).catch(asGrantError);
    await moveJob(tx, by, jobId, { to: 'reserved', reason: `decision ${position}` });
  }
  return position;
}

async function grant(
  tx: TransactionSql,
  { jobId, grants, decision }: { jobId: string; grants: readonly Grant[]; decision: number },
): Promise<void> {
  for (const { node, cpuMillis, memoryMib, parts } of grants) {
    const [claim] = await tx<{ claim_id: number }[]>`
      insert into gpu_claims (job_id, attempt, node, cpu_millis, memory_mib, decision)
      select job_id, attempt + 1, ${node}, ${cpuMillis}, ${memoryMib}, ${decision}
      from gpu_job_state where job_id = ${jobId} returning claim_id`;
    if (!claim) throw new TainError('gpu.job-not-found', { job: jobId });
    for (const { device, start, slices, migProfile } of parts)
      // The job and its cells are put in by the trigger.
      await tx`
        insert into gpu_allocations (claim_id, job_id, device, slices, mig_profile, cells)
        values (${claim.claim_id}, ${jobId}, ${device}, int4range(${start}, ${start + slices}), ${migProfile}, 'empty')`;
  }
}

const GRANT_ERRORS: Readonly<Record<string, ErrorCode>> = {
  gpu_allocations_once: 'gpu.slice-held',
  gpu_allocations_media: 'gpu.slice-held',
  gpu_claims_held: 'gpu.slice-held',
  gpu_node_open: 'gpu.node-short',
  gpu_node_room: 'gpu.node-short',
  gpu_mig_profile: 'gpu.device-unfit',
  gpu_mig_place: 'gpu.device-unfit',
  gpu_device_part: 'gpu.device-unfit',
  gpu_device_there: 'gpu.device-unfit',
};

function asGrantError(error: unknown): never {
  const { constraint_name: rule } = error as { constraint_name?: string };
  const code = rule === undefined ? undefined : GRANT_ERRORS[rule];
  if (code === undefined) throw error;
  const problem = (error as Error).message;
  throw new TainError(code, { device: problem, model: '', rule: rule!, problem }, { cause: error });
}

export type Release = JobMove & {
  /** False: what it did behind its last checkpoint (all of it, if it has none) is lost. */
  readonly keepsWork: boolean;
};

/**
 * Releases all that a job holds and moves it on, in one transaction. Safe to repeat: what is released stays so.
 * @param move from `cleaning` to an end or to `queued`; from `reserved` to `queued`, and elsewhere by way of `cleaning`;
 *   or what makes it from the state behind the lock, where nobody changes it any more: null leaves the job as it is
 * @throws TainError gpu.job-moved, gpu.job-not-found
 */
export async function releaseJob(
  sql: Sql,
  by: Actor,
  jobId: string,
  move: Release | ((now: JobState) => Release | null),
): Promise<JobState> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    const now = await readJobState(tx, jobId);
    const release = typeof move === 'function' ? move(now) : move;
    if (release === null) return now;
    const { keepsWork, ...rest } = release;
    if (now.state === 'reserved' && rest.to !== 'queued') await moveJob(tx, by, jobId, { to: 'cleaning' });
    await tx`
      update gpu_claims as claim set
        released_at = clock_timestamp(), cause = ${rest.cause ?? null},
        kept_until = case when ${keepsWork} then null
                     else greatest(claim.claimed_at, coalesce(now.checkpoint_at, claim.claimed_at)) end
      from gpu_job_state as now
      where now.job_id = ${jobId} and claim.job_id = ${jobId} and claim.released_at is null`;
    return moveJob(tx, by, jobId, rest);
  });
}

/** Cards of which a job holds a part now, and others of ours another. */
export async function listSharedCards(sql: Sql, jobId: string): Promise<string[]> {
  const rows = await sql<{ device: string }[]>`
    select distinct device from gpu_allocations as own join gpu_allocations as other using (device)
    where own.job_id = ${jobId} and own.released_at is null
      and other.job_id <> ${jobId} and other.released_at is null order by device`;
  return rows.map(({ device }) => device);
}

export type HeldPart = Part & {
  readonly allocationId: number;
  readonly jobId: string;
  readonly attempt: number;
  readonly owner: string;
  readonly team: string;
  readonly node: string;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly migInstance: string | null;
  readonly allocatedAt: Date;
  readonly cause: GpuCause | null;
};

/**
 * What was held at a position, by the history.
 * @param owner only that of one person's jobs; null: all
 */
export async function listHeldAt(
  sql: Sql | TransactionSql,
  asOf: number,
  owner: string | null = null,
): Promise<HeldPart[]> {
  return sql<HeldPart[]>`
    with open as (
      select allocation_id from gpu_allocations where released_at is null
      -- What was given back since: few where the position is the last one.
      union select allocation_id from allocation_history where kind = 'released' and position > ${asOf})
    select held.allocation_id as "allocationId", held.job_id as "jobId", claim.attempt, job.owner, job.team, claim.node,
           claim.cpu_millis as "cpuMillis", claim.memory_mib as "memoryMib", held.device, lower(held.slices) as start,
           upper(held.slices) - lower(held.slices) as slices, held.mig_profile as "migProfile",
           held.mig_instance as "migInstance", held.allocated_at as "allocatedAt", claim.cause
    from open
    join gpu_allocations as held using (allocation_id)
    join gpu_claims as claim using (claim_id)
    join gpu_job as job on job.job_id = held.job_id
    join allocation_history as given on given.allocation_id = held.allocation_id and given.kind = 'allocated'
    where given.position <= ${asOf}
      ${owner === null ? sql`` : sql`and job.owner = ${owner}`}
    order by held.allocation_id`;
}
