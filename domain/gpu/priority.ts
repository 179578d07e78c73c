/**
 * Slurm's multifactor priority (`priority_multifactor.c`): the sum of weights times factors between 0 and 1, less nice,
 * at least 1, cut to an integer. 0 is that of jobs that are held.
 */
import type { Job, Resources } from './model.ts';
import type { GpuPolicy } from './policy.ts';
import { allGpusOf } from './weigh-request.ts';

/** What there is in all, which sizes are measured against. */
export type Totals = { readonly nodes: number; readonly cpus: number; readonly gpus: number };

export type Factors = {
  readonly age: number;
  readonly fairshare: number;
  readonly jobSize: number;
  readonly qos: number;
  readonly gpus: number;
};

const HIGHEST = 2 ** 32 - 1;

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

const part = (of: number, all: number): number => (all > 0 ? of / all : 0);

/** (nodes/all nodes + processors/all processors) / 2; or what is left beside it; or the share of the machine by time. */
export function sizeFactor(
  { nodes, cpus }: Pick<Resources, 'nodes' | 'cpus'>,
  walltimeMs: number,
  totals: Totals,
  favour: GpuPolicy['priority']['favour'],
): number {
  const allCpus = nodes * cpus;
  if (favour === 'small-relative-to-time') {
    const used = Math.max(allCpus, part(nodes * totals.cpus, totals.nodes));
    return 1 - clamp(part(part(used, walltimeMs / 60_000), totals.cpus));
  }
  const size = (part(nodes, totals.nodes) + part(allCpus, totals.cpus)) / 2;
  return clamp(favour === 'large' ? size : 1 - size);
}

/** All factors but fairshare, which belongs to the user. */
export function ownFactors(
  job: Job,
  totals: Totals,
  policy: GpuPolicy,
  now: number,
): Omit<Factors, 'fairshare'> {
  const { maxAgeMs, favour } = policy.priority;
  const highest = Object.values(policy.qos).reduce((most, { priority }) => Math.max(most, priority), 0);
  return {
    age: job.eligibleAt === null || job.isHeld ? 0 : clamp((now - job.eligibleAt) / maxAgeMs),
    jobSize: sizeFactor(job.resources, job.walltimeMs, totals, favour),
    qos: clamp(part(policy.qos[job.qos]?.priority ?? 0, highest)),
    gpus: clamp(part(allGpusOf(job.resources), totals.gpus)),
  };
}

/** The priority of a job that is not held. */
export function prioritise(factors: Factors, nice: number, { weights }: GpuPolicy['priority']): number {
  const sum =
    factors.age * weights.age +
    factors.fairshare * weights.fairshare +
    factors.jobSize * weights.jobSize +
    factors.qos * weights.qos +
    factors.gpus * weights.gpus -
    nice;
  return Math.trunc(Math.min(HIGHEST, Math.max(1, sum)));
}
