/** The trainings of the demonstration: submitted beside the swap day, and followed until they have ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GpuJobView } from '../contracts/gpu-jobs.schema.ts';
import { makeDemoTrainings } from '../demo/load-training.ts';
import type { ApiClient } from './api-client.ts';
import { plain } from './print.ts';
import type { Say } from './stack.ts';

/** On a machine that has no room for training they wait on, and nobody waits for them. */
const TIMEOUT_MS = 60_000;
const POLL_MS = 1000;
const ENDS: readonly GpuJobView['state'][] = ['completed', 'failed', 'cancelled', 'expired'];

/**
 * Queues them; what was queued by an earlier start is that.
 * @returns their ids
 */
export async function submitDemoTraining(api: ApiClient, root: string): Promise<string[]> {
  const ids: string[] = [];
  for (const order of await makeDemoTrainings(root)) ids.push((await api.submitGpuJob(order)).jobId);
  return ids;
}

/** @returns the jobs as they are when all have ended, or when it has taken too long */
export async function followDemoTraining(
  api: ApiClient,
  ids: readonly string[],
  say: Say,
  stop: AbortSignal,
): Promise<GpuJobView[]> {
  const until = Date.now() + TIMEOUT_MS;
  for (;;) {
    const found = await Promise.all(ids.map((id) => api.gpuJob(id)));
    const open = found.filter(({ job }) => !ENDS.includes(job.state));
    const waiting = open.find(({ explanation }) => explanation !== null);
    const why = waiting?.explanation?.blockers[0]?.text;
    say(
      `${ids.length - open.length} of ${ids.length} have ended${why === undefined ? '' : `; ${plain(why)}`}`,
    );
    if (open.length === 0 || stop.aborted || Date.now() > until) return found.map(({ job }) => job);
    await sleep(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}
