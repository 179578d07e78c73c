/** Queries on gpu_job, gpu_job_event and gpu_job_state: what was submitted, what becomes of it, and what is the case. */
import type { JSONValue, Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import type { GpuCause, GpuJobNews, GpuJobState } from '../contracts/gpu.ts';
import { lockGpu } from './gpu-position.ts';

/** What a job needs on each of its nodes. */
export type JobNeeds = {
  readonly nodes: number;
  readonly gpus: number;
  /** Null: any. */
  readonly model: string | null;
  /** Instances of this profile instead of whole cards. */
  readonly migProfile: string | null;
  /** So many shares of one card instead. */
  readonly shares: number | null;
  readonly cpuMillis: number;
  readonly memoryMib: number;
};

/** A submission that was found good: everything in it is checked before. */
export type JobOrder = JobNeeds & {
  readonly jobId: string;
  readonly owner: string;
  readonly team: string;
  /** Names the submission: a second one of the same key is the same job. Null: each is its own. */
  readonly requestKey: string | null;
  /** What was asked for with the key, field by field; null: nothing is compared. */
  readonly request: JSONValue | null;
  readonly array: { readonly id: string; readonly index: number; readonly limit: number | null } | null;
  readonly template: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly configPath: string;
  readonly workdir: string;
  readonly walltimeS: number;
  readonly graceS: number;
  readonly checkpointS: number | null;
  readonly minRunS: number;
  readonly isPreemptible: boolean;
  readonly qos: string;
  readonly nice: number;
  readonly isHeld: boolean;
  readonly expiresAt: Date | null;
  /** How often it is tried again for each cause that counts. */
  readonly retries: { readonly infra: number; readonly user: number };
  readonly dependsOn: readonly { readonly jobId: string; readonly condition: 'success' | 'any' }[];
};

/** A row of gpu_job_state: now, or as it was at a position. Instants are ISO 8601. */
export type JobState = {
  readonly job_id: string;
  readonly position: number;
  readonly state: GpuJobState;
  readonly state_at: string;
  readonly attempt: number;
  readonly is_held: boolean;
  readonly is_ready: boolean;
  readonly eligible_at: string | null;
  readonly qos: string;
  readonly nice: number;
  readonly walltime_s: number;
  readonly wanted: 'cancel' | 'requeue' | 'preempt' | null;
  readonly started_at: string | null;
  readonly frozen_at: string | null;
  readonly frozen_ms: number;
  readonly checkpoint_at: string | null;
  readonly checkpoint_step: number | null;
  readonly short_count: number;
  readonly preempted_count: number;
  readonly infra_count: number;
  readonly user_count: number;
  /** Since eligible_at, while it held devices; absent in events of before it was noted. */
  readonly away_ms?: number;
  /** Tries in a row that the machine was to blame for; absent likewise. */
  readonly pause_count?: number;
  readonly cause: GpuCause | null;
  readonly finished_at: string | null;
  readonly summary: JSONValue;
};

/** How long the try that is under way has run, in ms, without what stood still; 0: it does not run yet. */
export function ranMsOf(
  { started_at: startedAt, frozen_at: frozenAt, frozen_ms: frozenMs }: JobState,
  clockMs: number,
): number {
  if (startedAt === null) return 0;
  const standsMs = frozenAt === null ? 0 : clockMs - Date.parse(frozenAt);
  return clockMs - Date.parse(startedAt) - frozenMs - standsMs;
}

/**
 * Enters a job, its dependencies and its first event, behind lockGpu. Safe to repeat with the same request key.
 * @returns the job's id: that of the first submission of the key
 * @throws TainError gpu.job-not-found naming a dependency that is not there
 */
export async function submitJob(tx: TransactionSql, by: Actor, order: JobOrder): Promise<string> {
  const [known] = await tx<{ job_id: string }[]>`
      select job_id from gpu_job where request_key = ${order.requestKey} or job_id = ${order.jobId}`;
  if (known) return known.job_id;
  const { array, retries } = order;
  await tx`
      insert into gpu_job (job_id, owner, team, submitted_by, submitted_role, request_key, request, array_id,
        array_index, array_limit, template, params, config_path, workdir, nodes, gpus, model, mig_profile, shares, cpu_millis,
        memory_mib, walltime_s, grace_s, checkpoint_s, min_run_s, is_preemptible, qos, nice, is_held, expires_at,
        max_infra, max_user)
      values (${order.jobId}, ${order.owner}, ${order.team}, ${by.actor}, ${by.role}, ${order.requestKey},
        ${order.request === null ? null : tx.json(order.request)},
        ${array?.id ?? null}, ${array?.index ?? null}, ${array?.limit ?? null}, ${order.template},
        ${tx.json(order.params)}, ${order.configPath}, ${order.workdir}, ${order.nodes}, ${order.gpus}, ${order.model},
        ${order.migProfile}, ${order.shares}, ${order.cpuMillis}, ${order.memoryMib}, ${order.walltimeS},
        ${order.graceS}, ${order.checkpointS}, ${order.minRunS}, ${order.isPreemptible}, ${order.qos}, ${order.nice},
        ${order.isHeld}, ${order.expiresAt}, ${retries.infra}, ${retries.user})`;
  for (const { jobId, condition } of order.dependsOn)
    await tx`
        insert into gpu_job_dependency (job_id, on_job_id, condition) values (${order.jobId}, ${jobId}, ${condition})`.catch(
      (error: unknown) => {
        const { constraint_name: constraint } = error as { constraint_name?: string };
        if (constraint !== 'gpu_job_dependency_on_job_id_fkey' && constraint !== 'gpu_job_dependency_order')
          throw error;
        throw new TainError('gpu.job-not-found', { job: jobId }, { cause: error });
      },
    );
  await addEvent(tx, by, order.jobId, { kind: 'submitted', state: 'requested' });
  return order.jobId;
}

export type JobMove = {
  readonly to: GpuJobState;
  /** Whose move it is; absent: of whatever attempt there is. */
  readonly attempt?: number;
  readonly cause?: GpuCause;
  readonly reason?: string;
  /** Of an end: its summary. */
  readonly facts?: JSONValue;
};

/**
 * Moves a job on, in the transaction of what it is about (behind lockGpu). A move to where it is already is none: safe to
 * repeat.
 * @returns the state behind it
 * @throws TainError gpu.job-not-found; gpu.job-moved when the lifecycle has no such move, it is at another attempt, or the
 *   job still holds devices at its end, or none at its start
 */
export async function moveJob(
  tx: TransactionSql,
  by: Actor,
  jobId: string,
  { to, attempt, ...rest }: JobMove,
): Promise<JobState> {
  const now = await readJobState(tx, jobId);
  if (attempt !== undefined && now.attempt !== attempt)
    throw new TainError('gpu.job-moved', {
      job: jobId,
      problem: `attempt ${attempt} is over: it is at ${now.attempt}`,
    });
  if (now.state === to) return now;
  return addEvent(tx, by, jobId, { kind: 'moved', state: to, ...rest });
}

/** The same in a transaction of its own. @throws as moveJob */
export async function moveJobAlone(sql: Sql, by: Actor, jobId: string, move: JobMove): Promise<JobState> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    return moveJob(tx, by, jobId, move);
  });
}

