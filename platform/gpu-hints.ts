/** Hints between planner and jobs. Who gets none looks by itself a little later. */
import type { Client } from '@temporalio/client';
import { GPU_POOL, LOOK_SIGNAL } from '../contracts/gpu-job.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { hintLifecycle, startLifecycle } from './temporal.ts';

/** Has the planner look; safe to repeat. */
export const hintPlanner = (client: Client): Promise<void> =>
  hintLifecycle(
    client,
    'gpuPlanner',
    {
      workflowId: LIFECYCLES.gpuPlanner.workflowId(GPU_POOL),
      args: [],
      summary: 'decides what training starts',
    },
    LOOK_SIGNAL,
  );

const startOf = (jobId: string) => ({
  ...{ workflowId: LIFECYCLES.gpuJob.workflowId(jobId), args: [{ jobId }] },
  summary: `training job ${jobId}`,
});

/** Has a job look, and sees to it that it has a workflow; safe to repeat. */
export const hintJob = (client: Client, jobId: string): Promise<void> =>
  hintLifecycle(client, 'gpuJob', startOf(jobId), LOOK_SIGNAL);

/** Sees to it that a job has a workflow, and says nothing to one that it has; safe to repeat. */
export const openJob = (client: Client, jobId: string): Promise<void> =>
  startLifecycle(client, 'gpuJob', startOf(jobId));
