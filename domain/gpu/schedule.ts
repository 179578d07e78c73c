/** The time map that a plan is made on: what is free on each node and of each quota, when, and where a job fits first. */
import { chooseDevices, isStillCut } from './choose-devices.ts';
import type { Allocation, GpuNode, GpuRequest, Job, PlannerInputs, Resources, RunningJob } from './model.ts';
import { needOf, type NodeNeed } from './node-need.ts';
import { openQuotas, type Quotas } from './quotas.ts';
import { compareText } from './rank-queue.ts';
import { expectedEnd, expectedRuntime } from './runtime.ts';
import { isNear, scoreNode } from './score-node.ts';
import { openShapeIndex, type ShapeIndex } from './shape-index.ts';
import { priceOf } from './weigh-request.ts';
import {
  emptyTimeline,
  firstFit,
  firstFitOf,
  occupy,
  release,
  takenWithin,
  type Load,
  type Timeline,
} from './timeline.ts';

type Place = { readonly node: number; readonly load: Load };

export type Slot = {
  readonly startAt: number;
  readonly until: number;
  readonly places: readonly Place[];
  readonly allocations: readonly Allocation[];
};

export type Schedule = {
  readonly nodes: readonly GpuNode[];
  readonly lines: readonly Timeline[];
  readonly quotas: Quotas;
  /** What the job asks of each node; the same object for jobs of the same shape. */
  readonly needsOf: (resources: Resources) => readonly (NodeNeed | null)[];
  /** Loads of a running job by node; those on nodes that are gone are left out. */
  readonly loadsOf: (running: Pick<RunningJob, 'allocations'>) => readonly Place[];
  /**
   * The first room for a job, on its quotas and its nodes together.
   * @param latest later than this is of no interest
   * @returns null when there is none
   */
  readonly find: (job: Job, latest?: number) => Slot | null;
  /** The slot on certain nodes from an instant on, at which each of them has room. */
  readonly slotOn: (job: Job, nodes: readonly number[], startAt: number) => Slot;
  /**
   * The slot on the very slices that a job was to have, from when all of them are free at the same time.
   * @param takesAvoided false: not where one of the cards is avoided since
   * @returns null when they never are, or are not given out like that any more
   */
  readonly slotIn: (
    job: Job,
    allocations: readonly Allocation[],
    { takesAvoided }: { readonly takesAvoided: boolean },
  ) => Slot | null;
  readonly take: (job: Job, slot: Slot) => void;
  /** Ends a running job at an instant. */
  readonly endEarly: (running: RunningJob, at: number) => void;
  /** How long a job has to fit for. */
  readonly fitsFor: (job: Job) => number;
};

