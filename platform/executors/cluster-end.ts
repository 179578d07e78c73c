/** How a run on a cluster stands and ended, by its pod, by what was asked of it, and by what is left when the pod is gone. */
import { appendFileSync } from 'node:fs';
import type { JobExit } from '../../contracts/job-run.ts';
import type { JobStatus } from './executor.ts';
import { unseenExit, type JobFiles } from './job-files.ts';
import { causeOfDisruption, exitOfPod, type JobPod } from './job-pod.ts';
import { copyOutput, type PodOutput } from './pod-output.ts';
import { countOutput } from './run-output.ts';
import type { ObjectState } from './run-object.ts';

/** Reading what is left of the output may take so long, in ms, and is tried so often. */
const OUTPUT_MS = 60_000;
const OUTPUT_TRIES = 3;

/** Where the run of a pod is. What a pod says of being taken away is written down: it may be gone the next time. */
export function statusOfPod(pod: JobPod, files: JobFiles): JobStatus {
  notePod(pod, files);
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

function notePod({ uid, startedAt, disruption }: JobPod, files: JobFiles): void {
  const before = files.readPod();
  const said = disruption === null ? '' : `${disruption.reason}: ${disruption.message}`;
  const now = { uid, startedAt, disruption: said };
  if (before?.uid === uid && before.startedAt === startedAt && before.disruption === said) return;
  files.writePod(now);
}

/**
 * Where a run is that has no pod (any more).
 * @param object null: it is gone, too, or another has its name
 * @param findPreemption by the uid of a pod
 */
export async function statusWithoutPod(
  object: ObjectState | null,
  files: JobFiles,
  findPreemption: (podUid: string) => Promise<string>,
): Promise<JobStatus> {
  const asked = files.readAsk();
  if (object !== null && !object.isOver) {
    if (asked === null || !object.isSuspended) return { state: 'starting' };
    return { state: 'ended', exit: unseenExit(asked.cause, asked.reason, null) };
  }
  // It had a pod, and nobody saw how that ended.
  const seen = files.readPod();
  const taken = seen?.disruption ?? '';
  const preempted = seen === null || taken !== '' ? '' : await findPreemption(seen.uid);
  const startedAt = seen?.startedAt ?? object?.end?.startedAt ?? null;
  const ended = (exit: JobExit): JobStatus => ({ state: 'ended', exit: { ...exit, startedAt } });
  if (taken !== '') return ended(unseenExit(causeOfDisruption(taken.split(':')[0]!), taken, null));
  if (preempted !== '') return ended(unseenExit('preempted', preempted, null));
  if (object === null || object.end === null) return { state: 'lost', processes: 0 };
  if (asked !== null) return ended(unseenExit(asked.cause, asked.reason, null));
  return ended({ ...unseenExit(object.end.cause, object.end.detail, null), code: object.end.code });
}

/**
 * Writes down how a run ended, with the rest of its output. The first end that is written counts; safe to repeat.
 */
export async function settleRun(
  files: JobFiles,
  exit: JobExit,
  pod: JobPod | null,
  outputOf: (files: JobFiles, pod: JobPod) => PodOutput,
): Promise<JobStatus> {
  if (!files.readExit()) {
    if (pod !== null && exit.startedAt !== null) await copyRest(outputOf(files, pod));
    files.createExit({ ...exit, stdout: await countOutput(files.directory) });
  }
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
