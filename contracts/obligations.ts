/** What our entities owe by when, and what is in the way. Free of zod. */

/** `met`: all acknowledged in time or not; `due`: there is time; `unknown`: nobody can say by when. */
export const OBLIGATION_STATES = ['met', 'due', 'nearing', 'missed', 'unknown'] as const;
export type ObligationState = (typeof OBLIGATION_STATES)[number];

/** What is owed: messages of events, the daily values of open swaps and portfolios, the verification of open swaps. */
export const OWED_KINDS = ['message', 'valuation', 'collateral', 'verification'] as const;
export type OwedKind = (typeof OWED_KINDS)[number];

/** What is in the way of what is not met. */
export const BLOCKERS = [
  'refused',
  'held',
  'not-sent',
  'unanswered',
  'not-reported',
  'never-verified',
  'pending-swap',
  'missing-input',
] as const;
export type Blocker = (typeof BLOCKERS)[number];

/**
 * How long what leaves at once has until it must be acknowledged, counted from the acceptance of its event: as soon as
 * technologically practicable, which names no number, so that this one is ours. Fifteen minutes are the shortest delay
 * of what is published: what comes later would be late for the public too. Source: 17 CFR 43.3(a); part 43, appendix C.
 */
export const AT_ONCE_LIMIT_MS = 15 * 60_000;
export const AT_ONCE_OBLIGATION = '17 CFR 43.3(a), our limit';

/** How long before it is due something is nearing, in milliseconds. */
export const NEARING_MS: Readonly<Record<OwedKind | 'at-once', number>> = {
  message: 4 * 3_600_000,
  // A third of what it has.
  'at-once': AT_ONCE_LIMIT_MS / 3,
  valuation: 4 * 3_600_000,
  collateral: 4 * 3_600_000,
  verification: 5 * 86_400_000,
};

/** Days that one answer covers. */
export const MAX_OBLIGATION_DAYS = 92;

/** @param dueAt and `now` in milliseconds */
export function obligationState(
  kind: OwedKind | 'at-once',
  { open, dueAt }: { readonly open: number; readonly dueAt: number | null },
  now: number,
): ObligationState {
  if (open === 0) return 'met';
  if (dueAt === null) return 'unknown';
  if (dueAt < now) return 'missed';
  return dueAt - now <= NEARING_MS[kind] ? 'nearing' : 'due';
}
