/**
 * Sets of jobs that real Slurm and our planner are both given. Kept out is what the two do differently (decision 46):
 * Slurm keeps whole nodes for jobs that wait, rounds otherwise, and may choose other nodes for jobs that wait.
 */
import { isDeepStrictEqual } from 'node:util';
import { createRandom, type Random } from '../../demo/random.ts';
import type { Device, GpuNode, Plan, PlannerInputs } from '../../domain/gpu/model.ts';
import type { GpuPolicy } from '../../domain/gpu/policy.ts';
import { given, job, MINUTE, NOW, PLAIN, planOf, running, whole } from './gpu-jobs.ts';

type Room = { readonly cpus: number; readonly memoryMib: number; readonly gpus: number };
export type SetNode = Room & { readonly name: string };
export type SetJob = Room & { readonly nodes: number; readonly minutes: number; readonly nice: number };

export type JobSet = {
  readonly nodes: readonly SetNode[];
  readonly jobs: readonly SetJob[];
  readonly jobSizeWeight: number;
  readonly favour: GpuPolicy['priority']['favour'];
};

export const someNodes = (count: number, room: Partial<Room> = {}): SetNode[] =>
  Array.from({ length: count }, (_, at) => ({
    name: `n${at + 1}`,
    cpus: 8,
    memoryMib: 8000,
    gpus: 0,
    ...room,
  }));

export const aSetJob = (minutes: number, changed: Partial<SetJob> = {}): SetJob => ({
  nodes: 1,
  cpus: 1,
  memoryMib: 0,
  gpus: 0,
  nice: 0,
  minutes,
  ...changed,
});

export const idOf = (at: number): string => `j${String(at).padStart(3, '0')}`;

/** What our planner is given. Dearer cards make it prefer the nodes in their order, as weights of nodes do in Slurm. */
export function plannerInputs({ nodes, jobs, jobSizeWeight, favour }: JobSet, longerMs = 0): PlannerInputs {
  const devices = (name: string, gpus: number): Device[] =>
    Array.from({ length: Math.max(1, gpus) }, (_, at) => ({
      id: `${name}/${at}`,
      model: name,
      mode: 'whole',
      isHealthy: true,
    }));
  const ours = nodes.map(({ name, cpus, memoryMib, gpus }): GpuNode => ({
    name,
    cpus,
    memoryMib,
    isDrained: false,
    devices: devices(name, gpus),
  }));
  const queue = jobs.map(({ nodes: count, cpus, memoryMib, gpus, minutes, nice }, at) =>
    job(idOf(at), {
      nice,
      submittedAt: NOW,
      walltimeMs: minutes * MINUTE + longerMs,
      gpus: gpus === 0 ? null : whole(gpus),
      on: { nodes: count, cpus, memoryMib },
    }),
  );
  const weights = { age: 0, fairshare: 0, qos: 0, gpus: 0, jobSize: jobSizeWeight };
  const policy: GpuPolicy = {
    ...PLAIN,
    priority: { ...PLAIN.priority, weights, favour },
    prices: { otherGpu: 0, gpus: Object.fromEntries(nodes.map(({ name }, at) => [name, at * 1000])) },
  };
  return given({ nodes: ours, queue, policy });
}

export type Planned = { readonly id: string; readonly inMinutes: number; readonly nodes: readonly string[] };

/** Which job starts in how many minutes where, by id. */
export const plannedOf = ({ start, reserve }: Plan): Planned[] =>
  [...start.map((one) => ({ ...one, startAt: NOW })), ...reserve]
    .map(({ job: id, startAt, allocations }) => ({
      id,
      inMinutes: Math.round((startAt - NOW) / MINUTE),
      nodes: allocations.map(({ node }) => node).sort(),
    }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));

