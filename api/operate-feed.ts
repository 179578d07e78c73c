/** Pausing, resuming and configuring a feed anew: asked of its supervisor, which does it and writes the audit row. */
import type { Client } from '@temporalio/client';
import { TainError } from '../contracts/errors.ts';
import {
  FEED_UPDATES,
  type FeedChange,
  type FeedIntent,
  type FeedOperation,
  type FeedResume,
} from '../contracts/feeds.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { askWorkflow } from './ask-workflow.ts';

/**
 * Safe to repeat: what is wanted already is wanted still.
 * @throws TainError `feed.unattended` when Temporal or the worker does not answer in time; what the supervisor refuses,
 *   as it says it
 */
export async function operateFeed(
  client: Client,
  feed: string,
  operation: FeedOperation,
  change: FeedChange | FeedResume,
): Promise<FeedIntent> {
  const handle = client.workflow.getHandle(LIFECYCLES.streamIngest.workflowId(feed));
  return askWorkflow(
    client,
    () =>
      handle.executeUpdate<FeedIntent, [FeedChange | FeedResume]>(FEED_UPDATES[operation], {
        args: [change],
      }),
    (seconds, options) => new TainError('feed.unattended', { feed, seconds }, options),
  );
}
