/** The planner at work: it settles what waits for others, plans, and hints those whom its decision is about. */
import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { BY_GPU_PLANNER } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import type { GpuPlannerLook } from '../contracts/gpu-job.ts';
import { listExpired, listRunning, listUnsettled } from '../db/gpu-job-runs.ts';
import { findDependants, moveJobAlone, noteJob } from '../db/gpu-jobs.ts';
import { planNow } from '../db/gpu-planner.ts';
import { hintJob, openJob } from '../platform/gpu-hints.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { keepBeating } from './heartbeat.ts';

/** How often each job that runs is made sure to have a workflow. */
const OPEN_MS = 60_000;

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
  let openedTick = -Infinity;

  /** Changes a job that was read before, unless somebody else was faster: then there is nothing to do. */
  async function unlessMoved(change: Promise<unknown>): Promise<boolean> {
    try {
      await change;
      return true;
    } catch (error) {
      if (error instanceof TainError && error.code === 'gpu.job-moved') return false;
      throw error;
    }
  }

  /** @returns jobs that ended by it */
  async function settleWaiting(): Promise<{ count: number; ended: string[] }> {
    const ended: string[] = [];
    let count = 0;
    const end = async (jobId: string, to: 'failed' | 'expired', cause: 'dependency' | 'expired') => {
      if (await unlessMoved(moveJobAlone(sql, BY_GPU_PLANNER, jobId, { to, cause }))) ended.push(jobId);
    };
    for (const { jobId, isHopeless } of await findDependants(sql))
      if (isHopeless) await end(jobId, 'failed', 'dependency');
      else if (await unlessMoved(noteJob(sql, BY_GPU_PLANNER, jobId, { kind: 'ready' }))) count += 1;
    for (const jobId of await listExpired(sql)) await end(jobId, 'expired', 'expired');
    return { count: count + ended.length, ended };
  }

  /** One job that cannot be told, for whatever reason, is in the way of no other: it is told at the next look. */
  async function tell(jobIds: Iterable<string>, how: typeof hintJob): Promise<void> {
    for (const jobId of jobIds)
      await how(client, jobId).catch((error: unknown) => {
        log.warn('gpu.hint-lost', { jobId, problem: String(error).slice(0, 300) });
      });
  }

  async function lookNow(): Promise<GpuPlannerLook> {
    const { count, ended } = await settleWaiting();
    const { decision, started, preempted, level } = await planNow(sql, BY_GPU_PLANNER);
    if (decision !== null) log.info('gpu.decided', { decision, started, preempted });
    // Also those that a hint was lost for, or whose workflow is gone.
    await tell(new Set([...started, ...preempted, ...ended, ...(await listUnsettled(sql))]), hintJob);
    if (performance.now() - openedTick >= OPEN_MS) {
      openedTick = performance.now();
      // Not hinted: a run of a month would have more hints than a workflow may.
      await tell(await listRunning(sql), openJob);
    }
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
