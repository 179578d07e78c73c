/** The settings that a feed is read with: those of the feeds file, or, while that cannot be used, those that are kept. */
import { log } from '@temporalio/activity';
import { TainError } from '../contracts/errors.ts';
import type { FeedRow } from '../db/feeds.ts';
import { loadFeed, readDescription, type FeedSettings } from '../platform/feeds/feed-config.ts';

/**
 * A mistake in the file must not stop the feeds that were read before it was made.
 * @throws TainError feed.not-configured; feeds.invalid, feeds.unreadable when nothing is kept either
 */
export async function settingsOf(feedsFile: string | undefined, row: FeedRow): Promise<FeedSettings> {
  try {
    return await loadFeed(feedsFile, row.feed);
  } catch (error) {
    const kept = readDescription(row.settings);
    if (!(error instanceof TainError) || error.code === 'feed.not-configured' || kept === null) throw error;
    log.error('feeds.file', { feed: row.feed, code: error.code, problem: error.message });
    return kept;
  }
}
