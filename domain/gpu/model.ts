/**
 * What the planner of GPU training knows: jobs, nodes, devices, allocations, use, quotas. Instants and durations are
 * milliseconds. Everything is a plain value: a decision is run again from its stored inputs and gives the same bytes.
 */
import type { GpuPolicy } from './policy.ts';

/**
 * What a job asks of each of its nodes beside processors and memory. A model of null takes any.
 * - whole: GPUs by themselves
 * - mig: instances of a MIG profile by its name (`1g.10gb`), each where the card allows it
 * - shared: slices of one GPU that several jobs use at a time (`SHARED_SLICES` make a GPU)
 */
export type GpuRequest =
  | { readonly kind: 'whole'; readonly model: string | null; readonly count: number }
  | {
      readonly kind: 'mig';
      readonly model: string | null;
      readonly profile: string;
      readonly count: number;
      /** Of a card, where no model is named: that of the cards it has, or can get. Absent: the largest of all models. */
      readonly part?: number;
    }
  | { readonly kind: 'shared'; readonly model: string | null; readonly slices: number };

/** What a job needs: on `nodes` different nodes at the same time, each of them what follows. */
export type Resources = {
  readonly nodes: number;
  readonly cpus: number;
  readonly memoryMib: number;
  /** Null: none, it computes on processors. */
  readonly gpus: GpuRequest | null;
};

export type Job = {
  /** Unique; the last tie-breaker of every order. */
  readonly id: string;
  readonly user: string;
  /** The account that the user's share lies in, and that a quota holds for. */
  readonly team: string;
  /** A quality of service of the policy. */
  readonly qos: string;
  readonly submittedAt: number;
  /** Since when it could start but for room; its age counts from here. Null: it waits for other jobs. */
  readonly eligibleAt: number | null;
  /** Held by somebody until it is released: it neither starts nor ages nor reserves. */
  readonly isHeld: boolean;
  /** Taken off the priority as it is; below 0 raises it. */
  readonly nice: number;
  readonly resources: Resources;
  /** When it has run so long it is killed. */
  readonly walltimeMs: number;
  /** How long it will run as far as earlier runs tell (`predictRuntime`), above 0; null: nothing is known. */
  readonly predictedMs: number | null;
  /** Names of nodes that have its data or checkpoint. */
  readonly nearNodes: readonly string[];
  /** How often it was preempted already. */
  readonly preemptions: number;
  /** Absent: none was made for it. */
  readonly room?: MadeRoom;
};

/** Room that others were preempted for, of a job that has neither started nor been held since. */
export type MadeRoom = {
  /** The lower, the earlier it was made. */
  readonly order: number;
  /** Who makes it, with the quality of service that each had when it was told to. */
  readonly victims: readonly { readonly job: string; readonly qos: string }[];
  /** When it was to be free. */
  readonly endBy: number;
  /** The very slices that the job was to have. */
  readonly allocations: readonly Allocation[];
};

/**
 * Slices of a device that one allocation holds. Slices are numbered: a whole GPU has slice 0; a shared one 0 to 9; a
 * card cut by MIG its memory slices, 0 to 7 (or 3), and 8 stands for its one media engine. No slice of a device is
 * ever held by two allocations: that is what the database's constraint is on.
 */
export type DeviceSlices = {
  readonly device: string;
  readonly slices: readonly number[];
  /** The MIG instance that lies there; null: none. */
  readonly profile: string | null;
};

/** What a job holds of a node; a job of several nodes has one allocation for each. MIG instances come one by one. */
export type Allocation = {
  readonly node: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly devices: readonly DeviceSlices[];
};

export type RunningJob = {
  readonly job: Job;
  readonly startedAt: number;
  /** How long it was frozen in all: its walltime stood still. */
  readonly frozenMs: number;
  readonly allocations: readonly Allocation[];
  /** When it last wrote a checkpoint; null: never. */
  readonly checkpointAt: number | null;
  /** Does it write a checkpoint when it is told to end? Then it loses nothing. */
  readonly savesOnNotice: boolean;
  /** When it was told to end in favour of another; null: it was not. It is gone after the policy's grace. */
  readonly preemptedAt: number | null;
};

