/** What of an observation asks for a hold, strongest first. */
import type { HoldReason, Told } from '../../contracts/priority.ts';
import type { FeedSight, Observation } from './observation.ts';
import type { GovernorPolicy } from './policy.ts';

export type Cause = Told<HoldReason>;

/** How much a cause asks for: training held; batch paced as well; and more while it lasts. */
const STRENGTH: Readonly<Record<HoldReason, number>> = {
  'outside-window': 0,
  'batch-backlog': 0,
  'feed-blind': 1,
  'memory-pressure': 2,
  'feed-messages': 3,
  'feed-lag': 3,
  override: 1,
};

export const strengthOf = ({ code }: Cause): number => STRENGTH[code];

/** Files that wait long want the cores of training; slowing batch down for them would make it worse. */
export const pacesBatch = (cause: Cause): boolean => strengthOf(cause) > 0;

/** Of a feed that nothing is heard of it is not known that training harms it: that alone ends no training. */
export const escalates = (cause: Cause): boolean => strengthOf(cause) > 1;

/** How long nothing has been heard of a feed that is to run; null: it is heard. */
export function blindFor(feed: FeedSight, policy: GovernorPolicy): number | null {
  if (!feed.isWanted || feed.isAtRest) return null;
  // Resumed a moment ago: what was last heard is of before its pause.
  const silent = Math.min(knownAge(feed.heardMs), feed.wantedMs);
  return silent > policy.blindMs ? silent : null;
}

/** An age below 0 is none: the clock was set back since, and whoever is there says so within a second. */
const knownAge = (ms: number | null): number => (ms === null || ms < 0 ? Infinity : ms);

const round = (value: number): number => Math.round(value);

/**
 * What asks for a hold, the strongest first.
 * @param bound 0: above the thresholds that begin a hold; 1: above the lower ones, below which it is calm
 */
export function findCauses(seen: Observation, policy: GovernorPolicy, bound: 0 | 1): Cause[] {
  const causes: Cause[] = [];
  const heard = seen.feeds.filter((feed) => feed.isWanted && blindFor(feed, policy) === null);
  const slowest = worst(heard, ({ lagMs }) => lagMs);
  if (slowest && slowest.lagMs > policy.lagMs[bound])
    causes.push({
      code: 'feed-lag',
      params: { feed: slowest.feed, ms: round(slowest.lagMs), limit: policy.lagMs[bound] },
    });
  const fullest = worst(heard, ({ lagMessages }) => lagMessages);
  if (fullest && fullest.lagMessages > policy.lagMessages[bound])
    causes.push({
      code: 'feed-messages',
      params: { feed: fullest.feed, messages: fullest.lagMessages, limit: policy.lagMessages[bound] },
    });
  const memoryFull = seen.pressure?.memoryFull ?? 0;
  if (memoryFull > policy.memoryFull[bound])
    causes.push({
      code: 'memory-pressure',
      params: { percent: round(memoryFull), limit: policy.memoryFull[bound] },
    });
  const blind = worst(seen.feeds, (feed) => blindFor(feed, policy) ?? -1);
  const silent = blind && blindFor(blind, policy);
  if (blind && silent !== null)
    causes.push({ code: 'feed-blind', params: { feed: blind.feed, seconds: round(silent! / 1000) } });
  if ((seen.backlogMs ?? 0) > policy.backlogMs[bound])
    causes.push({
      code: 'batch-backlog',
      params: { minutes: round(seen.backlogMs! / 60_000), limit: round(policy.backlogMs[bound] / 60_000) },
    });
  return causes;
}

function worst(feeds: readonly FeedSight[], measure: (feed: FeedSight) => number): FeedSight | undefined {
  return [...feeds].sort((one, other) => measure(other) - measure(one))[0];
}
