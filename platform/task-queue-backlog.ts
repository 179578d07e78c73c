/** What waits on a task queue, as Temporal counts it: nearly right, and right in the end. Sticky queues are not in it. */
import type { Client } from '@temporalio/client';

/** WORKFLOW and ACTIVITY of Temporal's task queue types. */
const QUEUE_TYPES = [1, 2];

/** A server that does not answer must not hold up whoever asks. */
const DEADLINE_MS = 2000;

export type Backlog = {
  readonly tasks: number;
  /** How long the oldest of them has waited. */
  readonly seconds: number;
};

/**
 * Tasks of workflows and activities that no worker has taken yet.
 * @throws ServiceError when the server does not answer in time
 */
export async function readBacklog(client: Client, taskQueue: string): Promise<Backlog> {
  const answers = await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    Promise.all(
      QUEUE_TYPES.map((taskQueueType) =>
        client.workflowService.describeTaskQueue({
          namespace: client.options.namespace,
          taskQueue: { name: taskQueue },
          taskQueueType,
          reportStats: true,
        }),
      ),
    ),
  );
  const all = answers.map(({ stats }) => ({
    tasks: Number(stats?.approximateBacklogCount ?? 0),
    seconds: Number(stats?.approximateBacklogAge?.seconds ?? 0),
  }));
  return {
    tasks: all.reduce((sum, { tasks }) => sum + tasks, 0),
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
  };
}
