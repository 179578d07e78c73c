/**
 * The governor's own judgement: from look to look, with hysteresis. A hold begins when a threshold is passed for some
 * looks in a row, gets harder while that lasts, and ends when it has been calm below a lower one for a while; no level
 * lasts shorter than the minimum. So that it cannot flap, whatever comes.
 */
import type { HoldLevel } from '../../contracts/priority.ts';
import { escalates, findCauses, pacesBatch, strengthOf, type Cause } from './causes.ts';
import type { Observation } from './observation.ts';
import type { GovernorPolicy } from './policy.ts';

/** What is remembered between two looks; instants in milliseconds. */
export type Watch = {
  readonly level: HoldLevel;
  /** Null exactly when the level is none. */
  readonly cause: Cause | null;
  /** Since when level and cause are what they are. */
  readonly since: number;
  /** Pace of batch in bytes of WAL a second; null: not paced. */
  readonly pace: number | null;
  /** Looks in a row that ask for more than is held. */
  readonly looks: number;
  /** Since when that lasts which makes a hold harder; null: it does not. */
  readonly overSince: number | null;
  /** Since when it is calm; null: it is not. */
  readonly quietSince: number | null;
};

export const NOTHING_WATCHED: Watch = {
  level: 'none',
  cause: null,
  since: 0,
  pace: null,
  looks: 0,
  overSince: null,
  quietSince: null,
};

/** One look further. */
export function watchOn(before: Watch, seen: Observation, policy: GovernorPolicy, now: number): Watch {
  const watch = notAhead(before, now);
  const causes = findCauses(seen, policy, 0);
  const lasting = findCauses(seen, policy, 1);
  const overSince = lasting.some(escalates) ? (watch.overSince ?? now) : null;
  const asked = causes[0];
  const asksForMore =
    asked !== undefined && (watch.cause === null || strengthOf(asked) > strengthOf(watch.cause));
  const looks = asksForMore ? watch.looks + 1 : 0;
  if (asksForMore && looks >= policy.looks) {
    // What is held already stays as hard as it is.
    const level = watch.level === 'none' ? 'hold' : watch.level;
    const pace = pacesBatch(asked) ? (watch.pace ?? firstPace(seen, policy)) : watch.pace;
    return { level, cause: asked, since: now, pace, looks: 0, overSince, quietSince: null };
  }
  if (watch.cause === null) return { ...watch, looks, overSince };

  const harder = harderLevel(watch, overSince, policy, now);
  if (harder !== null && causes.some(escalates)) {
    const pace = Math.max(policy.leastPace, (watch.pace ?? policy.heldPace) / 2);
    return {
      ...watch,
      level: harder,
      cause: causes[0]!,
      since: now,
      pace,
      looks,
      overSince,
      quietSince: null,
    };
  }

  const holds = lasting.filter((cause) => keeps(cause, watch.cause!));
  const quietSince = holds.length === 0 ? (watch.quietSince ?? now) : null;
  const isOver =
    quietSince !== null && now - quietSince >= policy.quietMs && now - watch.since >= policy.minimumHoldMs;
  if (!isOver) return { ...watch, looks, overSince, quietSince };
  // What is weaker goes on by itself, from the first level.
  if (asked === undefined || strengthOf(asked) >= strengthOf(watch.cause))
    return { ...NOTHING_WATCHED, since: now };
  const pace = pacesBatch(asked) ? (watch.pace ?? firstPace(seen, policy)) : null;
  return { ...NOTHING_WATCHED, level: 'hold', cause: asked, since: now, pace };
}

/**
 * Does a cause keep what another one holds? Files that wait because batch is paced must not keep it paced, and a feed
 * that nothing is heard of must not keep training frozen.
 */
const keeps = (cause: Cause, held: Cause): boolean =>
  pacesBatch(cause) === pacesBatch(held) && (escalates(cause) || !escalates(held));

/** The next level, when the present one has not helped for long enough. */
function harderLevel(
  { level, since }: Watch,
  overSince: number | null,
  policy: GovernorPolicy,
  now: number,
): HoldLevel | null {
  if (overSince === null) return null;
  const lasts = now - Math.max(since, overSince);
  if (level === 'hold' && lasts >= policy.freezeAfterMs) return 'freeze';
  if (level === 'freeze' && lasts >= policy.preemptAfterMs) return 'preempt';
  return null;
}

/** Half of what is written now: a pace above that would change nothing. */
const firstPace = ({ walRate }: Observation, { heldPace, leastPace }: GovernorPolicy): number =>
  Math.max(leastPace, Math.min(heldPace, (walRate ?? Infinity) / 2));

/** A clock that was set back must not make a hold last until it has caught up. */
function notAhead(watch: Watch, now: number): Watch {
  const atMost = (instant: number | null) => (instant === null ? null : Math.min(instant, now));
  return {
    ...watch,
    since: Math.min(watch.since, now),
    overSince: atMost(watch.overSince),
    quietSince: atMost(watch.quietSince),
  };
}
