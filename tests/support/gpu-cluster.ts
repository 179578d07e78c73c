/** Clusters, queues and running jobs drawn by chance, the same for the same seed. */
import { createRandom, type Random } from '../../demo/random.ts';
import type {
  Capacity,
  Device,
  DeviceMode,
  GpuNode,
  GpuRequest,
  Job,
  PlannerInputs,
  Resources,
  RunningJob,
  Usage,
} from '../../domain/gpu/model.ts';
import { plan } from '../../domain/gpu/plan.ts';
import { GPU_POLICY, type GpuPolicy } from '../../domain/gpu/policy.ts';
import { allGpusOf } from '../../domain/gpu/weigh-request.ts';
import { HOUR, MINUTE, NOW } from './gpu-jobs.ts';

export const DAY = 24 * HOUR;

const padded = (value: number): string => String(value).padStart(5, '0');

type NodeKind = {
  readonly model: string;
  readonly mode: DeviceMode;
  readonly count: number;
  readonly cpus: number;
};

const KINDS: readonly (NodeKind & { readonly part: number })[] = [
  { part: 45, model: 'H100-80GB', mode: 'whole', count: 8, cpus: 128 },
  { part: 25, model: 'A100-80GB', mode: 'whole', count: 8, cpus: 96 },
  { part: 12, model: 'A100-40GB', mode: 'mig', count: 4, cpus: 64 },
  { part: 8, model: 'A30-24GB', mode: 'mig', count: 4, cpus: 32 },
  { part: 10, model: 'RTX-4090', mode: 'shared', count: 4, cpus: 48 },
];

/** A node of one kind of device; 8 GiB of memory for each processor. */
export function aNode(name: string, { model, mode, count, cpus }: NodeKind): GpuNode {
  const devices = Array.from({ length: count }, (_, at): Device => ({
    id: `${name}/${at}`,
    model,
    mode,
    isHealthy: true,
  }));
  return { name, cpus, memoryMib: cpus * 8192, devices, isDrained: false };
}

/** Nodes of five kinds in fixed proportions. */
export function aCluster(count: number): Capacity {
  const kinds = KINDS.flatMap((kind) => Array.from({ length: kind.part }, () => kind));
  const nodes = Array.from({ length: count }, (_, at) =>
    aNode(`node-${padded(at)}`, kinds[(at * 37) % kinds.length]!),
  );
  return { nodes, isHeld: false };
}

function aRequest(random: Random): GpuRequest {
  const kind = random.int(1, 100);
  if (kind <= 70)
    return {
      kind: 'whole',
      model: random.pick(['H100-80GB', 'H100-80GB', 'A100-80GB', null]),
      count: random.pick([1, 1, 1, 2, 2, 4, 4, 8]),
    };
  if (kind <= 88)
    return random.chance(0.7)
      ? {
          kind: 'mig',
          model: 'A100-40GB',
          profile: random.pick(['1g.5gb', '2g.10gb', '3g.20gb', '1g.10gb']),
          count: 1,
        }
      : { kind: 'mig', model: 'A30-24GB', profile: random.pick(['1g.6gb', '2g.12gb']), count: 1 };
  return { kind: 'shared', model: null, slices: random.int(1, 5) };
}

/** Different shapes of jobs; one in twenty asks for several nodes. */
export function someShapes(count: number, random: Random): Resources[] {
  const shapes = new Map<string, Resources>();
  while (shapes.size < count) {
    const gpus = aRequest(random);
    const parts = gpus.kind === 'shared' ? 1 : gpus.count;
    const shape = {
      nodes: gpus.kind === 'whole' && gpus.count === 8 && random.chance(0.3) ? random.pick([2, 4]) : 1,
      cpus: parts * random.pick([1, 2, 3, 4, 5, 6, 8]),
      memoryMib: parts * random.pick([4, 8, 16, 24, 32]) * 1024,
      gpus,
    };
    shapes.set(JSON.stringify(shape), shape);
  }
  return [...shapes.values()];
}

