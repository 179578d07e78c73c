/** What the supervisor of a feed takes and says. Free of zod: the workflow imports it. */
import type { Actor } from './audit.ts';
import type { ErrorFacts } from './errors.ts';

export type StreamIngestInput = { readonly feed: string };

export type FeedWanted = 'running' | 'paused' | 'removed';

export const FEED_STATES = ['connecting', 'connected', 'waiting', 'stopped', 'ended', 'paused'] as const;
/** `waiting` tries again by itself; `stopped` needs somebody's decision; `ended` awaits the next session. */
export type FeedState = (typeof FEED_STATES)[number];

/** Names of the supervisor's updates. Each returns the feed as it is wanted from then on. */
export const FEED_UPDATES = { pause: 'pause', resume: 'resume', reconfigure: 'reconfigure' } as const;

export type FeedOperation = keyof typeof FEED_UPDATES;

/** Name of the signal that says: look again at what is wanted. */
export const FEED_LOOK = 'look';

/** By whom and why a feed is paused or configured anew. */
export type FeedChange = { readonly by: Actor; readonly reason: string };

export type FeedResume = FeedChange & {
  /**
   * Take what the sender has now for a session of its own: after `feed.session-changed`, whatever session is on; after
   * `feed.session-restarted`, the one that began anew under the same name. What was journalled stays.
   */
  readonly newSession: boolean;
};

export type FeedIntent = {
  readonly wanted: FeedWanted;
  readonly reason: string | null;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
};

/** How an activity that read a feed came to its end. */
export type ConsumerEnd = {
  /** `handed-over`: after hours, to a fresh one; `session-ended`: its sender says that nothing follows. */
  readonly ended: 'handed-over' | 'session-ended' | 'paused' | 'removed' | 'reconfigured';
  readonly messages: number;
};

/** The answer to the supervisor's progress query. */
export type StreamProgress = {
  readonly feed: string;
  readonly intent: FeedIntent | null;
  readonly reading: boolean;
  /** Why it has stopped until somebody resumes it. */
  readonly problem: ErrorFacts | null;
  /** Activities that have read it, and their messages, since the workflow began or went on as new. */
  readonly runs: number;
  readonly messages: number;
};
