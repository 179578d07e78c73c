/** The planner at work: it settles what waits for others, plans, and hints those whom its decision is about. */
import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { BY_GPU_PLANNER } from '../contracts/audit.ts';
import type { GpuPlannerLook } from '../contracts/gpu-job.ts';
import { listExpired, listUnsettled } from '../db/gpu-job-runs.ts';
import { findDependants, moveJob, noteJob } from '../db/gpu-jobs.ts';
import { planNow } from '../db/gpu-planner.ts';
import { lockGpu } from '../db/gpu-position.ts';
import { hintJob } from '../platform/gpu-hints.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { keepBeating } from './heartbeat.ts';

export type GpuPlannerActivities = ReturnType<typeof createGpuPlannerActivities>;

export function createGpuPlannerActivities({
  sql,
  client,
  measureCards,
}: {
  readonly sql: Sql;
  readonly client: Client;
  /** Called at each look (createCardMeter). */
  readonly measureCards: () => Promise<void>;
}) {
  /** @returns jobs that ended by it */
  async function settleWaiting(): Promise<{ count: number; ended: string[] }> {
    const ended: string[] = [];
    const end = (jobId: string, to: 'failed' | 'expired', cause: 'dependency' | 'expired') =>
      sql.begin(async (tx) => {
        await lockGpu(tx);
        await moveJob(tx, BY_GPU_PLANNER, jobId, { to, cause });
        ended.push(jobId);
      });
    const dependants = await findDependants(sql);
    for (const { jobId, isHopeless } of dependants)
      if (isHopeless) await end(jobId, 'failed', 'dependency');
      else await noteJob(sql, BY_GPU_PLANNER, jobId, { kind: 'ready' });
    const expired = await listExpired(sql);
    for (const jobId of expired) await end(jobId, 'expired', 'expired');
    return { count: dependants.length + expired.length, ended };
  }

  async function lookNow(): Promise<GpuPlannerLook> {
    const { count, ended } = await settleWaiting();
    const { decision, started, preempted, level } = await planNow(sql, BY_GPU_PLANNER);
    if (decision !== null) log.info('gpu.decided', { decision, started, preempted });
    // Also those that a hint was lost for, or whose workflow is gone.
    const jobs = new Set([...started, ...preempted, ...ended, ...(await listUnsettled(sql))]);
    for (const jobId of jobs) await hintJob(client, jobId);
    // Behind the rest: nobody waits for it.
    await measureCards();
    return {
      ...{ started: started.length, preempted: preempted.length, settled: count },
      isHeld: level !== 'none',
    };
  }

  return withFailures({
    /**
     * Looks at everything once. Safe to retry: it starts from what the database says, and what was decided is not decided
     * again.
     */
    lookAtQueue: (): Promise<GpuPlannerLook> => keepBeating(() => null, lookNow),
  });
}