/** Spread evenly over the orders of magnitude between two durations. */
const logUniform = (random: Random, from: number, to: number): number =>
  Math.round(from * (to / from) ** (random.int(0, 1_000_000) / 1_000_000));

/** A job that can start, one of many users and teams, that was submitted within the last three days. */
export function aJob(id: string, resources: Resources, random: Random, users: number): Job {
  const user = random.int(1, users);
  const walltimeMs = logUniform(random, 10 * MINUTE, 3 * DAY);
  const submittedAt = NOW - random.int(0, 3 * DAY);
  return {
    id,
    user: `user-${user}`,
    team: `team-${user % 20}`,
    qos: random.pick([
      'low',
      'low',
      'normal',
      'normal',
      'normal',
      'normal',
      'normal',
      'normal',
      'normal',
      'high',
    ]),
    submittedAt,
    eligibleAt: submittedAt,
    isHeld: false,
    nice: 0,
    resources,
    walltimeMs,
    predictedMs: random.chance(0.8) ? Math.round((walltimeMs * random.int(10, 100)) / 100) : null,
    nearNodes: [],
    preemptions: 0,
  };
}

/** Teams of equal shares with users of equal shares, who used different amounts. */
export function someUsage(users: number, random: Random): Usage {
  const accounts = Array.from({ length: 20 }, (_, at) => ({
    name: `team-${at}`,
    parent: null,
    shares: 1 + (at % 3),
  }));
  return {
    asOf: NOW - DAY,
    accounts,
    users: Array.from({ length: users }, (_, at) => ({
      user: `user-${at + 1}`,
      team: `team-${(at + 1) % 20}`,
      shares: 1,
      usedSeconds: random.int(0, 1_000_000),
    })),
  };
}

/** Starts jobs on an empty cluster until a part of its GPUs is in use; each is somewhere in its run. */
export function fill(
  capacity: Capacity,
  part: number,
  draw: (id: string) => Job,
  random: Random,
  policy: GpuPolicy = GPU_POLICY,
): RunningJob[] {
  const gpus = capacity.nodes.reduce((sum, { devices }) => sum + devices.length, 0);
  const running: RunningJob[] = [];
  const empty: Usage = { asOf: NOW, accounts: [], users: [] };
  let used = 0;
  for (let round = 0; used < part * gpus && round < 40; round += 1) {
    const queue = Array.from({ length: Math.ceil(gpus / 8) }, (_, at) =>
      draw(`running-${padded(round)}-${padded(at)}`),
    );
    const all = { ...policy, backfill: { ...policy.backfill, kind: 'easy', depth: Infinity } } as const;
    for (const { job: id, allocations } of plan(queue, running, capacity, empty, all, NOW).start) {
      const job = queue.find((one) => one.id === id)!;
      if (used >= part * gpus) break;
      used += allGpusOf(job.resources);
      const startedAt = NOW - Math.round((job.walltimeMs * random.int(1, 95)) / 100);
      const checkpointAt = random.chance(0.5) ? startedAt + Math.round((NOW - startedAt) * 0.8) : null;
      running.push({
        job,
        startedAt,
        frozenMs: 0,
        allocations,
        checkpointAt,
        savesOnNotice: random.chance(0.3),
        preemptedAt: null,
      });
    }
  }
  return running;
}

/** A queue before a cluster of which a part is in use. */
export function aBusyCluster(size: {
  readonly jobs: number;
  readonly nodes: number;
  readonly shapes: number;
  readonly occupied: number;
  readonly seed: string;
  readonly policy?: GpuPolicy;
}): PlannerInputs {
  const random = createRandom(size.seed);
  const policy = size.policy ?? GPU_POLICY;
  const users = 200;
  const shapes = someShapes(size.shapes, random);
  const draw = (id: string): Job => aJob(id, random.pick(shapes), random, users);
  const capacity = aCluster(size.nodes);
  const running = fill(capacity, size.occupied, draw, random, policy);
  const queue = Array.from({ length: size.jobs }, (_, at) => draw(`job-${padded(at)}`));
  return { queue, running, capacity, usage: someUsage(users, random), policy, now: NOW };
}
