/**
 * Sets of jobs that real Slurm and our planner are both given, and what each makes of them. Kept out is what the two do
 * differently on purpose (decision 46): whatever is judged by whole nodes there, by resource here, and what a second decides.
 */
import { createRandom, type Random } from '../../demo/random.ts';
import type { Device, GpuNode, Plan, PlannerInputs } from '../../domain/gpu/model.ts';
import type { GpuPolicy } from '../../domain/gpu/policy.ts';
import { given, job, MINUTE, NOW, PLAIN, planOf, whole } from './gpu-jobs.ts';

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
  Array.from({ length: count }, (_, at) => ({ name: `n${at + 1}`, cpus: 8, memoryMib: 8000, gpus: 0, ...room }));

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
  const ours = nodes.map(
    ({ name, cpus, memoryMib, gpus }): GpuNode => ({
      name,
      cpus,
      memoryMib,
      isDrained: false,
      devices: devices(name, gpus),
    }),
  );
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
    if (isComparable(set)) return set;
  }
}

function drawJob(nodes: readonly SetNode[], random: Random): SetJob {
  const [{ cpus, memoryMib, gpus }] = nodes as [SetNode];
  const isLarge = random.chance(0.65);
  // In GPU sets Slurm is told of the GPUs as its memory, so there memory is left out.
  const part = (of: number) => random.int(isLarge ? Math.floor(of / 2) + 1 : 1, isLarge ? of : Math.floor(of / 2));
  return aSetJob(random.int(2, 90), {
    nodes: random.chance(0.2) ? random.int(2, nodes.length) : 1,
    cpus: part(cpus),
    ...(gpus > 0 ? { gpus: part(gpus) } : { memoryMib: part(memoryMib / 500) * 500 }),
    nice: random.pick([0, 0, 0, 7, 200, 5000]),
  });
}

export function isComparable(set: JobSet): boolean {
  const inputs = plannerInputs(set);
  const decision = planOf(inputs);
  if (decision.reserve.length < 3 || decision.start.length + decision.reserve.length < set.jobs.length) return false;
  const waits = new Set(decision.reserve.map(({ job: id }) => id));
  const all = [...decision.start, ...decision.reserve].sort(
    (one, other) => other.priority - one.priority || (one.job < other.job ? -1 : 1),
  );
  const jobOf = (id: string): SetJob => set.jobs[Number(id.slice(1))]!;
  const sharing = all.some(
    ({ job: id }, at) =>
      waits.has(id) && all.slice(at + 1).some((behind) => fitTogether(jobOf(id), jobOf(behind.job), set.nodes)),
  );
  if (sharing) return false;
  // A few seconds more of every job must change nothing but the minutes: what is tight is decided by rounding.
  const tight = [1, -1].some(
    (by) =>
      JSON.stringify(plannedOf(planOf(plannerInputs(set, by * 1000)))) !== JSON.stringify(plannedOf(decision)),
  );
  return !tight && hasDistinctEnds(decision, set);
}

/** Slurm takes running jobs that end within half a minute of each other as one. */
function hasDistinctEnds({ start }: Plan, set: JobSet): boolean {
  const ends = start.map(({ job: id }) => set.jobs[Number(id.slice(1))]!.minutes);
  return new Set(ends).size === ends.length;
}

const fitTogether = (one: SetJob, other: SetJob, nodes: readonly SetNode[]): boolean =>
  nodes.some(
    ({ cpus, memoryMib, gpus }) =>
      one.cpus + other.cpus <= cpus &&
      one.memoryMib + other.memoryMib <= memoryMib &&
      one.gpus + other.gpus <= gpus,
  );