/** A set drawn by chance that the two have to agree on: some of it waits, and nothing hangs on whole nodes or seconds. */
export function aRandomSet(seed: string, favour: JobSet['favour']): JobSet {
  const random = createRandom(seed);
  for (;;) {
    const nodes = someNodes(random.int(2, 4), random.chance(0.5) ? { gpus: 4 } : {});
    const jobs = Array.from({ length: random.int(6, 12) }, () => drawJob(nodes, random));
    const set = { nodes, jobs, favour, jobSizeWeight: random.pick([0, 1000, 100_000]) };
    if (planOf(plannerInputs(set)).reserve.length >= 3 && isComparable(set)) return set;
  }
}

function drawJob(nodes: readonly SetNode[], random: Random): SetJob {
  const [{ cpus, memoryMib, gpus }] = nodes as [SetNode];
  const isLarge = random.chance(0.65);
  // In GPU sets Slurm is told of the GPUs as its memory, so there memory is left out.
  const part = (of: number) =>
    random.int(isLarge ? Math.floor(of / 2) + 1 : 1, isLarge ? of : Math.floor(of / 2));
  return aSetJob(random.int(2, 90), {
    nodes: random.chance(0.2) ? random.int(2, nodes.length) : 1,
    cpus: part(cpus),
    ...(gpus > 0 ? { gpus: part(gpus) } : { memoryMib: part(memoryMib / 500) * 500 }),
    nice: random.pick([0, 0, 0, 7, 200, 5000]),
  });
}

/** Does nothing of a set hang on what the two do differently? */
export function isComparable(set: JobSet): boolean {
  const decision = planOf(plannerInputs(set));
  const minutes = plannedOf(decision);
  if (minutes.length < set.jobs.length) return false;
  const waits = new Set(decision.reserve.map(({ job: id }) => id));
  const inOrder = [...decision.start, ...decision.reserve].sort(
    (one, other) => other.priority - one.priority || (one.job < other.job ? -1 : 1),
  );
  const sizeOf = ({ job: id }: { readonly job: string }): SetJob => set.jobs[Number(id.slice(1))]!;
  const sharesNodes = inOrder.some(
    (one, at) =>
      waits.has(one.job) &&
      inOrder.slice(at + 1).some((behind) => fitTogether(sizeOf(one), sizeOf(behind), set.nodes)),
  );
  const isTight = [1000, -1000].some(
    (longerMs) => !isDeepStrictEqual(plannedOf(planOf(plannerInputs(set, longerMs))), minutes),
  );
  const ends = decision.start.map((one) => sizeOf(one).minutes);
  return !sharesNodes && !isTight && new Set(ends).size === ends.length && !hangsOnNodes(set, decision);
}

/** Do those that wait start at other minutes when they prefer the nodes the other way round? */
function hangsOnNodes(set: JobSet, decision: Plan): boolean {
  const inputs = plannerInputs(set);
  const started = new Map(decision.start.map((one) => [one.job, one.allocations]));
  const { nodes } = inputs.capacity;
  const gpus = Object.fromEntries(nodes.map(({ name }, at) => [name, (nodes.length - at) * 1000]));
  const turned = planOf({
    ...inputs,
    queue: inputs.queue.filter(({ id }) => !started.has(id)),
    running: inputs.queue
      .filter(({ id }) => started.has(id))
      .map((one) => running(one, '', { startedAt: NOW, allocations: started.get(one.id)! })),
    policy: { ...inputs.policy, prices: { otherGpu: 0, gpus } },
  });
  const instants = ({ reserve }: Plan) => reserve.map(({ job: id, startAt }) => ({ id, startAt }));
  return !isDeepStrictEqual(instants(turned), instants(decision));
}

const fitTogether = (one: SetJob, other: SetJob, nodes: readonly SetNode[]): boolean =>
  nodes.some(
    ({ cpus, memoryMib, gpus }) =>
      one.cpus + other.cpus <= cpus &&
      one.memoryMib + other.memoryMib <= memoryMib &&
      one.gpus + other.gpus <= gpus,
  );
