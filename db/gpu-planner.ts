/** Decisions of the planner: read, planned and written under the one lock of GPU facts, and made again from the facts. */
import { createHash } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import type { HoldLevel } from '../contracts/priority.ts';
import type { Allocation, Plan, PlannerInputs } from '../domain/gpu/model.ts';
import { MEDIA_SLICE } from '../domain/gpu/mig-profiles.ts';
import { plan } from '../domain/gpu/plan.ts';
import { recordDecision, type Grant, type Part } from './gpu-allocations.ts';
import { addNews } from './gpu-jobs.ts';
import { hasWaiting, readPlannerInputs } from './gpu-planner-input.ts';
import { lastGpuPosition, lockGpu } from './gpu-position.ts';
import { keepUse } from './gpu-use.ts';

/** Names what decides: it changes with every change of what a plan comes out as. */
const PLANNER = 'plan 8';

export type Planned = {
  /** Position of the decision; null: there was nothing to decide. */
  readonly decision: number | null;
  readonly started: readonly string[];
  readonly preempted: readonly string[];
  readonly level: HoldLevel;
};

/**
 * Plans, and gives what starts its devices and what makes way its notice, all in the transaction that read the input:
 * nothing comes in between. While training is held nothing is decided: what was to start waits in the queue, where it holds
 * and costs nothing, and at the last level whatever runs makes way.
 * Safe to repeat: what was started is not in the queue any more.
 */
export async function planNow(sql: Sql, by: Actor): Promise<Planned> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    const level = await readHoldLevel(tx);
    if (level !== 'none') {
      const preempted = await (level === 'preempt' ? preemptAll(tx, by) : putBackReserved(tx, by));
      return { decision: null, started: [], preempted, level };
    }
    const nothing = { decision: null, started: [], preempted: [], level };
    if (!(await hasWaiting(tx))) return nothing;
    const clockMs = await readClock(tx);
    await keepUse(tx, clockMs);
    const asOf = await lastGpuPosition(tx);
    const inputs = await readPlannerInputs(tx, { asOf, clockMs });
    const made = planOf(inputs);
    if (made.start.length === 0 && made.preempt.length === 0) return nothing;
    const decision = await recordDecision(tx, by, {
      ...{ asOf, clockMs, planner: PLANNER, input: JSON.stringify(inputs), plan: JSON.stringify(made) },
      starts: made.start.map(({ job, allocations }) => ({ jobId: job, grants: allocations.map(grantOf) })),
    });
    for (const { job, inFavourOf } of made.preempt)
      await addNews(tx, by, job, {
        ...{ kind: 'wanted', facts: { what: 'preempt', inFavourOf, decision } },
        // Not of whom: the program is told, whose owner may know nothing of that one.
        reason: `decision ${decision}: in favour of another job`,
      });
    return {
      decision,
      started: made.start.map(({ job }) => job),
      preempted: made.preempt.map(({ job }) => job),
      level,
    };
  });
}

const planOf = (
  { queue, running, capacity, usage, policy, now }: PlannerInputs,
  version = versionOf(PLANNER),
): Plan => plan(queue, running, capacity, usage, policy, now, version <= 5);

const versionOf = (planner: string): number => Number(planner.replace(/^plan /, ''));

/** What holds training now. */
export async function readHoldLevel(sql: Sql | TransactionSql): Promise<HoldLevel> {
  const [row] = await sql<{ level: HoldLevel }[]>`select level from governor_state`;
  return row?.level ?? 'none';
}

/** The database's clock, in milliseconds. */
export async function readClock(sql: Sql | TransactionSql): Promise<number> {
  const [row] = await sql<{ now: number }[]>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now`;
  return row!.now;
}

/** Whatever holds devices and has not been told to end, is. */
async function preemptAll(tx: TransactionSql, by: Actor): Promise<string[]> {
  const rows = await tx<{ jobId: string }[]>`
    select job_id as "jobId" from gpu_job_state
    where state in ('reserved', 'starting', 'running') and wanted is null order by job_id`;
  for (const { jobId } of rows)
    await addNews(tx, by, jobId, {
      ...{ kind: 'wanted', facts: { what: 'preempt' } },
      reason: 'training makes way for swaps',
    });
  return rows.map(({ jobId }) => jobId);
}

/** What holds devices and has not begun gives them back. */
async function putBackReserved(tx: TransactionSql, by: Actor): Promise<string[]> {
  const rows = await tx<{ jobId: string }[]>`
    select job_id as "jobId" from gpu_job_state where state = 'reserved' and wanted is null order by job_id`;
  for (const { jobId } of rows)
    await addNews(tx, by, jobId, {
      ...{ kind: 'wanted', facts: { what: 'requeue' } },
      reason: 'training is held for swaps, and it had not begun',
    });
  return rows.map(({ jobId }) => jobId);
}

/** An allocation as it is kept: each run of neighbouring cells by itself, the media engine by its profile's name. */
function grantOf({ node, cpus, memoryMib, devices }: Allocation): Grant {
  const parts = devices.flatMap(({ device, slices, profile }): Part[] => {
    const cells = slices.filter((slice) => slice !== MEDIA_SLICE).sort((one, other) => one - other);
    const runs: Part[] = [];
    for (const cell of cells) {
      const last = runs.at(-1);
      if (last && last.start + last.slices === cell)
        runs[runs.length - 1] = { ...last, slices: last.slices + 1 };
      else runs.push({ device, start: cell, slices: 1, migProfile: profile });
    }
    return runs;
  });
  return { node, cpuMillis: Math.round(cpus * 1000), memoryMib, parts };
}

export type DecisionAgain = {
  readonly planner: string;
  /** Does what is stored of the facts make the input that was decided by? */
  readonly isSameInput: boolean;
  /** Does the planner come to the same bytes? */
  readonly isSamePlan: boolean;
  readonly plan: string;
};

/**
 * Makes a decision again from the facts up to its position.
 * @throws TainError gpu.decision-not-found
 */
export async function decideAgain(sql: Sql, position: number): Promise<DecisionAgain> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const [row] = await tx<{ asOf: number; clockMs: number; planner: string; hash: string; plan: string }[]>`
      select as_of as "asOf", clock_ms as "clockMs", planner, input_sha256 as hash, plan
      from gpu_decision where position = ${position}`;
    if (!row) throw new TainError('gpu.decision-not-found', { position });
    const version = versionOf(row.planner);
    const inputs = await readPlannerInputs(tx, { ...row, version });
    const hash = createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
    const again = JSON.stringify(planOf(inputs, version));
    return {
      ...{ planner: row.planner, isSameInput: hash === row.hash, isSamePlan: again === row.plan },
      plan: again,
    };
  });
}

/** Drops decisions that were made longer ago than so many days. Safe to repeat. @returns how many are gone */
export async function dropOldDecisions(sql: Sql, keepDays: number): Promise<number> {
  const dropped = await sql`delete from gpu_decision where at < now() - ${keepDays} * interval '1 day'`;
  return dropped.count;
}
