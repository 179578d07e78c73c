/**
 * Foreground first: what the governor holds back so that realtime stays fast, and what it says of it. Free of zod.
 */
import type { ErrorParams } from './errors.ts';

/**
 * How far background work is held, each level including those before it: nothing; gpu-training starts nothing more and
 * batch is paced; running training is frozen; running training is preempted, with a checkpoint.
 */
export const HOLD_LEVELS = ['none', 'hold', 'freeze', 'preempt'] as const;

export type HoldLevel = (typeof HOLD_LEVELS)[number];

/** Why something is held. What the first five say is watched, the last two are said by a person and by the clock. */
export const HOLD_REASONS = [
  'batch-backlog',
  'feed-blind',
  'memory-pressure',
  'feed-messages',
  'feed-lag',
  'override',
  'outside-window',
] as const;

export type HoldReason = (typeof HOLD_REASONS)[number];

/** What people must know beside what is held. */
export const PRIORITY_ALARMS = [
  'feed-blind',
  'backlog-old',
  'due-exempt',
  'released-under-load',
  'holidays-unknown',
  'training-unreachable',
  'governor-blind',
  'governor-never',
] as const;

export type PriorityAlarmCode = (typeof PRIORITY_ALARMS)[number];

/** A code with what its sentence is about. */
export type Told<Code extends string> = { readonly code: Code; readonly params: ErrorParams };

export type PriorityAlarm = Told<PriorityAlarmCode>;

/** What an operator forces: everything held that the first level holds, or nothing. */
export const OVERRIDE_KINDS = ['hold', 'release'] as const;

export type OverrideKind = (typeof OVERRIDE_KINDS)[number];

/** How long an operator may force something, in minutes: nothing stays forced unnoticed. */
export const MAX_OVERRIDE_MINUTES = 24 * 60;

/** Result of one watching activity of the governor, and the answer to its progress query. */
export type GovernorCycle = {
  readonly level: HoldLevel;
  readonly reason: HoldReason | null;
  /** WAL that batch may write, in bytes a second; null: as much as it can. */
  readonly batchPace: number | null;
  readonly looks: number;
  /** Looks in which the queue of training could not be asked or set. */
  readonly failedLooks: number;
};
