/** Training jobs and what the planner says of them, as the API shows them. */
import type { GpuJobState } from '../../contracts/gpu.ts';
import type {
  GpuExplanation,
  GpuJobDetail,
  GpuJobView,
  GpuQueueView,
  GpuWhatIfView,
} from '../../contracts/gpu-jobs.schema.ts';
import { describeBlocker } from '../../contracts/texts/describe-gpu.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { Bill } from '../../db/gpu-job-runs.ts';
import type { JobShown, NeededJob, PlannerView } from '../../db/gpu-job-views.ts';
import type { JobEventRow } from '../../db/gpu-jobs.ts';
import { formatMicros } from '../../domain/gpu-cost/money.ts';
import type { Blocker } from '../../domain/gpu/blockers.ts';
import { explain, explainQueue, whatIf, type Explanation } from '../../domain/gpu/explain.ts';
import type { Job, PlannerInputs } from '../../domain/gpu/model.ts';

/** Has a job in this state ended? */
export const isOverState = (state: GpuJobState): boolean => OVER.includes(state);

const OVER: readonly GpuJobState[] = ['completed', 'failed', 'cancelled', 'expired'];

const iso = (instant: number | string | null): string | null =>
  instant === null ? null : new Date(instant).toISOString();

export function viewJob(job: JobShown): GpuJobView {
  const { now, gpus, model, migProfile, shares, cpuMillis, memoryMib } = job;
  return {
    ...{ jobId: job.jobId, user: job.owner, team: job.team, state: now.state, attempt: now.attempt },
    ...{ isHeld: now.is_held, wanted: now.wanted, template: job.template, parameters: job.params },
    ...{ config: job.configPath, workdir: job.workdir, array: job.array },
    resources: { gpus, model, migProfile, shares, cpus: cpuMillis / 1000, memoryMib },
    ...{ walltimeSeconds: now.walltime_s, qos: now.qos, nice: now.nice },
    submittedAt: job.submittedAt.toISOString(),
    startedAt: iso(now.started_at),
    finishedAt: iso(now.finished_at),
    isFrozen: now.frozen_at !== null,
    checkpoint:
      now.checkpoint_at === null ? null : { at: iso(now.checkpoint_at)!, step: now.checkpoint_step },
    retries: {
      ...{ short: now.short_count, preempted: now.preempted_count },
      ...{ infrastructure: now.infra_count, userError: now.user_count },
    },
    cause: now.cause,
  };
}

/** Whoever reads it: whose jobs are named to him (null: everybody's), and his language. */
export type Reader = { readonly owner: string | null; readonly language: Language };

function viewExplanation(
  explanation: Explanation,
  { currency, inputs }: PlannerView,
  { owner, language }: Reader,
): GpuExplanation {
  const { position, plannedStart, startP50, startP90, blockers, priority, fairShare, cost } = explanation;
  return {
    ...{ position, plannedStart: iso(plannedStart), startP50: iso(startP50), startP90: iso(startP90) },
    blockers: blockers
      .map((blocker) => (owner === null ? blocker : withoutOthers(blocker, owner, inputs)))
      .map((blocker) => ({ ...blocker, text: describeBlocker(blocker, language) })),
    ...{ priority, fairShare },
    cost:
      cost === null || currency === null
        ? null
        : { currency, expected: formatMicros(cost.expected), most: formatMicros(cost.most) },
  };
}

/** A blocker without the id of a job that is not of this person. */
function withoutOthers({ code, params }: Blocker, owner: string, { queue, running }: PlannerInputs): Blocker {
  const { job: named, ...rest } = params;
  const isOwn = ({ id, user }: Job): boolean => id === named && user === owner;
  return queue.some(isOwn) || running.some(({ job }) => isOwn(job))
    ? { code, params }
    : { code, params: rest };
}

/** What stands in the words of an event for the job that this one made room for; earlier ones have its id. */
const FAVOURED = /(?<=decision \d+: in favour of )(another job|[a-z0-9-]+)/g;

