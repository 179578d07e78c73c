/**
 * Why a job waits and when it will start, and what would become of one that is not submitted yet: the planner itself,
 * walked down to the job. There is no second simulator that could say something else.
 */
import type { HourPrices } from '../gpu-cost/hour-prices.ts';
import {
  comingRoom,
  ownBlockers,
  passedOverFor,
  roomBlockers,
  type ArrayTurn,
  type Blocker,
  type Keeper,
  type Needed,
  type Standing,
} from './blockers.ts';
import type { FairShare } from './fairshare.ts';
import { keepRooms } from './made-room.ts';
import type { Allocation, Job, PlannerInputs } from './model.ts';
import { walkQueue } from './plan.ts';
import type { GpuPolicy } from './policy.ts';
import { isEligible, rankQueue, type Ranked } from './rank-queue.ts';
import { expectedRuntime } from './runtime.ts';
import { openSchedule, type Slot } from './schedule.ts';
import { startBand, type PastStart } from './start-band.ts';
import { allGpusOf, weighMig } from './weigh-request.ts';

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
  /** In micros: as long as it is expected to run, and up to its walltime; null: its cards have no price. */
  readonly cost: { readonly expected: number; readonly most: number } | null;
};

/** All that explanations are made of. */
export type Outlook = {
  readonly inputs: PlannerInputs;
  /** How long jobs waited that started already, against what was planned. */
  readonly past: readonly PastStart[];
  readonly prices: HourPrices;
  /** Of tasks that are beyond the limit of their array, by job; absent: there are none. */
  readonly turns?: ReadonlyMap<string, ArrayTurn>;
  /** What jobs wait for still, by job; absent: none does. */
  readonly needed?: ReadonlyMap<string, readonly Needed[]>;
};

/** Explains a job of the queue. @returns null when the queue does not have it */
export const explain = (jobId: string, outlook: Outlook): Explanation | null =>
  explainQueue(outlook, new Set([jobId])).get(jobId) ?? null;

/**
 * Explains jobs of the queue, all by one walk down it.
 * @param only these; absent: all
 */
export function explainQueue(outlook: Outlook, only?: ReadonlySet<string>): Map<string, Explanation> {
  const { inputs } = outlook;
  const wanted = inputs.queue.filter(({ id }) => !only || only.has(id));
  const explanations = new Map<string, Explanation>();
  const waiting = new Set<string>();
  for (const job of wanted)
    if (isEligible(job, inputs.now)) waiting.add(job.id);
    else explanations.set(job.id, explainOutside(job, outlook));
  if (waiting.size === 0) return explanations;
  const before = openSchedule(inputs);
  const kept = openSchedule(inputs);
  const rooms = keepRooms(inputs, kept);
  const keepers = pausing(inputs, rooms);
  /** Those whom others were preempted for. */
  const favoured: Ranked[] = [];
  walkDown(inputs, ({ id }) => waiting.has(id)).forEach(({ one, slot }, at) => {
    if (waiting.has(one.job.id)) {
      const standing = { before, kept: rooms.has(one.job.id) ? before : kept, keepers, favoured };
      explanations.set(one.job.id, explainPlaced({ one, slot, at }, outlook, standing));
    }
    if (one.room !== null) favoured.push(one);
    if (slot === null || slot.startAt === inputs.now) return;
    for (const { node } of slot.allocations)
      if (!keepers.has(node)) keepers.set(node, { order: at, job: one.job.id, startAt: slot.startAt });
  });
  return explanations;
}

/** Jobs that are not in the order while they pause, and have room kept that was made for them; by node. */
function pausing({ queue, now }: PlannerInputs, rooms: ReadonlyMap<string, Slot>): Map<string, Keeper> {
  const keepers = new Map<string, Keeper>();
  for (const job of queue) {
    const room = rooms.get(job.id);
    if (!room || isEligible(job, now)) continue;
    const startAt = Math.max(room.startAt, job.eligibleAt!);
    for (const { node } of room.allocations) keepers.set(node, { order: -1, job: job.id, startAt });
  }
  return keepers;
}

/** Of a job that is not in the order. */
const explainOutside = (job: Job, { inputs, prices, turns, needed }: Outlook): Explanation => ({
  ...{ job: job.id, position: null, allocations: [], plannedStart: null, startP50: null, startP90: null },
  ...{
    blockers: ownBlockers(job, inputs, turns?.get(job.id), needed?.get(job.id)),
    priority: null,
    fairShare: null,
  },
  cost: costOf(job, null, inputs, prices),
});

