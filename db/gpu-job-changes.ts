/** What people do to jobs: submitted and changed, each with who and why, in one transaction with the audit log. */
import { isDeepStrictEqual } from 'node:util';
import type { JSONValue, Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import { RESULTS_FOLDER } from '../contracts/job-run.ts';
import { isAllowed, seesOnlyOwn } from '../contracts/policy.ts';
import { plannedStarts } from '../domain/gpu/explain.ts';
import { appendAudit } from './audit.ts';
import {
  addNews,
  moveJob,
  ranMsOf,
  readJobState,
  submitJob,
  type JobOrder,
  type JobState,
} from './gpu-jobs.ts';
import { readClock } from './gpu-planner.ts';
import { readPlannerInputs } from './gpu-planner-input.ts';
import { lastGpuPosition, lockGpu } from './gpu-position.ts';

const subjectOf = (jobId: string): string => `gpu/${jobId}`;

/**
 * Enters jobs that were found good, all or none, and puts them into the queue with how long each is to wait by the plan.
 * Safe to repeat with the same request keys.
 * @returns the jobs' ids, in their order: those of the first submission of the keys
 * @throws TainError gpu.job-not-found naming a dependency; gpu.workdir-busy; gpu.request-differs
 */
export async function enterJobs(sql: Sql, by: Actor, orders: readonly JobOrder[]): Promise<string[]> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    const known = await findRepeated(tx, orders);
    const isKnown = ({ requestKey }: JobOrder): boolean => requestKey !== null && known.has(requestKey);
    const entered = orders.filter((order) => !isKnown(order));
    await checkDependencies(tx, by, entered);
    await checkWorkdirs(tx, by, entered);
    for (const order of entered) {
      await submitJob(tx, by, order);
      await moveJob(tx, by, order.jobId, { to: 'validated' });
    }
    const waits = await planWaits(tx, entered);
    for (const order of entered) {
      const plannedMs = waits.get(order.jobId);
      const facts = plannedMs === undefined ? {} : { plannedMs };
      await moveJob(tx, by, order.jobId, { to: 'queued', facts });
      const { owner, template, gpus, model, migProfile, shares, workdir } = order;
      await appendAudit(tx, {
        ...{ ...by, action: 'gpu.job-submitted', subject: subjectOf(order.jobId) },
        after: { owner, template, gpus, model, migProfile, shares, workdir },
      });
    }
    return orders.map((order) => (isKnown(order) ? known.get(order.requestKey!)! : order.jobId));
  });
}

/**
 * The jobs of request keys that were entered before, by the keys. A field that one of the two does not have, as it was
 * entered by another version, is not compared.
 * @throws TainError gpu.request-differs when a key stands for another order than before
 */
async function findRepeated(tx: TransactionSql, orders: readonly JobOrder[]): Promise<Map<string, string>> {
  const keys = orders.flatMap(({ requestKey }) => requestKey ?? []);
  const known = await tx<{ key: string; jobId: string; request: Record<string, JSONValue> | null }[]>`
    select request_key as key, job_id as "jobId", request from gpu_job where request_key = any(${keys})`;
  for (const { key, jobId, request } of known) {
    const again = orders.find(({ requestKey }) => requestKey === key)!.request as typeof request;
    if (request === null || again === null) continue;
    const field = Object.keys(again).find(
      (name) => Object.hasOwn(request, name) && !isDeepStrictEqual(request[name], again[name]),
    );
    if (field !== undefined) throw new TainError('gpu.request-differs', { job: jobId, field });
  }
  return new Map(known.map(({ key, jobId }) => [key, jobId]));
}

/**
 * Who sees only his own jobs lets his wait for these alone: what is refused must not tell whether there is a job.
 * @throws TainError gpu.job-not-found
 */
async function checkDependencies(
  tx: TransactionSql,
  { actor, role }: Actor,
  entered: readonly JobOrder[],
): Promise<void> {
  if (!seesOnlyOwn(role, 'allocations')) return;
  const asked = entered.flatMap(({ dependsOn }) => dependsOn.map(({ jobId }) => jobId));
  const own = await tx<{ jobId: string }[]>`
    select job_id as "jobId" from gpu_job where job_id = any(${asked}) and owner = ${actor}`;
  const isOwn = new Set(own.map(({ jobId }) => jobId));
  const other = asked.find((jobId) => !isOwn.has(jobId));
  if (other !== undefined) throw new TainError('gpu.job-not-found', { job: other });
}

/**
 * No two open jobs work in the same folder, none in one that another's lies in, which would count as its own, and none among
 * another's results, which would be collected as those of that one. Who chose a folder keeps his own other jobs out of all
 * below it, but nobody else: one job would lock a whole tree.
 * @throws TainError gpu.workdir-busy, which names the job to who may see it
 */
