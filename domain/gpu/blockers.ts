/** Why a job does not start now, the strongest reason first, with the numbers that it takes to check it. */
import type { GpuBlocker } from '../../contracts/gpu.ts';
import type { Told } from '../../contracts/priority.ts';
import { stillEnding } from './made-room.ts';
import type { GpuNode, Job, PlannerInputs, Resources } from './model.ts';
import { asIfFree, needOf } from './node-need.ts';
import { isAbove } from './quotas.ts';
import { isPassedOver, type Ranked } from './rank-queue.ts';
import { expectedEnd } from './runtime.ts';
import type { Schedule, Slot } from './schedule.ts';
import { firstRoom, freeAt } from './timeline.ts';
import { allGpusOf } from './weigh-request.ts';

export type Blocker = Told<GpuBlocker>;

/** For whom room of a node is kept first, by the order of the queue. */
export type Keeper = { readonly order: number; readonly job: string; readonly startAt: number };

/** What a task waits for that is beyond the limit of its array. */
export type ArrayTurn = {
  readonly limit: number;
  /** Tasks that take the places, and those that come before it. */
  readonly before: readonly string[];
};

/** A job that another one waits for still: until it has succeeded, or ended at all. */
export type Needed = { readonly job: string; readonly condition: 'success' | 'any' };

/** So many tasks before another one, or jobs that it waits for, are named. */
const NAMED = 5;

/**
 * What keeps a job from being thought of at all.
 * @param turn of a task beyond the limit of its array
 * @param needed what it waits for; nothing of a job that is not ready: that has just ended
 */
export function ownBlockers(
  job: Job,
  { capacity, now }: PlannerInputs,
  turn?: ArrayTurn,
  needed: readonly Needed[] = [],
): Blocker[] {
  const blockers: Blocker[] = [];
  if (job.isHeld) blockers.push({ code: 'held', params: {} });
  if (turn) {
    const { limit, before } = turn;
    const tasks = [...before.slice(0, NAMED), ...(before.length > NAMED ? ['…'] : [])].join(', ');
    blockers.push({ code: 'array-full', params: { limit, count: before.length, tasks } });
  } else if (needed.length > 0) blockers.push(...namedNeeds(needed));
  else if (job.eligibleAt === null && !job.isHeld) blockers.push({ code: 'depends', params: {} });
  else if (job.eligibleAt !== null && job.eligibleAt > now)
    blockers.push({ code: 'not-before', params: { at: job.eligibleAt } });
  if (capacity.isHeld) blockers.push({ code: 'training-held', params: {} });
  return blockers;
}

function namedNeeds(needed: readonly Needed[]): Blocker[] {
  const named = needed.slice(0, NAMED).map((one): Blocker => ({ code: 'depends', params: { ...one } }));
  const count = needed.length - named.length;
  return count === 0 ? named : [...named, { code: 'depends', params: { count } }];
}

/** Who has to end yet so that a job has the room that is being made for it, those with most time left first. */
export function comingRoom({ room }: Ranked, { running, policy, now }: PlannerInputs): Blocker[] {
  if (room === null) return [];
  return stillEnding(room, running)
    .map((one) => ({ job: one.job.id, at: expectedEnd(one, policy, now) }))
    .sort((one, other) => other.at - one.at || (one.job < other.job ? -1 : 1))
    .map(({ job, at }) => ({
      code: 'room-coming',
      params: { job, at, seconds: Math.floor((at - now) / 1000) },
    }));
}

/**
 * The first job that comes before another one for the room that was made for it, where that one could have some of it.
 * @param before jobs before it, in their order
 */
export function passedOverFor(one: Ranked, before: readonly Ranked[], schedule: Schedule): Blocker[] {
  const needs = schedule.needsOf(one.job.resources);
  const isOfUse = (node: string): boolean =>
    needs[schedule.nodes.findIndex(({ name }) => name === node)] != null;
  const first = before.find(
    (other) => isPassedOver(one, other) && other.room!.allocations.some(({ node }) => isOfUse(node)),
  );
  return first ? [{ code: 'passed-over', params: { job: first.job.id } }] : [];
}

/** What there is before anything is planned. */
export type Standing = {
  /** The map with what runs. */
  readonly before: Schedule;
  /** That and the rooms that are kept for those whom others were preempted for. */
  readonly kept: Schedule;
  /** For whom room is kept on a node, of the jobs before the one in question. */
  readonly keepers: ReadonlyMap<string, Keeper>;
};

