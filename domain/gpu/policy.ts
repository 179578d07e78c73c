/** The figures that the planner decides by, in Slurm's terms where Slurm has one. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Qos = {
  /** Against the highest of all. */
  readonly priority: number;
  /** Whose running jobs it may preempt: those of lower priority among these. */
  readonly preempts: readonly string[];
};

export type GpuPolicy = {
  readonly priority: {
    readonly weights: {
      readonly age: number;
      readonly fairshare: number;
      readonly jobSize: number;
      readonly qos: number;
      /** Of the GPUs asked for against all there are (PriorityWeightTRES=GRES/gpu). */
      readonly gpus: number;
    };
    /** PriorityMaxAge. */
    readonly maxAgeMs: number;
    /** PriorityDecayHalfLife. */
    readonly halfLifeMs: number;
    /** FairShareDampeningFactor. */
    readonly dampening: number;
    /** PriorityFavorSmall, SMALL_RELATIVE_TO_TIME. */
    readonly favour: 'large' | 'small' | 'small-relative-to-time';
    /** Is what a user's earlier jobs are going to use counted as used, so that a burst does not look unused? */
    readonly hasEntryCharge: boolean;
  };
  readonly qos: Readonly<Record<string, Qos>>;
  readonly backfill: {
    /** Room is kept for the first job that has to wait (easy), for every one that is looked at, or for none. */
    readonly kind: 'easy' | 'conservative' | 'none';
    /** How many waiting jobs are looked at, in the order of the queue (bf_max_job_test). */
    readonly depth: number;
    /** How long jobs are expected to run. */
    readonly runtime: 'walltime' | 'predicted';
    /** Must a job fit before a reservation by its walltime, so that it cannot delay it, or as long as is expected? */
    readonly fitsBy: 'walltime' | 'predicted';
    /** A job that has waited so long since it was eligible goes before all others, the oldest first. */
    readonly overdueMs: number;
  };
  readonly placement: {
    /** Fill nodes that are in use first, or the emptiest. */
    readonly order: 'pack' | 'spread';
  };
  readonly preemption: {
    /** PreemptExemptTime: a job runs so long before it may be preempted. */
    readonly minimumRunMs: number;
    /** Time to write a checkpoint. */
    readonly graceMs: number;
    /** More victims than these are not made for one job. */
    readonly mostVictims: number;
    /** A job that was preempted so often is left alone. */
    readonly mostTimes: number;
  };
  /**
   * GPUs in use at the same time, a MIG instance or shared slice by its part of the card. Not named: no limit. What a team
   * uses is used of those above it too.
   */
  readonly quotas: {
    readonly teams: Readonly<Record<string, number>>;
    readonly users: Readonly<Record<string, number>>;
    /** Teams with a quota that a team lies below. */
    readonly above?: Readonly<Record<string, readonly string[]>>;
  };
  /** What a second of use weighs (TRESBillingWeights); models that are not named weigh `otherGpu`. */
  readonly billing: {
    readonly cpu: number;
    readonly memoryGib: number;
    readonly gpus: Readonly<Record<string, number>>;
    readonly otherGpu: number;
  };
  /** Of a GPU hour in hundredths, for choosing where a job goes; models that are not named cost `otherGpu`. */
  readonly prices: { readonly gpus: Readonly<Record<string, number>>; readonly otherGpu: number };
};

export const GPU_POLICY: GpuPolicy = {
  priority: {
    weights: { age: 1000, fairshare: 4000, jobSize: 500, qos: 2000, gpus: 0 },
    maxAgeMs: 7 * DAY,
    halfLifeMs: 7 * DAY,
    dampening: 1,
    favour: 'large',
    hasEntryCharge: true,
  },
  qos: {
    high: { priority: 100, preempts: ['low'] },
    normal: { priority: 50, preempts: [] },
    low: { priority: 0, preempts: [] },
  },
  backfill: {
    kind: 'conservative',
    depth: 1000,
    runtime: 'predicted',
    fitsBy: 'walltime',
    overdueMs: 7 * DAY,
  },
  placement: { order: 'pack' },
  preemption: { minimumRunMs: 30 * MINUTE, graceMs: 2 * MINUTE, mostVictims: 8, mostTimes: 3 },
  quotas: { teams: {}, users: {} },
  billing: { cpu: 0, memoryGib: 0, gpus: {}, otherGpu: 1 },
  prices: { gpus: {}, otherGpu: 95 },
};

type Quota = { readonly scope: 'team' | 'user'; readonly name: string; readonly limit: number };

/** The quotas that a job counts against: its team's, those above it, its user's. */
export function quotasOf(
  { quotas }: GpuPolicy,
  { team, user }: { readonly team: string; readonly user: string },
): Quota[] {
  const teams = [team, ...(find(quotas.above ?? {}, team) ?? [])];
  return [
    ...teams.map((name) => ({ scope: 'team' as const, name, limit: find(quotas.teams, name) })),
    { scope: 'user' as const, name: user, limit: find(quotas.users, user) },
  ].filter((quota): quota is Quota => quota.limit !== undefined);
}

/** By a name that people give: one like "constructor" is in no record. */
const find = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