async function checkWorkdirs(tx: TransactionSql, by: Actor, entered: readonly JobOrder[]): Promise<void> {
  const first = entered[0];
  if (!first) return;
  const refuseFor = (job: string, owner: string, workdir: string): never => {
    const isHidden = owner !== by.actor && seesOnlyOwn(by.role, 'allocations');
    throw new TainError('gpu.workdir-busy', { job: isHidden ? '' : job, workdir });
  };
  const taken = new Map<string, string>();
  for (const { jobId, owner, workdir } of entered) {
    if (taken.has(workdir)) refuseFor(taken.get(workdir)!, owner, workdir);
    taken.set(workdir, jobId);
  }
  for (const { owner, workdir } of entered) {
    const other = above(workdir).find((folder) => taken.has(folder));
    if (other !== undefined) refuseFor(taken.get(other)!, owner, workdir);
  }
  const asked = [...taken.keys()];
  // All that lies in any of them begins like all of them.
  const common = asked.reduce((prefix, folder) => commonStart(prefix, folder));
  const [busy] = await tx<{ job: string; owner: string; folder: string }[]>`
    select job_id as job, owner, workdir as folder
    from gpu_job_state as now join gpu_job using (job_id)
    where now.state not in ('completed', 'failed', 'cancelled', 'expired')
      and (workdir = any(${asked})
        or (owner = any(${entered.map(({ owner }) => owner)}) and workdir = any(${asked.flatMap(above)}))
        or workdir || ${`/${RESULTS_FOLDER}`} = any(${asked.flatMap((folder) => [folder, ...above(folder)])})
        or (starts_with(workdir, ${common})
            and exists (select from unnest(${asked}::text[]) as folder where starts_with(workdir, folder || '/'))))
    limit 1`;
  if (!busy) return;
  const near = (folder: string): boolean =>
    [folder, ...above(folder)].includes(busy.folder) || above(busy.folder).includes(folder);
  refuseFor(busy.job, busy.owner, asked.find(near) ?? first.workdir);
}

/** Folders that a folder lies in, the nearest first; absolute paths without links, as they were checked. */
const above = (folder: string): string[] =>
  folder
    .split('/')
    .map((_, at, parts) => parts.slice(0, at).join('/'))
    .filter((parent) => parent !== '')
    .reverse();

function commonStart(one: string, other: string): string {
  let end = 0;
  while (end < one.length && one[end] === other[end]) end += 1;
  return one.slice(0, end);
}

/**
 * How long jobs that are just entered will wait by the plan, in ms. Left out are those of which it cannot be said, and
 * those that wait for others, be it for room in their array.
 */
async function planWaits(tx: TransactionSql, entered: readonly JobOrder[]): Promise<Map<string, number>> {
  const waits = new Map<string, number>();
  const free = new Set(
    entered
      .filter(
        ({ dependsOn, array }) => dependsOn.length === 0 && (array?.index ?? 0) < (array?.limit ?? Infinity),
      )
      .map(({ jobId }) => jobId),
  );
  if (free.size === 0) return waits;
  const clockMs = await readClock(tx);
  const inputs = await readPlannerInputs(tx, { asOf: await lastGpuPosition(tx), clockMs });
  const queue = inputs.queue.map((job) => (free.has(job.id) ? { ...job, eligibleAt: clockMs } : job));
  for (const [jobId, start] of plannedStarts({ ...inputs, queue }, ({ id }) => free.has(id)))
    if (free.has(jobId) && start !== null) waits.set(jobId, start - clockMs);
  return waits;
}

export type JobChange =
  | { readonly kind: 'hold' | 'release' | 'cancel' | 'requeue' }
  | { readonly kind: 'reprioritise'; readonly qos?: string; readonly nice?: number }
  | { readonly kind: 'extend'; readonly walltimeS: number };

/**
 * Changes a job. What holds devices is not ended here: it is noted that it shall, and whoever watches it does it.
 * @throws TainError gpu.job-not-found; gpu.job-moved when it has ended, or what is wanted would come to nothing
 */
export async function changeJob(
  sql: Sql,
  by: Actor,
  jobId: string,
  change: JobChange,
  reason: string,
): Promise<JobState> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    return changeNow(tx, by, jobId, change, reason);
  });
}

/** What became of a task of an array that was to change. */
export type TaskChange = {
  readonly jobId: string;
  /** Why it is as it was; null: it was changed. */
  readonly problem: string | null;
};

/**
 * Changes all tasks of an array in one transaction. Those of which it is not possible stay as they are, each with why.
 * @returns all of them, by their numbers
 * @throws TainError gpu.array-not-found
 */