/** An event with the id of the job that this one made room for, or without: it is another's, and not to be seen. */
function nameFavoured(event: JobEventRow, owner: string | null): Pick<JobEventRow, 'facts' | 'reason'> {
  const { inFavourOf: id, ...facts } = event.facts as { readonly inFavourOf?: string };
  const isShown = owner === null || event.favouredOwner === owner;
  const name = (text: string): string =>
    text.replaceAll(FAVOURED, (found) => (isShown ? (id ?? found) : 'another job'));
  return {
    reason: event.reason && name(event.reason),
    facts: {
      ...(JSON.parse(name(JSON.stringify(facts))) as object),
      ...(id !== undefined && isShown && { inFavourOf: id }),
    },
  };
}

/** As whoever may not know what things cost is told. */
export const withoutPrices = (view: PlannerView): PlannerView => ({
  ...view,
  prices: new Map(),
  currency: null,
});

type JobFacts = {
  readonly bill: Bill;
  readonly events: readonly JobEventRow[];
  /** What it was submitted to wait for. */
  readonly needed: readonly NeededJob[];
};

export const viewDetail = (
  job: JobShown,
  { bill, events, needed }: JobFacts,
  view: PlannerView,
  reader: Reader,
): GpuJobDetail => {
  const found = explain(job.jobId, view);
  const shown = events.map((event) => ({ ...event, ...nameFavoured(event, reader.owner) }));
  return {
    job: viewJob(job),
    explanation: found && viewExplanation(found, view, reader),
    dependsOn: needed.map(({ job: id, owner, condition, state }) => ({
      ...{ job: reader.owner === null || owner === reader.owner ? id : null, condition, state },
    })),
    billed: bill,
    timeline: shown.map(({ at, kind, state, cause, actor, role, reason, facts }) => ({
      ...{ at: at.toISOString(), kind, state, cause, by: actor, role, reason, facts },
    })),
  };
};

/** Waiting jobs in the order of the queue; those that are not in the order last. */
export function viewQueue(jobs: readonly JobShown[], view: PlannerView, reader: Reader): GpuQueueView {
  const explanations = explainQueue(view, new Set(jobs.map(({ jobId }) => jobId)));
  const waiting = jobs.flatMap((job) => {
    const found = explanations.get(job.jobId);
    return found ? [{ job: viewJob(job), explanation: viewExplanation(found, view, reader) }] : [];
  });
  const place = (one: (typeof waiting)[number]): number => one.explanation.position ?? Infinity;
  const isWaiting = new Set(waiting.map(({ job }) => job.jobId));
  return {
    isHeld: view.inputs.capacity.isHeld,
    running: jobs.filter(({ jobId }) => !isWaiting.has(jobId)).map(viewJob),
    waiting: waiting.sort((one, other) => place(one) - place(other)),
  };
}

export function viewWhatIf(job: Job, view: PlannerView, reader: Reader): GpuWhatIfView {
  const { owner } = reader;
  const { explanation, displaced } = whatIf(job, view);
  const own = new Set(view.inputs.queue.flatMap(({ id, user }) => (user === owner ? [id] : [])));
  const shown = displaced.filter(({ job: id }) => owner === null || own.has(id));
  return {
    explanation: viewExplanation(explanation, view, reader),
    others: displaced.length - shown.length,
    displaced: shown.map(({ job: id, from, to }) => ({ job: id, from: iso(from), to: iso(to) })),
  };
}

/** The seed's answer on the jobs of a user. */
export function viewStatus(user: string, jobs: readonly JobShown[], view: PlannerView) {
  const explanations = explainQueue(view, new Set(jobs.map(({ jobId }) => jobId)));
  return {
    user,
    jobs: jobs.map(({ jobId, now }) => {
      const found = explanations.get(jobId);
      const start = found?.plannedStart ?? null;
      const waitMs = start === null ? null : Math.max(0, start - view.inputs.now);
      return {
        ...{ job_id: jobId, status: now.state, position: found?.position ?? null },
        estimated_wait_seconds: waitMs === null ? null : Math.round(waitMs / 1000),
      };
    }),
  };
}