/**
 * What a job that can be thought of lacks.
 * @param slot the room it will get; null: none ever
 */
export function roomBlockers(
  job: Job,
  inputs: PlannerInputs,
  { before, kept, keepers }: Standing,
  slot: Slot | null,
): Blocker[] {
  const quotas = quotaBlockers(job, before, kept);
  const { nodes, gpus, cpus, memoryMib } = job.resources;
  const { now, policy } = inputs;
  const needs = before.needsOf(job.resources);
  const free = needs.map((need, node) => (need === null ? 0 : freeAt(before.lines[node]!, need, now)));
  const wanted = needs.find((need) => need !== null)?.count ?? 0;
  const withGpus = needs.flatMap((need, node) => (need && free[node]! >= need.count ? [node] : []));
  const withCpus = withGpus.filter((node) => before.lines[node]!.cpus[0]! >= needs[node]!.cpus);
  const withRoom = withCpus.filter((node) => firstRoom(before.lines[node]!, needs[node]!, now) === now);
  const model = gpus?.model ?? null;
  const possible = needs.filter(
    (need, node) => need && before.nodes[node]!.cpus >= cpus && before.nodes[node]!.memoryMib >= memoryMib,
  );
  if (possible.length < nodes) {
    const all = before.nodes.filter((node) => hasInAll(node, job.resources)).length;
    const params = { nodes, possible: possible.length };
    return [
      all < nodes ? { code: 'impossible', params } : { code: 'withheld', params: { ...params, all } },
      ...quotas,
    ];
  }

  const room: Blocker[] = [];
  if (withGpus.length < nodes)
    room.push({
      code: 'gpus-busy',
      params: {
        wanted,
        nodes,
        largestFree: Math.max(0, ...free),
        nodesFree: withGpus.length,
        ...(model !== null && { model }),
      },
    });
  else if (withCpus.length < nodes)
    room.push({ code: 'cpus-busy', params: { wanted: cpus, nodes, nodesFree: withCpus.length } });
  else if (withRoom.length < nodes)
    room.push({ code: 'memory-busy', params: { wantedMib: memoryMib, nodes, nodesFree: withRoom.length } });
  else if (quotas.length === 0) {
    const [keeper] = withRoom
      .flatMap((node) => keepers.get(before.nodes[node]!.name) ?? [])
      .sort((one, other) => one.order - other.order);
    if (keeper) room.push({ code: 'kept-for', params: { job: keeper.job, startAt: keeper.startAt } });
  }
  if (slot !== null && room.length > 0) {
    const on = new Set(slot.allocations.map(({ node }) => node));
    const freeing = inputs.running
      .filter(
        (one) =>
          one.allocations.some(({ node }) => on.has(node)) && expectedEnd(one, policy, now) === slot.startAt,
      )
      .sort((one, other) => (one.job.id < other.job.id ? -1 : 1))[0];
    if (freeing) room.push({ code: 'freed-by', params: { job: freeing.job.id, at: slot.startAt } });
  }
  return [...quotas, ...room];
}

/** Whether a node would serve a job if nothing of it were drained, ill or others'. */
const hasInAll = ({ devices, ...node }: GpuNode, resources: Resources): boolean =>
  needOf(devices.map(asIfFree), resources) !== null &&
  node.cpus >= resources.cpus &&
  node.memoryMib >= resources.memoryMib;

/** Rooms that are kept for others count against the quotas of whom they are kept for. */
function quotaBlockers(job: Job, before: Schedule, kept: Schedule): Blocker[] {
  const gpus = allGpusOf(job.resources);
  const durationMs = before.fitsFor(job);
  const most = kept.quotas.statesOf(job, durationMs);
  return before.quotas.statesOf(job, durationMs).flatMap(({ scope, name, limit, used }, at): Blocker[] => {
    const params = { scope, name, used, limit, gpus };
    if (isAbove(gpus, limit)) return [{ code: 'above-quota', params }];
    if (isAbove(used + gpus, limit)) return [{ code: 'quota-full', params }];
    const others = most[at]!.most - used;
    return isAbove(used + others + gpus, limit)
      ? [{ code: 'quota-kept', params: { ...params, kept: others } }]
      : [];
  });
}
