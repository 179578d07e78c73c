/** What must be running before messages can arrive: a supervisor per configured feed. */
import type { Client } from '@temporalio/client';
import { TainError } from '../contracts/errors.ts';
import { FEED_LOOK } from '../contracts/feeds.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { listWantedFeeds, reconcileFeeds } from '../db/feeds.ts';
import { describeFeed, loadFeeds } from '../platform/feeds/feed-config.ts';
import type { Logger } from '../platform/log.ts';
import type { Sql } from '../platform/postgres.ts';
import { startLifecycle } from '../platform/temporal.ts';

/**
 * Brings feeds and supervisors in line with the feeds file. Safe to repeat: what runs is left running, a pause stays.
 * A file that cannot be used changes nothing: the feeds that are known are read as they were.
 * @throws TainError feeds.invalid, feeds.unreadable when no feed is known
 */
export async function openFeeds({
  sql,
  client,
  feedsFile,
  log,
}: {
  readonly sql: Sql;
  readonly client: Client;
  readonly feedsFile: string | undefined;
  readonly log?: Logger;
}): Promise<void> {
  const { feeds, gone } = await reconcile(sql, feedsFile, log);
  for (const feed of feeds) {
    await startLifecycle(client, 'streamIngest', {
      workflowId: LIFECYCLES.streamIngest.workflowId(feed),
      args: [{ feed }],
      summary: `reads feed ${feed}`,
    });
  }
  for (const feed of [...gone, ...feeds])
    // A signal is a hint: the reader looks for itself once a second, and a supervisor may have ended.
    await client.workflow
      .getHandle(LIFECYCLES.streamIngest.workflowId(feed))
      .signal(FEED_LOOK)
      .catch(() => undefined);
}

async function reconcile(
  sql: Sql,
  feedsFile: string | undefined,
  log: Logger | undefined,
): Promise<{ readonly feeds: readonly string[]; readonly gone: readonly string[] }> {
  try {
    const feeds = await loadFeeds(feedsFile);
    const described = feeds.map((feed) => ({ feed: feed.name, settings: describeFeed(feed) }));
    return { feeds: feeds.map(({ name }) => name), gone: await reconcileFeeds(sql, described) };
  } catch (error) {
    const feeds = error instanceof TainError ? await listWantedFeeds(sql) : [];
    if (feeds.length === 0) throw error;
    log?.error({ err: error }, 'feeds.file');
    return { feeds, gone: [] };
  }
}
