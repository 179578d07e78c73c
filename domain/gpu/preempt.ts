/**
 * Whom to preempt for a job that cannot start: running jobs of a lower quality of service that its own may preempt, that
 * ran the minimum time and were not preempted too often. The fewest of them; among equals those that lose least work
 * since their last checkpoint, then those that would if they saved none on notice, then those that began last. Priorities
 * are strictly ordered, so that nobody can take back what was taken from him, and a victim that comes back preempts nobody
 * who preempted it.
 */
import type { Job, PlannerInputs, Preemption, RunningJob } from './model.ts';
import { outranks } from './made-room.ts';
import type { NodeNeed } from './node-need.ts';
import { compareText } from './rank-queue.ts';
import { expectedEnd } from './runtime.ts';
import { shapeOf, type Schedule, type Slot } from './schedule.ts';
import { addLoads, copyFrom, firstFit, hasRoomWithout, release, type Load } from './timeline.ts';
import { allGpusOf } from './weigh-request.ts';

/** Sets of victims that are tried on a node; beyond them the first that is enough is taken, thinned out. */
const MOST_TRIES = 500;

/** Of work since the last checkpoint, in GPU milliseconds. */
type Cost = {
  readonly lostGpuMs: number;
  /** What would be lost were no checkpoint written on notice: that one is promised, the last one is there. */
  readonly unsavedGpuMs: number;
};

type Victim = {
  readonly running: RunningJob;
  readonly cost: Cost;
  /** When it would end by itself. */
  readonly until: number;
  /** What it holds of each node. */
  readonly loads: ReadonlyMap<number, Load>;
};

/** All that can be preempted on a node, and what it holds together. */
type NodeVictims = { readonly node: number; readonly victims: readonly Victim[]; readonly all: Load };

type Victims = { readonly node: number; readonly victims: readonly Victim[]; readonly cost: Cost };

export type PreemptionPlanner = {
  /**
   * Ends running jobs so that the job has room as soon as they are gone, if that is earlier than otherwise.
   * @param otherwise when it would start without
   */
  readonly makeRoom: (
    job: Job,
    otherwise: number,
  ) => { readonly slot: Slot; readonly preempt: readonly Preemption[] } | null;
};

/** Work that is done again when a running job is ended now: since its last checkpoint, unless it writes one on notice. */
function costOf({ job, checkpointAt, startedAt, savesOnNotice }: RunningJob, now: number): Cost {
  // The last checkpoint may be of an earlier try, whose work it began with.
  const savedAt = Math.max(checkpointAt ?? startedAt, startedAt);
  const unsavedGpuMs = allGpusOf(job.resources) * Math.max(0, now - savedAt);
  return { unsavedGpuMs, lostGpuMs: savesOnNotice ? 0 : unsavedGpuMs };
}

const compareCosts = (one: Cost, other: Cost): number =>
  one.lostGpuMs - other.lostGpuMs || one.unsavedGpuMs - other.unsavedGpuMs;

/**
 * Looks at who can be preempted.
 * @param kept rooms that were made and are taken off the map, by whom they are for
 */
