/** The demonstration feed while everything starts: shown as it goes, until there is something to see. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedDetail } from '../contracts/feeds.schema.ts';
import { DEMO_FEED } from '../demo/feed/sessions.ts';
import type { ApiClient } from './api-client.ts';
import { describeFeed, describeRecent } from './feed-lines.ts';
import type { Say } from './stack.ts';

/** Some seconds of it, so that there is a p99. */
const ENOUGH_MESSAGES = 100;
const TIMEOUT_MS = 30_000;
const POLL_MS = 1000;

/** The feed as it is now; null when the workers have not entered it so far. */
export const findDemoFeed = (api: ApiClient): Promise<FeedDetail | null> =>
  api.feed(DEMO_FEED).catch(() => null);

/**
 * Follows the feed until it is read and has enough messages, or too long.
 * @returns how it is then; null when nobody has entered it so far
 */
export async function followDemoFeed(
  api: ApiClient,
  say: Say,
  stop: AbortSignal,
): Promise<FeedDetail | null> {
  const until = Date.now() + TIMEOUT_MS;
  let feed: FeedDetail | null = null;
  while (!stop.aborted && Date.now() < until) {
    feed = (await findDemoFeed(api)) ?? feed;
    if (feed !== null) say(`${describeRecent(feed)}, ${describeFeed(feed).join(', ')}`);
    if (feed?.state === 'connected' && feed.recent.messages >= ENOUGH_MESSAGES) break;
    await sleep(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  return feed;
}