/** How a device is handed out: to one job; to several that share it; in MIG instances. Only an operator changes it. */
export type DeviceMode = 'whole' | 'shared' | 'mig';

/** A MIG instance that a card is cut into: so many memory slices of it from one on. */
export type MigInstance = {
  readonly profile: string;
  readonly start: number;
  readonly slices: number;
  /** Somebody else has it: it is given to nobody for now. Absent: nobody has. */
  readonly isWithheld?: true;
};

export type Device = {
  /** Unique among all nodes: the UUID that its driver gives it. */
  readonly id: string;
  /** As in `domain/gpu/mig-profiles.ts` where MIG is used: `H100-80GB`. */
  readonly model: string;
  readonly mode: DeviceMode;
  readonly isHealthy: boolean;
  /** Something that is not ours kept it from a job a while ago: others are taken first, where there are any. */
  readonly isAvoided?: boolean;
  /** What it is cut into already: it gives out nothing else. Absent: it is cut as jobs come. */
  readonly instances?: readonly MigInstance[];
};

export type GpuNode = {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMib: number;
  /** At most 30: they are bits of an integer. */
  readonly devices: readonly Device[];
  /** Nothing more starts there; what runs goes on. */
  readonly isDrained: boolean;
  /** Its cluster refused a run there a while ago that the books had room for: other nodes go before. Absent: it did not. */
  readonly hadNoRoom?: boolean;
};

export type Capacity = {
  readonly nodes: readonly GpuNode[];
  /** The governor's hold: nothing starts, whatever is free. */
  readonly isHeld: boolean;
};

/** A team or a group of teams in the tree of shares. */
export type Account = {
  readonly name: string;
  /** Null: directly below the root. */
  readonly parent: string | null;
  readonly shares: number;
};

export type UserShare = {
  readonly user: string;
  readonly team: string;
  readonly shares: number;
  /** Use in billable seconds, decayed to `asOf` of the use it is part of. */
  readonly usedSeconds: number;
};

/** Who has which share, and what of it was used by jobs that have ended. What runs is added by the planner. */
export type Usage = {
  readonly asOf: number;
  readonly accounts: readonly Account[];
  readonly users: readonly UserShare[];
};

/** A job that can start: where, with what priority, and whether jobs before it in the queue have to wait longer. */
export type Start = {
  readonly job: string;
  readonly allocations: readonly Allocation[];
  readonly priority: number;
  readonly isBackfilled: boolean;
};

/**
 * Room kept for a job from an instant on. It is planned anew each time: that of the first job never comes later, those
 * behind it may when a job before them is placed otherwise.
 */
export type Reservation = {
  readonly job: string;
  readonly startAt: number;
  readonly allocations: readonly Allocation[];
  readonly priority: number;
};

/** A running job that has to make room. */
export type Preemption = {
  readonly job: string;
  readonly inFavourOf: string;
  /** When its room is to be free. */
  readonly endBy: number;
  /** GPU milliseconds of work that it has to do again. */
  readonly lostGpuMs: number;
};

export type Plan = {
  readonly start: readonly Start[];
  readonly reserve: readonly Reservation[];
  readonly preempt: readonly Preemption[];
};

/** All that a decision is made of. */
export type PlannerInputs = {
  readonly queue: readonly Job[];
  readonly running: readonly RunningJob[];
  readonly capacity: Capacity;
  readonly usage: Usage;
  readonly policy: GpuPolicy;
  readonly now: number;
  /**
   * As was decided until `plan 5`: processors in floating point, and of those who save their work on notice any is as good a
   * victim as another. It is no part of what is stored.
   */
  readonly isByPlan5?: boolean;
};

/** Slices of a shared GPU. */
export const SHARED_SLICES = 10;