export function openPreemption(
  inputs: PlannerInputs,
  schedule: Schedule,
  kept: ReadonlyMap<string, Slot>,
): PreemptionPlanner {
  const { policy, now } = inputs;
  const { minimumRunMs, graceMs, mostVictims, mostTimes } = policy.preemption;
  const at = now + graceMs;
  const gone = new Set<string>();
  const hopeless = new Set<string>();
  /** Who made room that is kept is not told again to make some. Where it is lost, he is one like all others. */
  const spared = new Set(
    inputs.queue.flatMap(({ id, room }) => (kept.has(id) ? room!.victims.map(({ job }) => job) : [])),
  );

  const victims = inputs.running
    .filter(
      ({ job, startedAt, frozenMs, preemptedAt }) =>
        preemptedAt === null &&
        now - startedAt - frozenMs >= minimumRunMs &&
        job.preemptions < mostTimes &&
        !spared.has(job.id),
    )
    .map((running) => ({
      running,
      cost: { ...costOf(running, now), ...(inputs.isByPlan5 && { unsavedGpuMs: 0 }) },
      until: expectedEnd(running, policy, now),
      loads: new Map(schedule.loadsOf(running).map(({ node, load }) => [node, load])),
    }))
    .filter(({ until }) => until > at)
    .sort(compareVictims);
  const byQos = new Map<string, (NodeVictims | null)[]>();
  /** What a quality of service can take back, by node. */
  const takenBackBy = (qos: string): (NodeVictims | null)[] => {
    const known = byQos.get(qos);
    if (known) return known;
    const found = collect(
      schedule.nodes.length,
      victims.filter(({ running: { job } }) => !gone.has(job.id) && outranks(policy, qos, job.qos)),
    );
    byQos.set(qos, found);
    return found;
  };

  const promising = new Map<string, readonly number[]>();
  /**
   * Nodes with room at all if everything were preempted, those with the cheapest victim first. Within a plan a node that
   * drops out does not come back.
   */
  const promisingFor = (job: Job): readonly number[] => {
    const key = `${job.qos} ${shapeOf(job.resources)}`;
    const victimsOf = takenBackBy(job.qos);
    const needs = schedule.needsOf(job.resources);
    const found = (promising.get(key) ?? needs.map((_, node) => node)).filter((node) => {
      const need = needs[node];
      const possible = victimsOf[node];
      return need && possible && hasRoomWithout(schedule.lines[node]!, need, at, possible.all);
    });
    const cheapest = (node: number): Cost => victimsOf[node]!.victims[0]!.cost;
    // Mostly they are in order already.
    found.sort((one, other) => compareCosts(cheapest(one), cheapest(other)) || one - other);
    promising.set(key, found);
    return found;
  };

  const findOn = (job: Job, node: number, need: NodeNeed, most: number): Victims | null => {
    const line = schedule.lines[node]!;
    const candidates = takenBackBy(job.qos)[node]!.victims;
    const fits = (chosen: readonly Victim[]): boolean => {
      const rest = copyFrom(line, at);
      for (const { loads, until } of chosen) release(rest, loads.get(node)!, at, until);
      return firstFit(rest, need, at, schedule.fitsFor(job)) === at;
    };
    if (!fits(candidates)) return null;
    const found = fewest(candidates, most, fits);
    if (found === null) return null;
    const sumOf = (part: keyof Cost): number => found.reduce((sum, { cost }) => sum + cost[part], 0);
    return {
      ...{ node, victims: found },
      cost: { lostGpuMs: sumOf('lostGpuMs'), unsavedGpuMs: sumOf('unsavedGpuMs') },
    };
  };

  return {
    makeRoom(job, otherwise) {
      if ((policy.qos[job.qos]?.preempts.length ?? 0) === 0 || otherwise <= at) return null;
      const key = `${job.qos} ${job.resources.nodes} ${schedule.fitsFor(job)} ${shapeOf(job.resources)}`;
      if (hopeless.has(key)) return null;
      if (schedule.quotas.firstFit(job, at, schedule.fitsFor(job)) !== at) return null;
      const needs = schedule.needsOf(job.resources);
      const wanted = job.resources.nodes;
      const options: Victims[] = [];
      let best: Victims | null = null;
      for (const node of promisingFor(job)) {
        // Who is enough by himself and costs less than the cheapest of this node does so than all behind.
        const { cost } = takenBackBy(job.qos)[node]!.victims[0]!;
        if (best?.victims.length === 1 && (compareCosts(best.cost, cost) || best.node - node) < 0) break;
        const found = findOn(job, node, needs[node]!, best?.victims.length ?? mostVictims);
        if (!found) continue;
        options.push(found);
        // More than the best so far is of no use to a job of one node.
        if (wanted === 1 && (best === null || compareOptions(found, best) < 0)) best = found;
      }
      options.sort(compareOptions);
      const chosen = options.slice(0, wanted);
      const ended = new Map(
        chosen.flatMap((option) => option.victims.map((victim) => [victim.running.job.id, victim])),
      );
      if (chosen.length < wanted || ended.size > mostVictims || ended.size === 0) {
        hopeless.add(key);
        return null;
      }
      for (const { running } of ended.values()) {
        gone.add(running.job.id);
        schedule.endEarly(running, at);
      }
      for (const found of byQos.values())
        for (const { loads } of ended.values())
          for (const node of loads.keys()) found[node] = without(found[node], gone);
      const preempt = [...ended.values()].map(({ running, cost: { lostGpuMs } }) => ({
        job: running.job.id,
        inFavourOf: job.id,
        endBy: at,
        lostGpuMs,
      }));
      return {
        slot: schedule.slotOn(
          job,
          chosen.map(({ node }) => node),
          at,
        ),
        preempt,
      };
    },
  };
}

