/** GPU training: names that the database, the planner's input, the lifecycle and the API share. Free of zod. */

/** How a card is given out: as a whole, in memory slices of MIG, in shares of time. */
export const GPU_SHARINGS = ['whole', 'mig', 'shared'] as const;

export type GpuSharing = (typeof GPU_SHARINGS)[number];

/** A draining node starts nothing and lets what runs end; it is drained when nothing is left on it. */
export const GPU_NODE_STATES = ['open', 'draining', 'drained', 'retired'] as const;

export type GpuNodeState = (typeof GPU_NODE_STATES)[number];

export const GPU_DEVICE_STATES = ['ready', 'unhealthy', 'retired'] as const;

export type GpuDeviceState = (typeof GPU_DEVICE_STATES)[number];

/** As it is shown: the cluster may give out nothing of one that is ready. */
export const GPU_DEVICE_VIEWS = [...GPU_DEVICE_STATES, 'withheld'] as const;

export type GpuDeviceView = (typeof GPU_DEVICE_VIEWS)[number];

/** Names of nodes, of cards (where a cluster has them: places of its nodes) and of models, as the database takes them. */
export const NODE_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
export const DEVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9.-]{0,259}$/;
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/;

/** The lifecycle of a job; from where to where it may move stands in the table gpu_job_move. */
export const GPU_JOB_STATES = [
  ...([
    'requested',
    'validated',
    'queued',
    'reserved',
    'starting',
    'running',
    'collecting',
    'cleaning',
  ] as const),
  ...(['completed', 'failed', 'cancelled', 'expired'] as const),
] as const;

export type GpuJobState = (typeof GPU_JOB_STATES)[number];

/** What happens to a job beside moving from state to state. */
export type GpuJobNews =
  | { readonly kind: 'ready' | 'held' | 'released' | 'frozen' | 'thawed' }
  | { readonly kind: 'reprioritised'; readonly facts: { readonly qos?: string; readonly nice?: number } }
  | { readonly kind: 'extended'; readonly facts: { readonly walltimeS: number } }
  | { readonly kind: 'wanted'; readonly facts: { readonly what: 'cancel' | 'requeue' | 'preempt' } }
  /** By a decision, so that another job has room. */
  | {
      readonly kind: 'wanted';
      readonly facts: { readonly what: 'preempt'; readonly inFavourOf: string; readonly decision: number };
    }
  | { readonly kind: 'checkpointed'; readonly facts: { readonly step: number } };

/** Why a try, or a job, ended. The first four count retries, each its own. */
export const GPU_CAUSES = [
  ...(['resource-short', 'preempted', 'infrastructure', 'user-error'] as const),
  ...(['walltime', 'cancelled', 'requeued', 'dependency', 'expired'] as const),
] as const;

export type GpuCause = (typeof GPU_CAUSES)[number];

/**
 * Why a job does not start now.
 * - held: somebody holds the job
 * - depends: it waits for other jobs
 * - not-before: its machine was short of something, or its array is busy; it is looked at again then
 * - training-held: the governor starts nothing
 * - impossible: no node has what it asks for, whatever is free
 * - withheld: nodes have it, but not now: they are drained, or cards of theirs are ill, or in use by others than Tain
 * - above-quota: it asks for more than the quota of its team or user is in all
 * - quota-full: with it the team or user would have more in use than its quota
 * - quota-kept: it is within its quota now, and would not be with those who start in rooms that others made for them
 * - gpus-busy: no node, or not enough of them, has the GPUs free; cpus-busy and memory-busy: those that have lack these
 * - room-coming: room is being made for it: a running job was told to end in its favour, and has so many seconds left
 * - passed-over: a job comes before it that others were preempted for, whatever their priorities
 * - kept-for: there is room, but it is kept for a job that is before it
 * - freed-by: the running job whose end makes the room that it will get
 * - jobs-ahead: how many are before it
 * Where a job is named, `job` is its id; absent: it is of somebody else, and the reader may see only what is his own.
 */
