/** Gets what was missing of a feed, at batch priority, and asks again while its sender does not answer. */
import {
  condition,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { FeedBackfillActivities } from '../activities/feed-backfill.ts';
import { FEED_LOOK, type StreamIngestInput } from '../contracts/feeds.ts';

const { fillFeedGaps } = proxyActivities<FeedBackfillActivities>({
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  summary: 'ask the replay of the feed for what is missing',
});

const FIRST_PAUSE_S = 10;
const LONGEST_PAUSE_S = 3600;
/** Behind these the gaps stay open with their reason, until the feed is started or finds another gap. */
const MAX_ROUNDS = 24;

export async function feedBackfill({ feed }: StreamIngestInput): Promise<number> {
  let filled = 0;
  /** How often another gap was found meanwhile. */
  let words = 0;
  setHandler(defineSignal(FEED_LOOK), () => void (words += 1));
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const heard = words;
    const result = await fillFeedGaps(feed);
    filled += result.filled;
    setCurrentDetails(`**${filled}** messages came late, **${result.open}** are missing.`);
    // What the sender does not have any more will not be there in an hour.
    if (words === heard && (result.open === 0 || result.lost)) return filled;
    await condition(() => words > heard, `${Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** round)} seconds`);
  }
  return filled;
}