const compareVictims = (one: Victim, other: Victim): number =>
  compareCosts(one.cost, other.cost) ||
  other.running.startedAt - one.running.startedAt ||
  compareText(one.running.job.id, other.running.job.id);

const compareOptions = (one: Victims, other: Victims): number =>
  one.victims.length - other.victims.length || compareCosts(one.cost, other.cost) || one.node - other.node;

function collect(nodes: number, victims: readonly Victim[]): (NodeVictims | null)[] {
  const byNode = new Map<number, Victim[]>();
  for (const victim of victims)
    for (const node of victim.loads.keys()) {
      const known = byNode.get(node);
      if (known) known.push(victim);
      else byNode.set(node, [victim]);
    }
  return Array.from({ length: nodes }, (_, node) => together(node, byNode.get(node) ?? []));
}

const together = (node: number, victims: readonly Victim[]): NodeVictims | null =>
  victims.length === 0
    ? null
    : { node, victims, all: addLoads(victims.map(({ loads }) => loads.get(node)!)) };

const without = (found: NodeVictims | null | undefined, gone: ReadonlySet<string>): NodeVictims | null =>
  found
    ? together(
        found.node,
        found.victims.filter(({ running }) => !gone.has(running.job.id)),
      )
    : null;

/**
 * The smallest set that is enough, and of those of its size the first in the order of the candidates.
 * @param isEnough holds for all candidates together, and for every set with one that it holds for
 */
export function fewest<Candidate>(
  candidates: readonly Candidate[],
  most: number,
  isEnough: (chosen: readonly Candidate[]) => boolean,
): Candidate[] | null {
  let tries = 0;
  const extend = (chosen: Candidate[], from: number, left: number): Candidate[] | null => {
    if (left === 0) {
      tries += 1;
      return isEnough(chosen) ? chosen : null;
    }
    for (let at = from; at <= candidates.length - left && tries < MOST_TRIES; at += 1) {
      const found = extend([...chosen, candidates[at]!], at + 1, left - 1);
      if (found) return found;
    }
    return null;
  };
  for (let size = 0; size <= Math.min(most, candidates.length); size += 1) {
    const found = extend([], 0, size);
    if (found) return found;
    if (tries >= MOST_TRIES) return thinned(candidates, most, isEnough);
  }
  return null;
}

/** Takes all, then gives back one after the other, those that lose most first, as long as the rest is enough. */
function thinned<Candidate>(
  candidates: readonly Candidate[],
  most: number,
  isEnough: (chosen: readonly Candidate[]) => boolean,
): Candidate[] | null {
  let chosen = [...candidates];
  for (const candidate of [...candidates].reverse()) {
    const without = chosen.filter((one) => one !== candidate);
    if (isEnough(without)) chosen = without;
  }
  return chosen.length <= most ? chosen : null;
}
