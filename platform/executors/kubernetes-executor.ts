/**
 * Runs training programs as Jobs of a Kubernetes cluster. The Job makes one pod and no other; files of a run's folder
 * say which Job counts, what was asked of it and how it ended, so that any worker may go on. A pod that has ended is kept
 * (POD_FINALIZER) until its end and its output are written down.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { TainError } from '../../contracts/errors.ts';
import type { StopCause } from '../../contracts/job-run.ts';
import { createClusterJobs } from './cluster-jobs.ts';
import { settleRun, statusOfPod } from './cluster-end.ts';
import type { Executor, JobLaunch, JobStatus } from './executor.ts';
import { recordLaunch, runFiles, unseenExit, type JobFiles } from './job-files.ts';
import { instanceOf, INSTANCE_LABEL, jobManifest, jobNameOf, type ClusterTemplate } from './job-manifest.ts';
import type { JobPod } from './job-pod.ts';
import { copyOutput, type PodOutput } from './pod-output.ts';
import { collectResults } from './results.ts';
import { createRunPods } from './run-pods.ts';
import { tailOutput } from './run-output.ts';

export type KubernetesExecutorOptions = {
  readonly kubeConfig: KubeConfig;
  readonly template: ClusterTemplate;
  /** Where the folders of runs are. */
  readonly directory: string;
  /** How long a start waits for its program to run, and a kill for its end, in ms. */
  readonly startMs?: number;
  readonly killMs?: number;
};

const [START_MS, KILL_MS, REMOVE_MS] = [60_000, 60_000, 30_000];
const [LOOK_MS, LAST_LOOK_MS] = [100, 1000];
/** Between two tries to follow the output of a pod. */
const OUTPUT_PAUSE_MS = 1000;

