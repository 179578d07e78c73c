/**
 * Why a job waits and when it will start, and what would become of one that is not submitted yet: the planner itself,
 * walked down to the job. There is no second simulator that could say something else.
 */
import { ownBlockers, roomBlockers, type Blocker } from './blockers.ts';
import type { FairShare } from './fairshare.ts';
import type { Allocation, Job, PlannerInputs } from './model.ts';
import { walkQueue } from './plan.ts';
import type { GpuPolicy } from './policy.ts';
import { isEligible, rankQueue, type Ranked } from './rank-queue.ts';
import { expectedRuntime } from './runtime.ts';
import { openSchedule, type Slot } from './schedule.ts';
import { startBand, type PastStart } from './start-band.ts';
import { allGpusOf, priceOf } from './weigh-request.ts';

/** Of a priority: factor, weight, and what they come to. */
export type PriorityPart = { readonly factor: number; readonly weight: number; readonly points: number };

export type Explanation = {
  readonly job: string;
  /** 1 is the first; null: it is not in the order. */
  readonly position: number | null;
  /** Where it gets its room; empty: nowhere, or it is not in the order. */
  readonly allocations: readonly Allocation[];
  /** When it starts by the plan; null: it cannot be said. While training is held: as if it were not. */
  readonly plannedStart: number | null;
  readonly startP50: number | null;
  readonly startP90: number | null;
  /** The strongest first; none: it starts with the next plan. */
  readonly blockers: readonly Blocker[];
  readonly priority: {
    readonly total: number;
    readonly nice: number;
    readonly parts: Readonly<Record<keyof GpuPolicy['priority']['weights'], PriorityPart>>;
  } | null;
  readonly fairShare: FairShare | null;
  /** In hundredths of the currency: as long as it is expected to run, and up to its walltime. */
  readonly cost: { readonly expected: number; readonly most: number };
};

/**
 * Explains a job of the queue.
 * @param past how long jobs waited that started already, against what was planned
 * @returns null when the queue does not have it
 */
export function explain(
  jobId: string,
  inputs: PlannerInputs,
  past: readonly PastStart[],
): Explanation | null {
  const job = inputs.queue.find(({ id }) => id === jobId);
  if (!job) return null;
  const { policy, now } = inputs;
  const own = ownBlockers(job, inputs);
  const cost = costOf(job, policy);
  const nothing = { position: null, allocations: [], plannedStart: null, startP50: null, startP90: null };
  if (!isEligible(job, now))
    return { job: jobId, ...nothing, blockers: own, priority: null, fairShare: null, cost };

  const { at, one, slot, reserve } = walkTo(jobId, inputs);
  const startsNow = slot?.startAt === now;
  const room = startsNow ? [] : roomBlockers(job, inputs, openSchedule(inputs), slot, reserve);
  const ahead: Blocker[] = at > 0 && !startsNow ? [{ code: 'jobs-ahead', params: { count: at } }] : [];
  const band = slot && startBand(past, slot.startAt - now);
  return {
    job: jobId,
    position: at + 1,
    allocations: slot?.allocations ?? [],
    plannedStart: slot?.startAt ?? null,
    startP50: band && now + band.p50Ms,
    startP90: band && now + band.p90Ms,
    blockers: [...own, ...room, ...ahead],
    priority: partsOf(one, policy),
    fairShare: one.fairShare,
    cost,
  };
}

/** A job of the queue whose start by the plan another one would change. */
export type Displaced = { readonly job: string; readonly from: number | null; readonly to: number | null };

/** Explains a job as if it were submitted now, and says whom it would make wait longer, or start earlier. */
export function whatIf(
  job: Job,
  inputs: PlannerInputs,
  past: readonly PastStart[],
): { readonly explanation: Explanation; readonly displaced: readonly Displaced[] } {
  const queue = [...inputs.queue.filter(({ id }) => id !== job.id), job];
  const before = plannedStarts({ ...inputs, queue: inputs.queue.filter(({ id }) => id !== job.id) });
  const after = plannedStarts({ ...inputs, queue });
  const displaced: Displaced[] = [];
  for (const [id, from] of before) {
    const to = after.get(id) ?? null;
    if (to !== from) displaced.push({ job: id, from, to });
  }
  return { explanation: explain(job.id, { ...inputs, queue }, past)!, displaced };
}

/** When a job of the queue starts by the plan; null: never, or it is held or waits for others. */
export function plannedStart(jobId: string, inputs: PlannerInputs): number | null {
  const job = inputs.queue.find(({ id }) => id === jobId);
  return job && isEligible(job, inputs.now) ? (walkTo(jobId, inputs).slot?.startAt ?? null) : null;
}

/** By the plan of all jobs, with room kept for each of them. */
function asFarAsNeeded(inputs: PlannerInputs): PlannerInputs {
  const backfill = { ...inputs.policy.backfill, kind: 'conservative', depth: Infinity } as const;
  return {
    ...inputs,
    capacity: { ...inputs.capacity, isHeld: false },
    policy: { ...inputs.policy, backfill },
  };
}

function walkTo(jobId: string, inputs: PlannerInputs) {
  const deep = asFarAsNeeded(inputs);
  const ranked = rankQueue(deep);
  const at = ranked.findIndex(({ job }) => job.id === jobId);
  let slot: Slot | null = null;
  const { reserve } = walkQueue(deep, ranked.slice(0, at + 1), openSchedule(deep), (one, found) => {
    if (one.job.id === jobId) slot = found;
  });
  return {
    at,
    one: ranked[at]!,
    slot: slot as Slot | null,
    reserve: reserve.filter(({ job }) => job !== jobId),
  };
}

function plannedStarts(inputs: PlannerInputs): Map<string, number | null> {
  const deep = asFarAsNeeded(inputs);
  const starts = new Map<string, number | null>();
  walkQueue(
    deep,
    rankQueue(deep),
    openSchedule(deep),
    ({ job }, slot) => void starts.set(job.id, slot?.startAt ?? null),
  );
  return starts;
}

function partsOf({ job, factors, priority }: Ranked, policy: GpuPolicy): Explanation['priority'] {
  const { weights } = policy.priority;
  const part = (name: keyof typeof weights): PriorityPart => ({
    factor: factors[name],
    weight: weights[name],
    points: factors[name] * weights[name],
  });
  return {
    total: priority,
    nice: job.nice,
    parts: {
      age: part('age'),
      fairshare: part('fairshare'),
      jobSize: part('jobSize'),
      qos: part('qos'),
      gpus: part('gpus'),
    },
  };
}

function costOf({ resources, walltimeMs, ...job }: Job, policy: GpuPolicy): Explanation['cost'] {
  const perHour = allGpusOf(resources) * priceOf(policy.prices, resources.gpus?.model ?? null);
  const of = (ms: number): number => Math.round((perHour * ms) / 3_600_000);
  return {
    expected: of(expectedRuntime({ ...job, resources, walltimeMs }, policy.backfill)),
    most: of(walltimeMs),
  };
}