function explainPlaced(
  { one, slot, at }: Placed & { readonly at: number },
  { inputs, past, prices }: Outlook,
  { favoured, ...standing }: Standing & { readonly favoured: readonly Ranked[] },
): Explanation {
  const { job } = one;
  const { policy, now } = inputs;
  const startsNow = slot?.startAt === now;
  const coming = startsNow ? [] : comingRoom(one, inputs);
  const passed = startsNow ? [] : passedOverFor(one, favoured, standing.before);
  const room = startsNow || coming.length > 0 ? coming : roomBlockers(job, inputs, standing, slot);
  const ahead: Blocker[] = at > 0 && !startsNow ? [{ code: 'jobs-ahead', params: { count: at } }] : [];
  const band = slot && startBand(past, slot.startAt - now);
  return {
    job: job.id,
    position: at + 1,
    allocations: slot?.allocations ?? [],
    plannedStart: slot?.startAt ?? null,
    startP50: band && now + band.p50Ms,
    startP90: band && now + band.p90Ms,
    blockers: [...ownBlockers(job, inputs), ...passed, ...room, ...ahead],
    priority: partsOf(one, policy),
    fairShare: one.fairShare,
    cost: costOf(job, slot, inputs, prices),
  };
}

/** A job of the queue whose start by the plan another one would change. */
export type Displaced = { readonly job: string; readonly from: number | null; readonly to: number | null };

/** Explains a job as if it were submitted now, and says whom it would make wait longer, or start earlier. */
export function whatIf(
  job: Job,
  outlook: Outlook,
): { readonly explanation: Explanation; readonly displaced: readonly Displaced[] } {
  const { inputs } = outlook;
  const others = inputs.queue.filter(({ id }) => id !== job.id);
  const queue = [...others, job];
  const before = plannedStarts({ ...inputs, queue: others });
  const after = plannedStarts({ ...inputs, queue });
  const displaced: Displaced[] = [];
  for (const [id, from] of before) {
    const to = after.get(id) ?? null;
    if (to !== from) displaced.push({ job: id, from, to });
  }
  const explanation = explain(job.id, { ...outlook, inputs: { ...inputs, queue } })!;
  return { explanation, displaced };
}

/** When the jobs of the queue start by the plan, as far as they are in the order; null: never. */
export function plannedStarts(
  inputs: PlannerInputs,
  isWanted?: (job: Job) => boolean,
): Map<string, number | null> {
  const placed = walkDown(inputs, isWanted);
  return new Map(placed.map(({ one, slot }) => [one.job.id, slot?.startAt ?? null]));
}

type Placed = { readonly one: Ranked; readonly slot: Slot | null };

/**
 * The order, with the room that each gets by the plan of all jobs, room being kept for each of them.
 * @param isWanted the walk ends behind the last of these, and of those that others were preempted for
 */
function walkDown(inputs: PlannerInputs, isWanted: (job: Job) => boolean = () => true): Placed[] {
  const backfill = { ...inputs.policy.backfill, kind: 'conservative', depth: Infinity } as const;
  const deep: PlannerInputs = {
    ...inputs,
    capacity: { ...inputs.capacity, isHeld: false },
    policy: { ...inputs.policy, backfill },
  };
  const ranked = rankQueue(deep);
  // Rooms that are kept for others are none for those before them either.
  const last = ranked.findLastIndex(({ job, room }) => room !== null || isWanted(job));
  const placed: Placed[] = [];
  walkQueue(
    deep,
    ranked.slice(0, last + 1),
    openSchedule(deep),
    (one, slot) => void placed.push({ one, slot }),
  );
  return placed;
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

/** A job of any model costs what the dearest of the cards does that it is planned on, or could be. */
function costOf(
  { resources, walltimeMs, ...job }: Job,
  slot: Slot | null,
  { capacity, policy }: PlannerInputs,
  prices: HourPrices,
): Explanation['cost'] {
  const cards = capacity.nodes.flatMap(({ devices }) => devices);
  const planned = new Set(
    slot?.allocations.flatMap(({ devices }) => devices.map(({ device }) => device)) ?? [],
  );
  const own = resources.gpus?.model ?? null;
  const models =
    own !== null
      ? [own]
      : cards.filter(({ id }) => planned.size === 0 || planned.has(id)).map(({ model }) => model);
  const known = models.flatMap((model) => {
    const price = prices.get(model);
    return price === undefined ? [] : [price * allGpusOf(weighMig(resources, [model], true))];
  });
  if (resources.gpus !== null && (known.length < models.length || known.length === 0)) return null;
  const perHour = known.reduce((most, price) => Math.max(most, price), 0);
  const of = (ms: number): number => Math.round((perHour * ms) / 3_600_000);
  return {
    expected: of(expectedRuntime({ ...job, resources, walltimeMs }, policy.backfill)),
    most: of(walltimeMs),
  };
}