export const GPU_BLOCKERS = [
  ...(['held', 'depends', 'array-full', 'not-before', 'training-held'] as const),
  ...(['impossible', 'withheld', 'above-quota', 'quota-full', 'quota-kept'] as const),
  ...(['room-coming', 'passed-over'] as const),
  ...(['gpus-busy', 'cpus-busy', 'memory-busy', 'kept-for', 'freed-by', 'jobs-ahead'] as const),
] as const;

export type GpuBlocker = (typeof GPU_BLOCKERS)[number];

/** Weights, quotas and shares as they are kept, in the planner's terms. What is not named is the planner's default. */
export type GpuPolicyDocument = {
  readonly priority: {
    readonly weights?: Readonly<Partial<Record<'age' | 'fairshare' | 'jobSize' | 'qos' | 'gpus', number>>>;
    readonly maxAgeMs?: number;
    readonly halfLifeMs?: number;
    readonly dampening?: number;
  };
  readonly qos: Readonly<Record<string, { readonly priority: number; readonly preempts: readonly string[] }>>;
  /** GPUs in use at the same time, an instance or share by its part of the card. Not named: no limit. */
  readonly quotas: {
    readonly teams: Readonly<Record<string, number>>;
    readonly users: Readonly<Record<string, number>>;
  };
  readonly teams: readonly {
    readonly name: string;
    readonly parent: string | null;
    readonly shares: number;
  }[];
  readonly users: readonly { readonly user: string; readonly team: string; readonly shares: number }[];
};

/** Until somebody says otherwise: nobody is in a team, and nothing is limited. */
export const NO_GPU_POLICY: GpuPolicyDocument = {
  priority: {},
  qos: {},
  quotas: { teams: {}, users: {} },
  teams: [],
  users: [],
};

/** Of a card of a model, from a date on. Money is in millionths of the currency. */
export type GpuRate = {
  readonly model: string;
  readonly effectiveOn: string;
  readonly purchaseMicros: number;
  readonly salvageMicros: number;
  readonly lifeYears: number;
  /** Of the purchase price, in a year. */
  readonly maintenanceShare: number;
};

/** Of all cards together, in a month, and of electricity. */
export type GpuSiteRate = {
  readonly effectiveOn: string;
  readonly currency: string;
  readonly pue: number;
  readonly kwhMicros: number;
  readonly labourMicros: number;
  readonly infraMicros: number;
};

export type GpuNodeFacts = { readonly node: string; readonly cpuMillis: number; readonly memoryMib: number };

export type GpuDeviceFacts = {
  readonly device: string;
  readonly index: number;
  readonly model: string;
  readonly sharing: GpuSharing;
  /** Cells that it is given out in; null: the memory slices of its model with MIG, otherwise 1. */
  readonly slices: number | null;
  /** "2026-11-21"; null: since it was registered. */
  readonly inServiceOn: string | null;
};

/** What a card with MIG is cut into. */
export type GpuInstanceFacts = {
  readonly instance: string;
  readonly profile: string;
  /** The memory slice that it begins at. */
  readonly start: number;
};

/** As an instance is shown: the cluster may give it to no run. Whether its card is well is told of the card. */
export const GPU_INSTANCE_VIEWS = ['ready', 'withheld'] as const;

export type GpuInstanceView = GpuInstanceFacts & {
  readonly state: (typeof GPU_INSTANCE_VIEWS)[number];
  readonly reason: string | null;
};

/** What the GPU file says there is to be. */
export type GpuInventory = {
  readonly models: readonly {
    readonly model: string;
    readonly memoryGb: number;
    readonly tdpWatts: number;
    readonly idleWatts: number | null;
  }[];
  readonly nodes: readonly (GpuNodeFacts & {
    readonly devices: readonly (GpuDeviceFacts & { readonly instances: readonly GpuInstanceFacts[] })[];
  })[];
  readonly rates: readonly GpuRate[];
  readonly siteRates: readonly GpuSiteRate[];
  readonly policy: GpuPolicyDocument;
};

/** The longest span that use and cost are told of, in days. */
export const MAX_GPU_DAYS = 92;
