import { expect, it } from '@jest/globals';
import { watchTry } from '../../activities/gpu-job-watch.ts';
import { noteJob } from '../../db/gpu-jobs.ts';
import type { Executor, JobStatus, StopOptions } from '../../platform/executors/executor.ts';
import { unseenExit } from '../../platform/executors/job-files.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, holdTraining, move, part, queueJob, start } from '../support/gpu.ts';

const database = useDatabase();

/** Watches a run until it is asked to end, which it does at once. @returns how it was asked */
async function watchUntilAsked(jobId: string): Promise<StopOptions> {
  let asked: StopOptions | null = null;
  let end: (status: JobStatus) => void = () => undefined;
  const executor = {
    attach: () => new Promise<JobStatus>((resolve) => (end = resolve)),
    status: async () => ({ state: 'running' }),
    tail: async () => '',
    stop: async (_name: string, options: StopOptions) => {
      asked = options;
      end({ state: 'ended', exit: unseenExit('preempted', '', null) });
    },
  } as unknown as Executor;
  await watchTry({
    ...{ sql: database.sql, executor, meter: { measure: async () => undefined }, jobId, name: `${jobId}-1` },
    signal: new AbortController().signal,
  });
  return asked!;
}

it('what makes way for swaps has two minutes to save its work; for another job it has what it asked for', async () => {
  const { node, devices } = await addNode(database.sql, [{}]);
  const jobId = await queueJob(database.sql, { graceS: 3600 });
  await start(database.sql, jobId, node, [part(devices[0]!)]);
  for (const to of ['starting', 'running'] as const) await move(database.sql, jobId, to);
  await noteJob(database.sql, BY, jobId, { kind: 'wanted', facts: { what: 'preempt' } });
  const forAnother = await watchUntilAsked(jobId);
  await holdTraining(database.sql, 'preempt');
  const forSwaps = await watchUntilAsked(jobId);
  await holdTraining(database.sql, 'none');

  expect([forAnother.noticeMs, forSwaps.noticeMs]).toEqual([3_600_000, 120_000]);
});
