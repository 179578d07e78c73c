/** What must be running before messages can arrive: a supervisor per configured feed. */
import type { Client } from '@temporalio/client';
import { FEED_LOOK } from '../contracts/feeds.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { reconcileFeeds } from '../db/feeds.ts';
import { describeFeed, loadFeeds } from '../platform/feeds/feed-config.ts';
import type { Sql } from '../platform/postgres.ts';
import { startLifecycle } from '../platform/temporal.ts';

/**
 * Brings feeds and supervisors in line with the feeds file. Safe to repeat: what runs is left running, a pause stays.
 * @throws TainError feeds.invalid, feeds.unreadable; nothing is changed then
 */
export async function openFeeds({
  sql,
  client,
  feedsFile,
}: {
  readonly sql: Sql;
  readonly client: Client;
  readonly feedsFile: string | undefined;
}): Promise<void> {
  const feeds = await loadFeeds(feedsFile);
  const gone = await reconcileFeeds(
    sql,
    feeds.map((feed) => ({ feed: feed.name, settings: describeFeed(feed) })),
  );
  for (const { name, host, port } of feeds) {
    await startLifecycle(client, 'streamIngest', {
      workflowId: LIFECYCLES.streamIngest.workflowId(name),
      args: [{ feed: name }],
      summary: `reads ${host}:${port}`,
    });
  }
  for (const feed of [...gone, ...feeds.map(({ name }) => name)])
    // A signal is a hint: the reader looks for itself once a second, and a supervisor may have ended.
    await client.workflow
      .getHandle(LIFECYCLES.streamIngest.workflowId(feed))
      .signal(FEED_LOOK)
      .catch(() => undefined);
}