/** The map with everything that runs on it. */
export function openSchedule(inputs: PlannerInputs): Schedule {
  const { policy, now } = inputs;
  const nodes = [...inputs.capacity.nodes].sort((one, other) => compareText(one.name, other.name));
  const indexOf = new Map(nodes.map(({ name }, at) => [name, at]));
  /** Thousandths of processors, in which nothing is lost: 12 less four times 2.4 has to leave room for 2.4. */
  const countCpus = (cpus: number): number => (inputs.isByPlan5 ? cpus : Math.round(cpus * 1000));
  const lines = nodes.map(({ devices, cpus, memoryMib }) =>
    emptyTimeline(now, devices.length, countCpus(cpus), memoryMib),
  );
  const devicesAt = new Map<string, number>();
  for (const { devices } of nodes) devices.forEach(({ id }, at) => devicesAt.set(id, at));
  const quotas = openQuotas(inputs.running, policy, now);

  const loadOf = ({ cpus, memoryMib, devices: held }: Allocation, { devices }: GpuNode): Load => {
    const slices = devices.map(() => 0);
    for (const one of held) {
      const at = devicesAt.get(one.device);
      if (at === undefined || devices[at]?.id !== one.device) continue;
      for (const slice of one.slices) slices[at]! |= 1 << slice;
    }
    return { cpus: countCpus(cpus), memoryMib, slices };
  };
  const loadsOf = ({ allocations }: Pick<RunningJob, 'allocations'>): Place[] =>
    allocations.flatMap((allocation) => {
      const node = indexOf.get(allocation.node);
      return node === undefined ? [] : [{ node, load: loadOf(allocation, nodes[node]!) }];
    });
  for (const running of inputs.running) {
    const until = expectedEnd(running, policy, now);
    for (const { node, load } of loadsOf(running)) occupy(lines[node]!, load, now, until);
  }

  const needs = new Map<string, readonly (NodeNeed | null)[]>();
  // Nodes with the same devices are of one kind, and ask the same of a shape.
  const kinds = new Map<string, number>();
  const examples: GpuNode['devices'][] = [];
  const kindOf = nodes.map(({ devices, isDrained }) => {
    if (isDrained) return -1;
    const name = devices
      .map(({ model, mode, isHealthy, instances }) =>
        [model, mode, isHealthy, ...(instances ?? ['-']).map((part) => JSON.stringify(part))].join(' '),
      )
      .join('\n');
    if (!kinds.has(name)) {
      kinds.set(name, examples.length);
      examples.push(devices);
    }
    return kinds.get(name)!;
  });
  const needsOf = (resources: Resources) => {
    const key = shapeOf(resources);
    const known = needs.get(key);
    if (known) return known;
    const counted = { ...resources, cpus: countCpus(resources.cpus) };
    const byKind = examples.map((devices) => needOf(devices, counted));
    const found = kindOf.map((kind) => (kind < 0 ? null : byKind[kind]!));
    needs.set(key, found);
    return found;
  };
  const prices = nodes.map(({ devices }) => devices.map(({ model }) => priceOf(policy.prices, model)));
  const rankOf = (node: number, need: NodeNeed): number =>
    scoreNode(nodes[node]!, lines[node]!, need, prices[node]!, policy.placement);
  const indexes = new Map<string, ShapeIndex>();
  const indexFor = (resources: Resources): ShapeIndex => {
    const key = shapeOf(resources);
    const known = indexes.get(key);
    if (known) return known;
    const isBare = resources.cpus === 0 && resources.memoryMib === 0;
    const index = isBare
      ? openShapeIndex(lines, needsOf(resources), now, rankOf)
      : indexFor({ ...resources, cpus: 0, memoryMib: 0 }).derive(needsOf(resources));
    indexes.set(key, index);
    return index;
  };

  const fitsFor = (job: Job): number =>
    policy.backfill.fitsBy === 'walltime' ? job.walltimeMs : expectedRuntime(job, policy.backfill);

  const slotOn = (job: Job, on: readonly number[], startAt: number): Slot => {
    const { cpus, memoryMib, gpus } = job.resources;
    const until = startAt + expectedRuntime(job, policy.backfill);
    const places: Place[] = [];
    const allocations: Allocation[] = [];
    for (const node of [...on].sort((one, other) => one - other)) {
      const need = needsOf(job.resources)[node]!;
      const taken = takenWithin(lines[node]!, startAt, startAt + fitsFor(job));
      const { devices, slices } = chooseDevices(nodes[node]!.devices, need, gpus, taken);
      places.push({ node, load: { cpus: countCpus(cpus), memoryMib, slices } });
      allocations.push({ node: nodes[node]!.name, cpus, memoryMib, devices });
    }
    return { startAt, until, places, allocations };
  };

  /** Does a node serve a job as it did when this was chosen? */
  const isStillThere = (
    { resources }: Job,
    { node: name, devices }: Allocation,
    takesAvoided: boolean,
  ): boolean => {
    const node = indexOf.get(name);
    const need = node === undefined ? null : needsOf(resources)[node];
    if (node === undefined || !need) return false;
    return devices.every((held) => {
      const at = nodes[node]!.devices.findIndex(({ id }) => id === held.device);
      if (at < 0 || ((need.candidates >> at) & 1) === 0) return false;
      const device = nodes[node]!.devices[at]!;
      return (takesAvoided || !device.isAvoided) && isStillCut(device, held, resources.gpus!);
    });
  };

  const findFrom = (job: Job, from: number, latest: number): { at: number; nodes: number[] } | null =>
    job.resources.nodes === 1
      ? findOne(job, indexFor(job.resources), from, latest)
      : findSeveral(job, indexFor(job.resources).needs, from, latest);

  const findOne = (job: Job, index: ShapeIndex, from: number, latest: number) => {
    const durationMs = fitsFor(job);
    let best = -1;
    let bestAt = Infinity;
    for (const name of job.nearNodes) {
      const node = indexOf.get(name);
      const need = node === undefined ? null : index.needs[node];
      if (!need) continue;
      const at = firstFit(lines[node!]!, need, from, durationMs);
      if (at < bestAt) [best, bestAt] = [node!, at];
    }
    for (let node = index.peek(); node >= 0; node = index.peek()) {
      // Nodes come by when they have any room, then by score: what comes now is at best as good.
      if (Math.max(from, index.room()) >= bestAt || index.room() > latest) break;
      index.pop();
      const at = firstFit(lines[node]!, index.needs[node]!, from, durationMs);
      if (at < bestAt) [best, bestAt] = [node, at];
    }
    index.restore();
    return best < 0 || bestAt > latest ? null : { at: bestAt, nodes: [best] };
  };

  const findSeveral = (job: Job, needed: readonly (NodeNeed | null)[], from: number, latest: number) => {
    const wanted = job.resources.nodes;
    const durationMs = fitsFor(job);
    for (let at = from; at <= latest;) {
      const firsts: { node: number; at: number }[] = [];
      needed.forEach((need, node) => {
        const first = need === null ? Infinity : firstFit(lines[node]!, need, at, durationMs);
        if (first !== Infinity) firsts.push({ node, at: first });
      });
      if (firsts.length < wanted) return null;
      firsts.sort((one, other) => one.at - other.at || one.node - other.node);
      // Before this none of the instants has enough nodes; at this one all have room only if they all begin here.
      const next = firsts[wanted - 1]!.at;
      if (next === at) return next > latest ? null : { at, nodes: bestOf(job, firsts, at, wanted, needed) };
      at = next;
    }
    return null;
  };

  const bestOf = (
    job: Job,
    firsts: readonly { node: number; at: number }[],
    at: number,
    wanted: number,
    needed: readonly (NodeNeed | null)[],
  ): number[] =>
    firsts
      .filter((first) => first.at === at)
      .map(({ node }) => ({
        node,
        isNear: isNear(nodes[node]!, job),
        score: rankOf(node, needed[node]!),
      }))
      .sort(
        (one, other) =>
          Number(other.isNear) - Number(one.isNear) || one.score - other.score || one.node - other.node,
      )
      .slice(0, wanted)
      .map(({ node }) => node);

  return {
    nodes,
    lines,
    quotas,
    needsOf,
    loadsOf,
    fitsFor,
    slotOn,
    find(job, latest = Infinity) {
      const durationMs = fitsFor(job);
      for (let from = quotas.firstFit(job, now, durationMs); from <= latest && from !== Infinity;) {
        const found = findFrom(job, from, latest);
        if (found === null) return null;
        const within = quotas.firstFit(job, found.at, durationMs);
        if (within === found.at) return slotOn(job, found.nodes, found.at);
        from = within;
      }
      return null;
    },
    slotIn(job, allocations, { takesAvoided }) {
      if (!allocations.every((one) => isStillThere(job, one, takesAvoided))) return null;
      const places = loadsOf({ allocations });
      const durationMs = fitsFor(job);
      for (let from = now; from !== Infinity;) {
        const at = places.reduce(
          (latest, { node, load }) => Math.max(latest, firstFitOf(lines[node]!, load, from, durationMs)),
          quotas.firstFit(job, from, durationMs),
        );
        const until = at + expectedRuntime(job, policy.backfill);
        if (at === from) return { startAt: at, until, places, allocations };
        from = at;
      }
      return null;
    },
    take(job, { startAt, until, places }) {
      for (const { node, load } of places) occupy(lines[node]!, load, startAt, until);
      quotas.take(job, startAt, until);
    },
    endEarly(running, at) {
      const until = expectedEnd(running, policy, now);
      for (const { node, load } of loadsOf(running)) {
        release(lines[node]!, load, at, until);
        for (const index of indexes.values()) index.lower(node, at);
      }
      quotas.release(running.job, at, until);
    },
  };
}

/** The same for requests that are the same on one node. */
export const shapeOf = ({ cpus, memoryMib, gpus }: Resources): string =>
  `${cpus} ${memoryMib} ${gpus === null ? '' : textOf(gpus)}`;

function textOf(gpus: GpuRequest): string {
  if (gpus.kind === 'mig') return `mig ${gpus.count} ${gpus.profile} ${gpus.model}`;
  return `${gpus.kind} ${gpus.kind === 'whole' ? gpus.count : gpus.slices} ${gpus.model}`;
}
