/** All that the planner decides by, as it was at a position: read now or in a year, it is the same. */
import type { Sql, TransactionSql } from 'postgres';
import type { GpuJobState } from '../contracts/gpu.ts';
import type {
  Allocation,
  DeviceSlices,
  Job,
  PlannerInputs,
  Resources,
  RunningJob,
} from '../domain/gpu/model.ts';
import type { ArrayTurn } from '../domain/gpu/blockers.ts';
import { MEDIA_SLICE } from '../domain/gpu/mig-profiles.ts';
import { policyOf } from '../domain/gpu/policy-of.ts';
import { compareText } from '../domain/gpu/rank-queue.ts';
import { predictRuntime } from '../domain/gpu/runtime.ts';
import { listHeldAt, type HeldPart } from './gpu-allocations.ts';
import { readNodesAt } from './gpu-capacity.ts';
import { readMadeRooms } from './gpu-made-rooms.ts';
import { listOpenJobsAt, type JobNeeds, type JobRow } from './gpu-jobs.ts';
import { readPolicyAt } from './gpu-policy.ts';
import { migModelsOf, weighMig } from '../domain/gpu/weigh-request.ts';
import { eligibleAt, readTurnsTaken, type TurnsTaken } from './gpu-job-age.ts';
import { isUntil, readUsageAt, type PlanInstant } from './gpu-share-use.ts';

const WAITING: readonly GpuJobState[] = ['requested', 'validated', 'queued'];
const ENDING: readonly GpuJobState[] = ['collecting', 'cleaning'];

/** Does any job wait? Without one there is nothing to plan, and nothing else of the input need be read. */
export async function hasWaiting(tx: TransactionSql): Promise<boolean> {
  const found = await tx`select from gpu_job_state where state = any(${WAITING as string[]}) limit 1`;
  return found.length > 0;
}

/** Cards that a job found taken or ill, and nodes that had no room, are avoided so long. */
const SHORT_MS = 600_000;

/** Runs that predictions are made of: the last ones of a user and template, if they are not older than this. */
const [LAST_RUNS, RUNS_DAYS] = [2, 90];

/** More than any job was preempted: the planner leaves it alone. */
const PROTECTED = Number.MAX_SAFE_INTEGER;

type Instant = PlanInstant & { readonly isHeld?: boolean };

/**
 * The planner's input at a position.
 * @param at.clockMs the planner's clock
 */
export const readPlannerInputs = async (tx: TransactionSql, at: Instant): Promise<PlannerInputs> =>
  (await readQueue(tx, at)).inputs;

/** The same, and what tasks wait for that are beyond the limit of their array: told to people, and nothing is decided by it. */
export async function readQueue(
  tx: TransactionSql,
  { isHeld = false, ...at }: Instant,
): Promise<{ readonly inputs: PlannerInputs; readonly turns: ReadonlyMap<string, ArrayTurn> }> {
  const { asOf, clockMs } = at;
  const jobs = await listOpenJobsAt(tx, asOf);
  const held = Map.groupBy(await listHeldAt(tx, asOf), ({ jobId }) => jobId);
  const ending = jobs.flatMap(({ jobId, now }) => (now.wanted === null ? [] : [jobId]));
  const wanted = await readWantedAt(tx, asOf, ending);
  const runs = await readLastRuns(tx, asOf, clockMs, jobs);
  const { policy: document } = await readPolicyAt(tx, asOf);
  // Teams above others bind them since.
  const policy = policyOf(isUntil(at, 3) ? { ...document, teams: [] } : document);
  const taken: TurnsTaken = isUntil(at, 5) ? new Map() : await readTurnsTaken(tx, asOf, jobs);
  const short = await readShort(tx, asOf, clockMs);
  const nodes = (await readNodesAt(tx, asOf, short.cards)).map((node) =>
    short.nodes.has(node.name) ? { ...node, hadNoRoom: true } : node,
  );
  const modelOf = new Map(nodes.flatMap(({ devices }) => devices.map(({ id, model }) => [id, model])));
  const ofMig = migModelsOf(nodes);
  const weigh = (job: Job): Job => {
    if (isUntil(at, 5)) return job;
    const own = (held.get(job.id) ?? []).flatMap(({ device }) => modelOf.get(device) ?? []);
    return { ...job, resources: weighMig(job.resources, own.length > 0 ? own : ofMig, own.length > 0) };
  };
  const toJob = (row: JobRow): Job => weigh(jobOf(row, runs.get(keyOfRuns(row)) ?? [], taken, at));
  const running = jobs
    .filter(({ now }) => !WAITING.includes(now.state))
    .map((row) =>
      runningOf(row, toJob(row), held.get(row.jobId) ?? [], wanted.get(row.jobId) ?? null, clockMs),
    );
  const turns = turnsOf(jobs);
  const waiting = jobs.filter(({ now }) => WAITING.includes(now.state));
  const rooms = await readMadeRooms(
    tx,
    asOf,
    waiting.map(({ jobId }) => jobId),
  );
  const queue = waiting
    .map((row) => (turns.has(row.jobId) ? { ...row, now: { ...row.now, eligible_at: null } } : row))
    .map(toJob)
    .map((job) => (rooms.has(job.id) ? { ...job, room: rooms.get(job.id)! } : job));
  const teams = jobs.map(({ team }) => team);
  const inputs: PlannerInputs = {
    queue,
    running,
    capacity: { nodes, isHeld },
    usage: await readUsageAt(tx, at, document, policy, teams),
    policy,
    now: clockMs,
  };
  return { inputs, turns };
}

