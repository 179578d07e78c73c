/** Keeps nodes and cards in line with the cluster that training runs on, as long as the gpu role runs. */
import type { Client } from '@temporalio/client';
import { applyClusterCapacity } from '../db/cluster-capacity.ts';
import { followCapacity, type FollowCapacityOptions } from '../platform/cluster-capacity.ts';
import type { OpenedExecutor } from '../platform/executors/open-executor.ts';
import { hintPlanner } from '../platform/gpu-hints.ts';
import type { Logger } from '../platform/log.ts';
import type { Sql } from '../platform/postgres.ts';

type ClusterCapacityParts = {
  readonly sql: Sql;
  readonly client: Client;
  readonly log: Logger;
};

/** Several gpu workers may do so at a time: what is the same is no change. @returns ends it */
export function openClusterCapacity(
  cluster: NonNullable<OpenedExecutor['cluster']>,
  { sql, client, log }: ClusterCapacityParts,
  times: Pick<FollowCapacityOptions, 'settleMs' | 'relistMs' | 'retryMs'> = {},
): () => Promise<void> {
  const stopping = new AbortController();
  const following = followCapacity({
    ...cluster,
    ...{ log, signal: stopping.signal },
    ...times,
    async apply(change) {
      const { isChanged, isSettled, refused } = await applyClusterCapacity(sql, change);
      for (const { node, error } of refused) log.error({ node, err: error }, 'gpu.cluster-unwritten');
      if (isChanged) {
        log.info({ nodes: change.nodes.length }, 'gpu.cluster-changed');
        // A lost hint costs the planner ten seconds: what was written is not written again for it.
        await hintPlanner(client).catch((error: unknown) => log.error({ err: error }, 'gpu.hint'));
      }
      return isSettled;
    },
  });
  return async () => {
    stopping.abort();
    await following;
  };
}
