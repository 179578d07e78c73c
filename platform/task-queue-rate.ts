/** The rate at which the server hands out activities of a task queue. It outlives workers, clients and the server. */
import type { Client } from '@temporalio/client';

/** ACTIVITY of Temporal's task queue types; queues of workflow tasks take no limit. */
const ACTIVITY_QUEUE = 2;

/** A server that does not answer must not hold up whoever asks. */
const DEADLINE_MS = 2000;

/**
 * Activities a second; 0: none, null: no limit.
 * @throws ServiceError when the server does not answer in time
 */
export async function readActivityRate(client: Client, taskQueue: string): Promise<number | null> {
  const { config } = await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: ACTIVITY_QUEUE,
      reportConfig: true,
    }),
  );
  const limit = config?.queueRateLimit?.rateLimit;
  // A rate of 0 comes as {}: the wire format leaves zeros out.
  return limit ? (limit.requestsPerSecond ?? 0) : null;
}

/**
 * Sets the rate, or clears it with null. What runs goes on; what waits is kept. Takes 0.1 s, and clearing 1 s to be felt.
 * @param reason shown with the queue in Temporal
 * @throws ServiceError when the server does not answer in time
 */
export async function setActivityRate(
  client: Client,
  taskQueue: string,
  requestsPerSecond: number | null,
  reason: string,
): Promise<void> {
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflowService.updateTaskQueueConfig({
      namespace: client.options.namespace,
      identity: 'tain governor',
      taskQueue,
      taskQueueType: ACTIVITY_QUEUE,
      // Without a rateLimit, not with an empty one: {} would be 0.
      updateQueueRateLimit: {
        ...(requestsPerSecond !== null && { rateLimit: { requestsPerSecond } }),
        reason,
      },
    }),
  );
}