/** What a job asks of each node, in the planner's terms. */
export function resourcesOf({
  nodes,
  gpus,
  model,
  migProfile,
  shares,
  cpuMillis,
  memoryMib,
}: JobNeeds): Resources {
  const base = { nodes, cpus: cpuMillis / 1000, memoryMib };
  if (migProfile !== null) return { ...base, gpus: { kind: 'mig', model, profile: migProfile, count: gpus } };
  if (shares !== null) return { ...base, gpus: { kind: 'shared', model, slices: shares } };
  return { ...base, gpus: { kind: 'whole', model, count: gpus } };
}

function jobOf(row: JobRow, lastRuns: readonly number[], taken: TurnsTaken, at: PlanInstant): Job {
  const { now } = row;
  const { clockMs } = at;
  const walltimeMs = now.walltime_s * 1000;
  const stoodMs = isUntil(at, 5) ? 0 : frozenMsOf(row, clockMs);
  const ranMs = now.started_at === null ? 0 : clockMs - Date.parse(now.started_at) - stoodMs;
  return {
    id: row.jobId,
    user: row.owner,
    team: row.team,
    qos: now.qos,
    submittedAt: row.submittedAt.getTime(),
    eligibleAt: eligibleAt(row, taken.get(row.jobId) ?? null, at),
    isHeld: now.is_held,
    nice: now.nice,
    resources: resourcesOf(row),
    walltimeMs,
    predictedMs: predictRuntime(lastRuns, walltimeMs, isUntil(at, 6) ? 0 : 1),
    nearNodes: [],
    preemptions: row.isPreemptible && ranMs >= row.minRunS * 1000 ? now.preempted_count : PROTECTED,
  };
}

/** Tasks of an array beyond its limit wait for those that run, in the order of their submission. */
function turnsOf(jobs: readonly JobRow[]): Map<string, ArrayTurn> {
  const taken = new Map<string, string[]>();
  const turns = new Map<string, ArrayTurn>();
  /** @returns those that took a place before */
  const take = (arrayId: string, jobId: string): string[] => {
    const before = taken.get(arrayId) ?? [];
    taken.set(arrayId, [...before, jobId]);
    return before;
  };
  for (const { arrayId, jobId, now } of jobs)
    if (arrayId !== null && !WAITING.includes(now.state)) take(arrayId, jobId);
  for (const { arrayId, arrayLimit: limit, jobId, now } of jobs) {
    if (!WAITING.includes(now.state) || arrayId === null || limit === null) continue;
    if (now.eligible_at === null || now.is_held) continue;
    const before = take(arrayId, jobId);
    if (before.length >= limit) turns.set(jobId, { limit, before });
  }
  return turns;
}

/** How long the try that is under way stood still. */
const frozenMsOf = ({ now }: JobRow, clockMs: number): number =>
  now.frozen_ms + (now.frozen_at === null ? 0 : Math.max(0, clockMs - Date.parse(now.frozen_at)));