/**
 * Notes what happens to a job beside its moves.
 * @throws TainError gpu.job-not-found; gpu.job-moved when it has ended
 */
export async function noteJob(
  sql: Sql,
  by: Actor,
  jobId: string,
  news: GpuJobNews & { readonly reason?: string },
): Promise<JobState> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    return addNews(tx, by, jobId, news);
  });
}

/** The same in a transaction of others, behind lockGpu. @throws as noteJob */
export async function addNews(
  tx: TransactionSql,
  by: Actor,
  jobId: string,
  news: GpuJobNews & { readonly reason?: string },
): Promise<JobState> {
  await readJobState(tx, jobId);
  return addEvent(tx, by, jobId, news);
}

/** @throws TainError gpu.job-not-found */
export async function readJobState(tx: Sql | TransactionSql, jobId: string): Promise<JobState> {
  const [row] = await tx<{ state: JobState }[]>`
    select to_jsonb(now) as state from gpu_job_state as now where job_id = ${jobId}`;
  if (!row) throw new TainError('gpu.job-not-found', { job: jobId });
  return row.state;
}

type Event = {
  readonly kind: GpuJobNews['kind'] | 'submitted' | 'moved';
  readonly state?: GpuJobState;
  readonly cause?: GpuCause;
  readonly reason?: string;
  readonly facts?: JSONValue;
};

async function addEvent(tx: TransactionSql, by: Actor, jobId: string, event: Event): Promise<JobState> {
  const { kind, state = null, cause = null, reason = null, facts = {} } = event;
  const [row] = await tx<{ after: JobState }[]>`
    insert into gpu_job_event (job_id, kind, state, cause, actor, role, reason, facts)
    values (${jobId}, ${kind}, ${state}, ${cause}, ${by.actor}, ${by.role}, ${reason}, ${tx.json(facts)})
    returning after`.catch((error: unknown) => {
    const { constraint_name: constraint } = error as { constraint_name?: string };
    if (!constraint?.startsWith('gpu_job_move') && !constraint?.startsWith('gpu_job_holds')) throw error;
    const problem = (error as Error).message;
    throw new TainError('gpu.job-moved', { job: jobId, problem }, { cause: error });
  });
  return row!.after;
}

