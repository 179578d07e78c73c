/** Jobs, nodes and running jobs of planner tests, with everything that a test does not say left plain. */
import type {
  Capacity,
  Device,
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

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const NOW = Date.UTC(2026, 10, 21);

/** Nothing but age and the order of submission, by walltime, no entry charge: what a person can work out by hand. */
export const PLAIN: GpuPolicy = {
  ...GPU_POLICY,
  priority: {
    ...GPU_POLICY.priority,
    weights: { age: 0, fairshare: 0, jobSize: 0, qos: 1000, gpus: 0 },
    hasEntryCharge: false,
  },
  backfill: { ...GPU_POLICY.backfill, runtime: 'walltime', fitsBy: 'walltime' },
};

export const withBackfill = (changed: Partial<GpuPolicy['backfill']>, policy = PLAIN): GpuPolicy => ({
  ...policy,
  backfill: { ...policy.backfill, ...changed },
});

export const NO_USAGE: Usage = { asOf: NOW, accounts: [], users: [] };

export const whole = (count: number, model: string | null = null): GpuRequest => ({
  kind: 'whole',
  model,
  count,
});

type Wanted = Partial<Job> & { readonly gpus?: GpuRequest | null; readonly on?: Partial<Resources> };

/** Jobs that are submitted one second after the other unless they say when. */
export function job(id: string, { gpus, on, ...changed }: Wanted = {}): Job {
  const submittedAt = changed.submittedAt ?? NOW - HOUR + Number(/\d+/.exec(id)?.[0] ?? 0) * 1000;
  return {
    id,
    user: 'kim',
    team: 'research',
    qos: 'normal',
    submittedAt,
    eligibleAt: submittedAt,
    isHeld: false,
    nice: 0,
    resources: { nodes: 1, cpus: 1, memoryMib: 1024, gpus: gpus === undefined ? whole(1) : gpus, ...on },
    walltimeMs: HOUR,
    predictedMs: null,
    nearNodes: [],
    preemptions: 0,
    ...changed,
  };
}

export const devices = (node: string, count: number, changed: Partial<Device> = {}): Device[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `${node}/${at}`,
    model: 'H100-80GB',
    mode: 'whole',
    isHealthy: true,
    ...changed,
  }));

export const node = (name: string, gpus: number, changed: Partial<GpuNode> = {}): GpuNode => ({
  name,
  cpus: 64,
  memoryMib: 512 * 1024,
  devices: devices(name, gpus),
  isDrained: false,
  ...changed,
});

/** A job that runs on GPUs 0, 1, … of a node, or on those that are named. */
export function running(
  of: Job,
  on: string,
  changed: Partial<RunningJob> & { readonly at?: readonly number[] } = {},
): RunningJob {
  const { at, ...rest } = changed;
  const { cpus, memoryMib, gpus } = of.resources;
  const count = gpus?.kind === 'whole' ? gpus.count : 0;
  const held = at ?? Array.from({ length: count }, (_, index) => index);
  return {
    job: of,
    startedAt: NOW - MINUTE,
    frozenMs: 0,
    allocations: [
      {
        node: on,
        cpus,
        memoryMib,
        devices: held.map((index) => ({ device: `${on}/${index}`, slices: [0], profile: null })),
      },
    ],
    checkpointAt: null,
    savesOnNotice: false,
    preemptedAt: null,
    ...rest,
  };
}

export type Given = Partial<Omit<PlannerInputs, 'capacity'>> & {
  readonly nodes: readonly GpuNode[];
  readonly isHeld?: boolean;
};

export function given({ nodes, isHeld = false, ...inputs }: Given): PlannerInputs {
  const capacity: Capacity = { nodes, isHeld };
  return { queue: [], running: [], usage: NO_USAGE, policy: PLAIN, now: NOW, ...inputs, capacity };
}

export function planOf(inputs: PlannerInputs) {
  const { queue, running: runs, capacity, usage, policy, now } = inputs;
  return plan(queue, runs, capacity, usage, policy, now);
}
