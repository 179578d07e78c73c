/** How a run on a cluster stands and ended, by its pod and by what was asked of it. */
import { appendFileSync } from 'node:fs';
import type { JobExit } from '../../contracts/job-run.ts';
import type { ClusterJobs } from './cluster-jobs.ts';
import type { JobStatus } from './executor.ts';
import { unseenExit, type JobFiles } from './job-files.ts';
import { exitOfPod, type JobPod } from './job-pod.ts';
import { copyOutput, type PodOutput } from './pod-output.ts';
import { countOutput } from './run-output.ts';

/** Reading what is left of the output may take so long, in ms, and is tried so often. */
const OUTPUT_MS = 60_000;
const OUTPUT_TRIES = 3;

/** Where the run of a pod is. */
export function statusOfPod(pod: JobPod, files: JobFiles): JobStatus {
  const exit = exitOfPod(pod, files.readAsk());
  if (exit !== null) {
    const { ended } = pod;
    // Of what never ran a node says that it began in 1970.
    const startedAt = exit.cause === 'not-started' ? null : pod.startedAt;
    const seen = { startedAt, ...(ended?.endedAt && { endedAt: ended.endedAt }) };
    return { state: 'ended', exit: { ...unseenExit(exit.cause, exit.detail, null), ...seen, ...exit } };
  }
  return pod.startedAt === null
    ? { state: 'starting' }
    : { state: 'running', startedAt: pod.startedAt, local: null };
}

/**
 * Writes down how a run ended, with the rest of its output, and lets its pod go. The first end that is written counts; safe
 * to repeat.
 */
export async function settleRun(
  files: JobFiles,
  exit: JobExit,
  pod: JobPod | null,
  { jobs, outputOf }: { jobs: ClusterJobs; outputOf: (files: JobFiles, pod: JobPod) => PodOutput },
): Promise<JobStatus> {
  if (!files.readExit()) {
    if (pod !== null && exit.startedAt !== null) await copyRest(outputOf(files, pod));
    files.createExit({ ...exit, stdout: await countOutput(files.directory) });
  }
  if (pod !== null) await jobs.release(pod);
  return { state: 'ended', exit: files.readExit() ?? exit };
}

/** As far as that can be done: a node that is gone has its output no more, and the run has ended all the same. */
async function copyRest(output: PodOutput): Promise<void> {
  const signal = AbortSignal.timeout(OUTPUT_MS);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await copyOutput(output, { follow: false, signal });
    } catch (error) {
      if (attempt < OUTPUT_TRIES && !signal.aborted) continue;
      const reason = (error as Error).message;
      appendFileSync(output.files.stdout, `[the rest of the output is missing: ${reason}]\n`, {
        mode: 0o600,
      });
      return;
    }
  }
}
