/** Pausing, resuming and configuring a feed anew: asked of its supervisor, which does it and writes the audit row. */
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { isErrorCode, TainError, type ErrorParams } from '../contracts/errors.ts';
import {
  FEED_UPDATES,
  type FeedChange,
  type FeedIntent,
  type FeedOperation,
  type FeedResume,
} from '../contracts/feeds.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';

/** A person waits; a supervisor answers within tens of milliseconds. */
const DEADLINE_MS = 5000;

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
  try {
    return await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      handle.executeUpdate<FeedIntent, [FeedChange | FeedResume]>(FEED_UPDATES[operation], {
        args: [change],
      }),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw asRefusal(error);
    const isAway =
      error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
      error instanceof WorkflowNotFoundError ||
      isGrpcServiceError(error) ||
      isGrpcServiceError((error as Error).cause);
    if (!isAway) throw error;
    throw new TainError('feed.unattended', { feed, seconds: DEADLINE_MS / 1000 }, { cause: error });
  }
}

/** The error of the table that the supervisor failed with; anything else is ours to explain. */
function asRefusal(error: WorkflowUpdateFailedError): Error {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ApplicationFailure && isErrorCode(cause.type))
      return new TainError(cause.type, (cause.details?.[0] ?? {}) as ErrorParams, { cause: error });
  return error;
}
