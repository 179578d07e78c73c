/** Workers of tests. Without jest, so that a process of its own can run one too. */
import { Worker } from '@temporalio/worker';
import { QUEUES } from '../../contracts/queues.ts';
import { WORKER_OPTIONS } from '../../workers/run.ts';
import { provided } from './engines.ts';
import type { TestTemporal } from './temporal.ts';

/** Runs a worker while `run` runs, of the batch queue unless another is named. */
export async function withWorker<Result>(
  { connection, namespace }: TestTemporal,
  activities: object,
  run: () => Promise<Result>,
  taskQueue: string = QUEUES.swapBatch,
): Promise<Result> {
  const worker = await Worker.create({
    ...WORKER_OPTIONS,
    shutdownGraceTime: '100 milliseconds',
    connection,
    namespace,
    taskQueue,
    workflowBundle: { codePath: provided('TAIN_TEST_WORKFLOW_BUNDLE') },
    activities,
  });
  return worker.runUntil(run);
}
