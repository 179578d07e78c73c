/** What is held: the governor's own judgement, an operator's override, the window of background work, due times. */
import type { ErrorParams } from '../../contracts/errors.ts';
import {
  HOLD_LEVELS,
  type HoldLevel,
  type OverrideKind,
  type PriorityAlarm,
} from '../../contracts/priority.ts';
import { blindFor, pacesBatch, type Cause } from './causes.ts';
import type { Observation } from './observation.ts';
import type { GovernorPolicy } from './policy.ts';
import { NOTHING_WATCHED, watchOn, type Watch } from './watch.ts';

export type Override = {
  readonly kind: OverrideKind;
  readonly by: string;
  readonly why: string;
  /** Instants in milliseconds; it ends by itself. */
  readonly at: number;
  readonly until: number;
};

/** What holds for whoever works in the background. */
export type Held = {
  readonly level: HoldLevel;
  /** Null exactly when the level is none. */
  readonly reason: Cause | null;
  /** Since when level and reason are what they are, in milliseconds. */
  readonly since: number;
  /** Bytes of WAL a second; null: as much as it can. */
  readonly batchPace: number | null;
  /** The same of work that can wait: backfill. */
  readonly backgroundPace: number | null;
};

export type GovernorState = { readonly watch: Watch; readonly held: Held };

export type GovernorInputs = {
  readonly seen: Observation;
  readonly override: Override | null;
  /** The window of background work; null: there is none, and it is always open. */
  readonly window: { readonly isOpen: boolean; readonly areHolidaysKnown: boolean } | null;
};

/** What a look changes, for the audit log and for running training. */
export type GovernorAction =
  | { readonly kind: 'hold'; readonly level: HoldLevel; readonly reason: Cause }
  | { readonly kind: 'release' }
  | { readonly kind: 'end-override' };

export const NOTHING_HELD: GovernorState = {
  watch: NOTHING_WATCHED,
  held: { level: 'none', reason: null, since: 0, batchPace: null, backgroundPace: null },
};

export type Decision = {
  readonly state: GovernorState;
  readonly actions: readonly GovernorAction[];
  readonly alarms: readonly PriorityAlarm[];
};

/** Decides after a look. It goes on watching under an override, so that its end finds the right level. */
export function decide(
  before: GovernorState,
  inputs: GovernorInputs,
  policy: GovernorPolicy,
  now: number,
): Decision {
  const { seen, window } = inputs;
  const hasEnded = inputs.override !== null && inputs.override.until <= now;
  const override = hasEnded ? null : inputs.override;
  const watch = watchOn(before.watch, seen, policy, now);
  const isDue = seen.dueTimes.some((due) => now >= due - policy.dueMs);
  const isClosed = window !== null && !window.isOpen;

  const { level, reason } = judge(watch, override, isClosed);
  const isPaced = reason !== null && pacesBatch(reason);
  const pace = isPaced ? (watch.pace ?? policy.heldPace) : null;
  const outside = isClosed && override?.kind !== 'release' ? policy.backgroundPace : null;
  const isChanged = level !== before.held.level || reason?.code !== before.held.reason?.code;
  const held: Held = {
    level,
    reason,
    since: isChanged ? now : Math.min(before.held.since, now),
    batchPace: isDue ? null : pace,
    backgroundPace: lowest(pace, outside),
  };
  const change: GovernorAction = reason === null ? { kind: 'release' } : { kind: 'hold', level, reason };
  return {
    state: { watch, held },
    actions: [...(hasEnded ? [{ kind: 'end-override' } as const] : []), ...(isChanged ? [change] : [])],
    alarms: findAlarms(inputs, policy, { watch, override, isExempt: isDue && pace !== null }),
  };
}

function judge(
  watch: Watch,
  override: Override | null,
  isClosed: boolean,
): { readonly level: HoldLevel; readonly reason: Cause | null } {
  if (override?.kind === 'release') return { level: 'none', reason: null };
  // A harder level than the one that is forced stays.
  const isHarder = HOLD_LEVELS.indexOf(watch.level) > HOLD_LEVELS.indexOf('hold');
  if (override?.kind === 'hold' && !isHarder)
    return { level: 'hold', reason: { code: 'override', params: { by: override.by, why: override.why } } };
  if (watch.level !== 'none') return { level: watch.level, reason: watch.cause };
  return isClosed
    ? { level: 'hold', reason: { code: 'outside-window', params: {} } }
    : { level: 'none', reason: null };
}

const lowest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

function findAlarms(
  { seen, window }: GovernorInputs,
  policy: GovernorPolicy,
  found: { readonly watch: Watch; readonly override: Override | null; readonly isExempt: boolean },
): PriorityAlarm[] {
  const alarms: PriorityAlarm[] = [];
  const tell = (code: PriorityAlarm['code'], params: ErrorParams = {}): void =>
    void alarms.push({ code, params });
  for (const feed of seen.feeds) {
    const silent = blindFor(feed, policy);
    if (silent !== null) tell('feed-blind', { feed: feed.feed, seconds: Math.round(silent / 1000) });
  }
  if ((seen.backlogMs ?? 0) > policy.backlogMs[0])
    tell('backlog-old', { minutes: Math.round(seen.backlogMs! / 60_000) });
  if (found.isExempt) tell('due-exempt', { minutes: policy.dueMs / 60_000 });
  if (found.override?.kind === 'release' && found.watch.level !== 'none')
    tell('released-under-load', { by: found.override.by, level: found.watch.level });
  if (window !== null && !window.areHolidaysKnown) tell('holidays-unknown');
  return alarms;
}