function runningOf(
  row: JobRow,
  job: Job,
  parts: readonly HeldPart[],
  wantedAt: number | null,
  clockMs: number,
): RunningJob {
  const { now } = row;
  const endingAt = ENDING.includes(now.state) ? Date.parse(now.state_at) : null;
  return {
    job,
    startedAt: Date.parse(now.started_at ?? now.state_at),
    frozenMs: frozenMsOf(row, clockMs),
    allocations: allocationsOf(parts),
    checkpointAt: now.checkpoint_at === null ? null : Date.parse(now.checkpoint_at),
    savesOnNotice: row.checkpointS !== null,
    preemptedAt: now.wanted === null ? endingAt : (wantedAt ?? endingAt),
  };
}

function allocationsOf(parts: readonly HeldPart[]): Allocation[] {
  const byNode = Map.groupBy(parts, ({ node }) => node);
  return [...byNode.keys()].sort(compareText).map((node) => {
    const own = byNode.get(node)!;
    const devices = own.map(({ device, start, slices, migProfile }): DeviceSlices => {
      const cells = Array.from({ length: slices }, (_, at) => start + at);
      return {
        device,
        slices: migProfile?.endsWith('+me') ? [...cells, MEDIA_SLICE] : cells,
        profile: migProfile,
      };
    });
    return { node, cpus: own[0]!.cpuMillis / 1000, memoryMib: own[0]!.memoryMib, devices };
  });
}

/** When somebody wanted a job to end last, by job. */
async function readWantedAt(
  sql: Sql | TransactionSql,
  asOf: number,
  jobIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await sql<{ jobId: string; at: Date }[]>`
    select job_id as "jobId", max(at) as at from gpu_job_event
    where job_id = any(${jobIds}) and kind = 'wanted' and position <= ${asOf}
    group by job_id`;
  return new Map(rows.map(({ jobId, at }) => [jobId, at.getTime()]));
}

/**
 * What jobs were short of lately. Cards that something else was on, or that were ill: taken again and again as the first of their
 * node, one such card would keep all jobs waiting. Nodes that a cluster had no room on though the books had, by what these do
 * not know of, like the number of pods.
 */
async function readShort(
  sql: Sql | TransactionSql,
  asOf: number,
  clockMs: number,
): Promise<{ readonly cards: Set<string>; readonly nodes: Set<string> }> {
  const rows = await sql<{ cards: string[] | null; node: string | null }[]>`
    select facts -> 'shortOf' as cards, facts ->> 'noRoomOn' as node from gpu_job_event
    where cause = 'resource-short' and position <= ${asOf}
      and at > ${new Date(clockMs)}::timestamptz - ${SHORT_MS} * interval '1 millisecond'`;
  return {
    cards: new Set(rows.flatMap(({ cards }) => cards ?? [])),
    nodes: new Set(rows.flatMap(({ node }) => node ?? [])),
  };
}

type RunKey = { readonly owner: string; readonly template: string };

const keyOfRuns = ({ owner, template }: RunKey): string => JSON.stringify([owner, template]);

/** How long the last runs of the users and templates of jobs took that came to their end, in ms, the newest first. */
async function readLastRuns(
  sql: Sql | TransactionSql,
  asOf: number,
  clockMs: number,
  jobs: readonly RunKey[],
): Promise<Map<string, number[]>> {
  const wanted = [...new Map(jobs.map((job) => [keyOfRuns(job), job])).values()];
  const rows = await sql<(RunKey & { ranMs: number })[]>`
    select owner, template, ran_ms as "ranMs"
    from unnest(${wanted.map(({ owner }) => owner)}::text[], ${wanted.map(({ template }) => template)}::text[])
      as wanted (owner, template)
    cross join lateral (
      select position, at, ran_ms from gpu_run as run
      where run.owner = wanted.owner and run.template = wanted.template and position <= ${asOf}
      order by position desc limit ${LAST_RUNS}) as last
    where at > ${new Date(clockMs)}::timestamptz - ${RUNS_DAYS} * interval '1 day' and ran_ms is not null
    order by position desc`;
  const runs = new Map<string, number[]>();
  for (const { ranMs, ...of } of rows) runs.set(keyOfRuns(of), [...(runs.get(keyOfRuns(of)) ?? []), ranMs]);
  return runs;
}
