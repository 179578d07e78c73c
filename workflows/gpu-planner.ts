/** The planner: it looks whenever somebody gives it a hint, and by itself when nobody has for a while. */
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { GpuPlannerActivities } from '../activities/gpu-planner.ts';
import { LOOK_SIGNAL, type GpuPlannerLook } from '../contracts/gpu-job.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';

const { lookAtQueue } = proxyActivities<GpuPlannerActivities>({
  startToCloseTimeout: '5 minutes',
  // So long does nobody plan after its worker has died.
  heartbeatTimeout: '5 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
  summary: 'look at queue and machines, decide what starts',
});

/** What a lost hint costs at most, and what waits for its time. */
const LOOK_EVERY = '10 seconds';

export async function gpuPlanner(): Promise<void> {
  let isHinted = false;
  let last: GpuPlannerLook | null = null;
  setHandler(defineSignal(LOOK_SIGNAL), () => {
    isHinted = true;
  });
  setHandler(defineQuery<GpuPlannerLook | null>(PROGRESS_QUERY), () => last);
  while (!workflowInfo().continueAsNewSuggested) {
    isHinted = false;
    last = await lookAtQueue();
    setCurrentDetails(
      last.isHeld
        ? 'Training is held: nothing starts. Why: GET /v1/priority.'
        : `The last look started ${last.started} and preempted ${last.preempted}. The queue: GET /v1/gpu/queue.`,
    );
    await condition(() => isHinted, LOOK_EVERY);
  }
  await continueAsNew<typeof gpuPlanner>();
}