export async function changeArray(
  sql: Sql,
  by: Actor,
  arrayId: string,
  change: JobChange,
  reason: string,
): Promise<TaskChange[]> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    const tasks = await tx<{ jobId: string }[]>`
      select job_id as "jobId" from gpu_job
      where array_id = ${arrayId} order by array_index`;
    if (tasks.length === 0) throw new TainError('gpu.array-not-found', { array: arrayId });
    const changes: TaskChange[] = [];
    for (const { jobId } of tasks) {
      const problem = await tx
        .savepoint((point) => changeNow(point, by, jobId, change, reason))
        .then(() => null, problemOf);
      changes.push({ jobId, problem });
    }
    return changes;
  });
}

/** Why a job cannot be changed like that. @throws anything else that went wrong */
function problemOf(error: unknown): string {
  if (error instanceof TainError && error.code === 'gpu.job-moved') return String(error.params['problem']);
  throw error;
}

/** In a transaction of others, behind lockGpu. */
async function changeNow(
  tx: TransactionSql,
  by: Actor,
  jobId: string,
  change: JobChange,
  reason: string,
): Promise<JobState> {
  const before = await readJobState(tx, jobId);
  const after = await applyChange(tx, by, before, change, reason);
  const facts = ({ state, is_held, qos, nice, walltime_s, wanted }: JobState): JSONValue => ({
    ...{ state, isHeld: is_held, qos, nice, walltimeS: walltime_s, wanted },
  });
  await appendAudit(tx, {
    ...{ ...by, action: 'gpu.job-changed', subject: subjectOf(jobId), reason },
    ...{ before: facts(before), after: facts(after) },
  });
  return after;
}

async function applyChange(
  tx: TransactionSql,
  by: Actor,
  now: JobState,
  change: JobChange,
  reason: string,
): Promise<JobState> {
  const { job_id: jobId, state } = now;
  const isWaiting = state === 'requested' || state === 'validated' || state === 'queued';
  switch (change.kind) {
    case 'hold':
      return addNews(tx, by, jobId, { kind: 'held', reason });
    case 'release':
      await requireOwnHold(tx, by, jobId);
      return addNews(tx, by, jobId, { kind: 'released', reason });
    case 'extend':
      requireGoing(now, await readClock(tx));
      return addNews(tx, by, jobId, { kind: 'extended', facts: { walltimeS: change.walltimeS }, reason });
    case 'reprioritise': {
      const { qos, nice } = change;
      const facts = { ...(qos !== undefined && { qos }), ...(nice !== undefined && { nice }) };
      return addNews(tx, by, jobId, { kind: 'reprioritised', facts, reason });
    }
    case 'cancel':
      return isWaiting
        ? moveJob(tx, by, jobId, { to: 'cancelled', cause: 'cancelled', reason })
        : addNews(tx, by, jobId, { kind: 'wanted', facts: { what: 'cancel' }, reason });
    case 'requeue':
      if (isWaiting) refuse(now, `it is ${state} and holds nothing`);
      requireGoing(now, await readClock(tx));
      return addNews(tx, by, jobId, { kind: 'wanted', facts: { what: 'requeue' }, reason });
  }
}

const refuse = ({ job_id: job }: JobState, problem: string): never => {
  throw new TainError('gpu.job-moved', { job, problem });
};

/**
 * Who has a job run again or longer comes too late when its end is decided: he would be told that it is done, and it ended.
 * @throws TainError gpu.job-moved
 */
function requireGoing(now: JobState, clockMs: number): void {
  const { state, wanted, walltime_s: walltimeS } = now;
  if (wanted === 'cancel') refuse(now, 'it is being cancelled');
  if (state === 'collecting' || state === 'cleaning') refuse(now, `it is ${state}: its program has ended`);
  if (state === 'running' && ranMsOf(now, clockMs) >= walltimeS * 1000)
    refuse(now, `it has run for its walltime of ${walltimeS} s and is ending`);
}

/**
 * Who may not favour jobs does not release what somebody keeps from running who may, by a hold since the last release or
 * by submitting it as held; whoever else holds it too.
 * @throws TainError gpu.job-moved
 */
async function requireOwnHold(tx: TransactionSql, { actor, role }: Actor, jobId: string): Promise<void> {
  if (isAllowed(role, 'gpu.jobs.favour')) return;
  const holders = await tx<Actor[]>`
    select actor, role
    from (
      select submitted_by as actor, submitted_role as role, position from gpu_job where job_id = ${jobId} and is_held
      union all
      select actor, role, position from gpu_job_event where job_id = ${jobId} and kind = 'held') as held
    where position > coalesce(
      (select max(position) from gpu_job_event where job_id = ${jobId} and kind = 'released'), 0)
    order by position desc`;
  const holder = holders.find((one) => one.actor !== actor && isAllowed(one.role, 'gpu.jobs.favour'));
  if (holder) throw new TainError('gpu.job-moved', { job: jobId, problem: `${holder.actor} holds it` });
}