export type JobRow = JobNeeds & {
  readonly jobId: string;
  readonly submittedAt: Date;
  readonly owner: string;
  readonly team: string;
  readonly arrayId: string | null;
  readonly arrayLimit: number | null;
  readonly template: string;
  readonly graceS: number;
  readonly checkpointS: number | null;
  readonly minRunS: number;
  readonly isPreemptible: boolean;
  readonly expiresAt: Date | null;
  readonly now: JobState;
};

/**
 * Jobs that have not ended, as they were at a position, in the order of their submission: what the planner's queue and
 * what runs are made of.
 * @param asOf a position that was read by lastGpuPosition before
 */
export async function listOpenJobsAt(sql: Sql | TransactionSql, asOf: number): Promise<JobRow[]> {
  return sql<JobRow[]>`
    select job.job_id as "jobId", submitted_at as "submittedAt", owner, team, array_id as "arrayId",
           array_limit as "arrayLimit", template, nodes, gpus, model, mig_profile as "migProfile", shares,
           cpu_millis as "cpuMillis", memory_mib as "memoryMib", grace_s as "graceS", checkpoint_s as "checkpointS",
           min_run_s as "minRunS", is_preemptible as "isPreemptible", expires_at as "expiresAt", last.after as now
    from (
      select job_id from gpu_job_state where state not in ('completed', 'failed', 'cancelled', 'expired')
      -- What was open at the position and has ended since.
      union select job_id from gpu_job_event where position > ${asOf}) as open
    join gpu_job as job using (job_id)
    cross join lateral (
      select after from gpu_job_event as event
      where event.job_id = job.job_id and event.position <= ${asOf} order by event.position desc limit 1) as last
    where last.after ->> 'state' not in ('completed', 'failed', 'cancelled', 'expired')
    order by job.position`;
}

export type JobEventRow = {
  readonly position: number;
  readonly at: Date;
  readonly kind: string;
  readonly state: GpuJobState | null;
  readonly cause: GpuCause | null;
  readonly actor: string;
  readonly role: string;
  readonly reason: string | null;
  readonly facts: JSONValue;
  /** Whose the job is in whose favour this one was told to end. */
  readonly favouredOwner: string | null;
  readonly after: JobState;
};

/** So many are shown of a timeline; of checkpoints, of which a long run writes one every ten seconds, the last few. */
const [NEWS_SHOWN, CHECKPOINTS_SHOWN] = [1000, 20];

/** The timeline of a job, oldest first: the newest of it, and of its checkpoints the last. */
export async function listJobEvents(sql: Sql, jobId: string): Promise<JobEventRow[]> {
  return sql<JobEventRow[]>`
    select position, at, kind, state, cause, actor, role, reason, facts, after,
           (select owner from gpu_job where job_id = facts ->> 'inFavourOf') as "favouredOwner"
    from (
      (select * from gpu_job_event where job_id = ${jobId} and kind <> 'checkpointed'
       order by position desc limit ${NEWS_SHOWN})
      union all
      (select * from gpu_job_event where job_id = ${jobId} and kind = 'checkpointed'
       order by position desc limit ${CHECKPOINTS_SHOWN})) as shown
    order by position`;
}

/** Jobs whose dependencies have all ended as they must, and that do not know it yet; and those for which that is past hope. */
export async function findDependants(sql: Sql): Promise<{ jobId: string; isHopeless: boolean }[]> {
  return sql<{ jobId: string; isHopeless: boolean }[]>`
    select now.job_id as "jobId",
           bool_or(needed.condition = 'success' and other.state in ('failed', 'cancelled', 'expired')) as "isHopeless"
    from gpu_job_state as now
    join gpu_job_dependency as needed using (job_id)
    join gpu_job_state as other on other.job_id = needed.on_job_id
    where not now.is_ready and now.state = 'queued'
    group by now.job_id
    having bool_and(other.state = 'completed'
                    or (needed.condition = 'any' and other.state in ('failed', 'cancelled', 'expired')))
      or bool_or(needed.condition = 'success' and other.state in ('failed', 'cancelled', 'expired'))
    order by now.job_id`;
}
