/** The planner: it looks whenever somebody gives it a hint, and by itself when nobody has for a while. */
import {
  ActivityFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
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
    last = await lookAtQueue().catch(passOver);
    setCurrentDetails(detailsOf(last));
    await condition(() => isHinted, LOOK_EVERY);
  }
  await continueAsNew<typeof gpuPlanner>();
}

/** A look that fails for good is one look: nothing would start any more if nobody looked again. */
function passOver(error: unknown): null {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
  log.error('gpu.look-failed', { problem: error.cause?.message.slice(0, 500) });
  return null;
}

function detailsOf(look: GpuPlannerLook | null): string {
  if (look === null)
    return 'The last look failed, and there will be another. Why: the log of the gpu worker.';
  if (look.isHeld) return 'Training is held: nothing starts. Why: GET /v1/priority.';
  return `The last look started ${look.started} and preempted ${look.preempted}. The queue: GET /v1/gpu/queue.`;
}