export function createKubernetesExecutor(options: KubernetesExecutorOptions): Executor {
  const { kubeConfig, template, startMs = START_MS, killMs = KILL_MS } = options;
  const { namespace } = template;
  const directory = path.resolve(options.directory);
  const instance = instanceOf(directory);
  const jobs = createClusterJobs(kubeConfig, namespace, instance);
  const pods = createRunPods(kubeConfig, namespace, `${INSTANCE_LABEL}=${instance}`);
  const filesOf = (name: string): JobFiles => runFiles(directory, name);
  const jobOf = (name: string): string => jobNameOf(name, directory);

  const outputOf = (files: JobFiles, { name }: JobPod): PodOutput => ({
    ...{ kubeConfig, namespace, pod: name, files },
    limitBytes: files.readLaunch()?.limits.outputBytes ?? 0,
  });

  /** Where a run is, and its pod. Looks at the Job only when there is no pod. */
  async function look(
    name: string,
    files: JobFiles,
    find = pods.find,
  ): Promise<{ status: JobStatus; pod: JobPod | null }> {
    const exit = files.readExit();
    if (exit) return { status: { state: 'ended', exit }, pod: null };
    if (!files.readLaunch()) return { status: { state: 'absent' }, pod: null };
    const claim = files.readClaim();
    const pod = claim?.kind === 'nobody' ? null : await find(jobOf(name));
    if (pod !== null) return { status: statusOfPod(pod, files), pod };
    if (claim === null) return { status: { state: 'starting' }, pod };
    const job = claim.kind === 'job' ? await jobs.find(jobOf(name)) : null;
    if (job === null || claim.kind !== 'job' || job.uid !== claim.uid)
      return { status: { state: 'lost', processes: 0 }, pod };
    // It had a pod, and nobody saw how that ended.
    if (job.isOver) return { status: { state: 'lost', processes: 0 }, pod };
    const asked = files.readAsk();
    if (asked && job.isSuspended)
      return { status: { state: 'ended', exit: unseenExit(asked.cause, asked.reason, null) }, pod };
    return { status: { state: 'starting' }, pod };
  }

  const settle = async (files: JobFiles, status: JobStatus, pod: JobPod | null): Promise<JobStatus> =>
    status.state === 'ended' ? settleRun(files, status.exit, pod, { jobs, outputOf }) : status;

  async function start(launch: JobLaunch): Promise<JobStatus> {
    const { name } = launch;
    const files = filesOf(name);
    const manifest = jobManifest(launch, directory, template);
    recordLaunch(files, { ...launch, environment: {}, cgroupParent: null, nice: 0 });
    if (files.readClaim() === null) {
      const uid = await jobs.create(name, manifest);
      files.claim({ kind: 'job', uid });
      const claim = files.readClaim();
      // It was killed or removed meanwhile: this one comes too late.
      if (claim?.kind !== 'job' || claim.uid !== uid) await jobs.remove(jobOf(name), uid);
    }
    const claim = files.readClaim();
    if (claim?.kind === 'job')
      await jobs.resume(jobOf(name), claim.uid, () => files.readAsk() !== null || files.readExit() !== null);
    const end = performance.now() + startMs;
    for (let pause = LOOK_MS; ; pause = Math.min(LAST_LOOK_MS, pause * 1.5)) {
      const { status, pod } = await look(name, files, pods.ask);
      if (status.state !== 'starting') return settle(files, status, pod);
      if (performance.now() > end)
        throw new TainError('job.pod-waits', {
          ...{ name, seconds: Math.round(startMs / 1000) },
          ...(await jobs.explain(jobOf(name), pod)),
        });
      await sleep(pause);
    }
  }

  /** Follows the output as long as the run is attached; what breaks is taken up again. */
  async function follow(name: string, files: JobFiles, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const pod = await pods.find(jobOf(name));
        if (pod?.startedAt) await copyOutput(outputOf(files, pod), { follow: true, signal });
      } catch {
        // The API server or the node is away; what is there is copied at the end.
      }
      await sleep(OUTPUT_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async function attach(name: string, signal: AbortSignal): Promise<JobStatus> {
    const files = filesOf(name);
    const close = pods.watch();
    const over = new AbortController();
    const following = follow(name, files, AbortSignal.any([signal, over.signal]));
    try {
      for (;;) {
        signal.throwIfAborted();
        const { status, pod } = await look(name, files);
        if (status.state === 'starting' || status.state === 'running' || status.state === 'frozen') {
          await pods.change(jobOf(name), pod, signal);
          continue;
        }
        over.abort();
        await following;
        return await settle(files, status, pod);
      }
    } finally {
      over.abort();
      close();
      await following;
    }
  }

  async function stop(name: string, cause: StopCause, reason: string, noticeMs: number, graceMs: number) {
    const files = filesOf(name);
    const id = randomUUID();
    files.writeAsk({ ...{ id, cause, reason, noticeMs, graceMs }, kill: noticeMs + graceMs === 0 });
    const job = await jobs.find(jobOf(name));
    const seconds = Math.max(1, Math.ceil((noticeMs + graceMs) / 1000));
    if (job !== null) await jobs.stop(jobOf(name), job.uid, await pods.ask(jobOf(name)), id, seconds);
  }

  async function kill(name: string, cause: StopCause): Promise<JobStatus> {
    const files = filesOf(name);
    if (files.readExit()) return { state: 'ended', exit: files.readExit()! };
    if (files.readLaunch()) files.claim({ kind: 'nobody' });
    else files.forbid();
    const before = files.readAsk();
    if (files.readLaunch()) await stop(name, before?.cause ?? cause, before?.reason ?? '', 0, 0);
    const end = performance.now() + killMs;
    for (;;) {
      const { status, pod } = await look(name, files, pods.ask);
      if (status.state === 'absent') return status;
      if (status.state === 'ended') return settle(files, status, pod);
      if (status.state === 'lost') {
        const claim = files.readClaim();
        const exit =
          claim?.kind === 'job'
            ? unseenExit('runner-lost', 'its Job or pod was removed by somebody else', null)
            : unseenExit(before?.cause ?? cause, before?.reason ?? '', null);
        return settle(files, { state: 'ended', exit }, pod);
      }
      if (performance.now() > end)
        throw new TainError('job.unkillable', { name, seconds: Math.round(killMs / 1000) });
      await sleep(LOOK_MS);
    }
  }

  return {
    kind: 'kubernetes-job',
    start,
    attach,
    kill,
    status: async (name) => (await look(name, filesOf(name))).status,
    tail: (name, bytes) => tailOutput(filesOf(name).directory, bytes),
    // A signal that is no end goes to a container only from inside of its node.
    checkpoint: async () => false,
    freeze: async () => false,
    thaw: async () => false,
    async stop(name, { cause, reason, noticeMs, graceMs }) {
      const files = filesOf(name);
      if (files.readLaunch() && !files.readExit()) await stop(name, cause, reason, noticeMs, graceMs);
    },
    async collect(name, target) {
      const files = filesOf(name);
      const { status, pod } = await look(name, files);
      await settle(files, status, pod);
      const launch = files.readLaunch();
      return collectResults({
        logs: [files.stdout],
        workDir: launch?.workDir ?? null,
        directory: target,
        limits: {
          mostBytes: launch?.limits.diskBytes ?? 0,
          reserveBytes: launch?.limits.reserveBytes ?? 0,
        },
      });
    },
    async remove(name) {
      const files = filesOf(name);
      const { status, pod } = await look(name, files, pods.ask);
      if (status.state !== 'absent' && status.state !== 'ended')
        throw new TainError('job.still-running', { name });
      await settle(files, status, pod);
      const end = performance.now() + REMOVE_MS;
      for (;;) {
        const [job, left] = [await jobs.find(jobOf(name)), await pods.ask(jobOf(name))];
        if (job === null && left === null) break;
        if (performance.now() > end)
          throw new TainError('job.unkillable', { name, seconds: REMOVE_MS / 1000 });
        if (left !== null) await jobs.release(left);
        if (job !== null) await jobs.remove(jobOf(name), job.uid);
        await sleep(LOOK_MS);
      }
      files.clear();
    },
  };
}
