/** What needs a person: the causes, each with how it is settled. Free of zod. */
import type { ErrorParams } from './errors.ts';
import type { Role } from './policy.ts';

export const EXCEPTION_KINDS = [
  'message-refused',
  'message-late',
  'message-nearing',
  'message-held',
  'message-unanswered',
  'outcome-revised',
  'days-not-opened',
  'day-unopened',
  'day-stuck',
  'day-standing',
  'day-input-missing',
  'delivery-stalled',
  'target-trouble',
  'live-unsent',
  'valuation-owed',
  'collateral-owed',
  'valuation-nearing',
  'collateral-nearing',
  'reconcile-breaks',
  'file-problem',
  'feed-gap',
  'conflict',
  'violated',
  'rejected-records',
  'pending-old',
  'governor-alarm',
] as const;

export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

/**
 * Of these the tables keep what happened for good, so that somebody's word ends them: they come back with the next one of
 * it. All others are gone when their cause is, and not before.
 */
export const LASTING_KINDS: readonly ExceptionKind[] = [
  'rejected-records',
  'conflict',
  'violated',
  'outcome-revised',
];

/** Whose it is while nobody has taken it. */
export const ownerRoleOf = (kind: ExceptionKind): Role => (kind === 'governor-alarm' ? 'admin' : 'operator');

/** A cause as the tables have it. */
export type ExceptionCause = {
  readonly kind: ExceptionKind;
  /** Names the cause, and nothing of its present extent. */
  readonly key: string;
  readonly count: number;
  /** Instants in milliseconds; null where nothing says. */
  readonly since: number | null;
  readonly deadline: number | null;
  /** Of what the tables keep for good, when the newest of it came: an instant in milliseconds. */
  readonly newest?: number | null;
  /** What its sentences are about. */
  readonly params: ErrorParams;
  /** Paths of the API that show it. */
  readonly links: readonly string[];
};

/** Causes of one kind: those that are listed, and how many there are. */
export type Found = { readonly causes: readonly ExceptionCause[]; readonly total: number };

/** Causes of one kind that are listed; the others are counted. */
export const MAX_CAUSES_PER_KIND = 200;

/** One of the things that a cause is made of. */
export type ExceptionItem = {
  /** A rule, a message, a file, a swap or a portfolio. */
  readonly name: string;
  /** Where it is, or what it is about. */
  readonly about: string;
  readonly count: number;
  /** ISO 8601, UTC. */
  readonly since: string | null;
  readonly deadline: string | null;
  /** Path of the API that shows it. */
  readonly link: string | null;
};

/** Items of one cause that are listed. */
export const MAX_ITEMS = 500;

/** How old, in days, a file with rejected records may be for them to need somebody. */
export const REJECTED_DAYS = 30;

/** How long a message of a part may be without an answer, and a delivery without progress, in minutes: limits of ours. */
export const SILENCE_MINUTES = { 43: 5, 45: 60 } as const;
export const STALL_MINUTES = 15;

/** How long past its cut time a business date may have no day, and a day may stand still, in minutes. */
export const UNOPENED_MINUTES = 60;
export const STANDING_MINUTES = 30;

/** How long a target may be out of reach, and what leaves at once may wait, in minutes. */
export const TARGET_MINUTES = 1;
