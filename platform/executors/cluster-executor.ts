/**
 * Runs training programs on a Kubernetes cluster, each as an object (a Job, a Workflow of Argo) that makes one pod and no other.
 * Files of a run's folder say which object counts, what was asked of it and how it ended, so that any worker may go on. A pod
 * that has ended is kept (POD_FINALIZER) until its end and its output are written down.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig, V1ObjectMeta } from '@kubernetes/client-node';
import { TainError } from '../../contracts/errors.ts';
import type { StopCause } from '../../contracts/job-run.ts';
import { settleRun, statusOfPod, statusWithoutPod } from './cluster-end.ts';
import { createClusterObjects } from './cluster-objects.ts';
import type { Executor, JobLaunch, JobStatus } from './executor.ts';
import { recordLaunch, runFiles, unseenExit, type JobFiles } from './job-files.ts';
import { JOBS } from './job-object.ts';
import type { JobPod } from './job-pod.ts';
import { copyOutput, type PodOutput } from './pod-output.ts';
import { collectResults } from './results.ts';
import { instanceOf, INSTANCE_LABEL, objectNameOf, type ClusterTemplate } from './run-manifest.ts';
import type { RunObjectKind } from './run-object.ts';
import { createRunPods } from './run-pods.ts';
import { tailOutput } from './run-output.ts';
import { WORKFLOWS } from './workflow-object.ts';

export type ClusterExecutorOptions = {
  readonly kubeConfig: KubeConfig;
  readonly template: ClusterTemplate;
  /** Where the folders of runs are. */
  readonly directory: string;
  /** How long a start waits for its program to run, for room where there is none, and a kill for its end, in ms. */
  readonly startMs?: number;
  readonly roomMs?: number;
  readonly killMs?: number;
};

const [START_MS, ROOM_MS, KILL_MS, REMOVE_MS] = [60_000, 240_000, 60_000, 30_000];
const [LOOK_MS, LAST_LOOK_MS] = [100, 1000];
/** Between two tries to follow the output of a pod. */
const OUTPUT_PAUSE_MS = 1000;

/** @param kind what runs are on the cluster: Jobs of its own, or Workflows of Argo */
export const createClusterExecutor = (
  kind: Exclude<Executor['kind'], 'process'>,
  options: ClusterExecutorOptions,
): Executor => (kind === 'argo' ? create(WORKFLOWS, options) : create(JOBS, options));

function create<Body extends { readonly metadata?: Pick<V1ObjectMeta, 'name' | 'uid'> }>(
  type: RunObjectKind<Body>,
  options: ClusterExecutorOptions,
): Executor {
  const { kubeConfig, template, startMs = START_MS, roomMs = ROOM_MS, killMs = KILL_MS } = options;
  const { namespace } = template;
  const directory = path.resolve(options.directory);
  const instance = instanceOf(directory);
  const objects = createClusterObjects(kubeConfig, namespace, instance, type);
  const pods = createRunPods(kubeConfig, namespace, `${INSTANCE_LABEL}=${instance}`);
  const filesOf = (name: string): JobFiles => runFiles(directory, name, type.executor);
  const objectOf = (name: string): string => objectNameOf(name, directory);

  const outputOf = (files: JobFiles, { name }: JobPod): PodOutput => ({
    ...{ kubeConfig, namespace, pod: name, files },
    limitBytes: files.readLaunch()?.limits.outputBytes ?? 0,
  });

  /** Where a run is, and its pod. Looks at its object only when there is no pod. */
  async function look(
    name: string,
    files: JobFiles,
    find = pods.find,
  ): Promise<{ status: JobStatus; pod: JobPod | null }> {
    const exit = files.readExit();
    if (exit) return { status: { state: 'ended', exit }, pod: null };
    if (!files.readLaunch()) return { status: { state: 'absent' }, pod: null };
    const claim = files.readClaim();
    const pod = claim?.kind === 'nobody' ? null : await find(objectOf(name));
    if (pod !== null) return { status: statusOfPod(pod, files), pod };
    if (claim === null) return { status: { state: 'starting' }, pod };
    const found = claim.kind === type.claim ? await objects.find(objectOf(name)) : null;
    const object = found !== null && 'uid' in claim && found.uid === claim.uid ? found : null;
    return { status: await statusWithoutPod(object, files, objects.findPreemption), pod };
  }

  /** The same; a pod that runs is kept from here on. */
  async function lookAndKeep(name: string, files: JobFiles, find = pods.find) {
    const found = await look(name, files, find);
    const { pod, status } = found;
    const runs = status.state === 'starting' || status.state === 'running';
    if (pod !== null && runs && !pod.isKept && !pod.isEnding) await objects.keep(pod);
    return found;
  }

  const settle = async (files: JobFiles, status: JobStatus, pod: JobPod | null): Promise<JobStatus> => {
    if (status.state !== 'ended') return status;
    const ended = await settleRun(files, status.exit, pod, outputOf);
    if (pod !== null) await objects.release(pod);
    return ended;
  };

  async function start(launch: JobLaunch): Promise<JobStatus> {
    const { name } = launch;
    const files = filesOf(name);
    const manifest = type.manifest(launch, directory, template);
    const record = {
      ...{ ...launch, executor: type.executor },
      ...{ environment: {}, cgroupParent: null, nice: 0 },
    };
    if (!recordLaunch(files, record)) return { state: 'absent' };
    if (files.readClaim() === null) {
      const uid = await objects.create(name, manifest);
      files.claim({ kind: type.claim, uid });
      const claim = files.readClaim();
      // It was killed or removed meanwhile: this one comes too late.
      if (claim?.kind !== type.claim || claim.uid !== uid) await objects.remove(objectOf(name), uid);
    }
    const claim = files.readClaim();
    const isAsked = (): boolean => files.readAsk() !== null || files.readExit() !== null;
    if (claim?.kind === type.claim) await objects.resume(objectOf(name), claim.uid, isAsked);
    const begun = performance.now();
    let explainAt = begun + startMs;
    let askNodeAt = begun;
    for (let pause = LOOK_MS; ; pause = Math.min(LAST_LOOK_MS, pause * 1.5)) {
      const { status, pod } = await lookAndKeep(name, files, pods.ask);
      if (status.state !== 'starting') return settle(files, status, pod);
      const now = performance.now();
      const seconds = Math.round((now - begun) / 1000);
      // A pod that a quota keeps from being made is told of by no scheduler.
      const hasNoRoom = pod === null ? now > explainAt : pod.unschedulable !== null && now >= askNodeAt;
      if (launch.node !== undefined && hasNoRoom) {
        askNodeAt = now + startMs;
        // There will be no room: the next plan knows which nodes there are.
        if (await objects.isNodeGone(launch.node))
          throw new TainError('job.no-room', { name, seconds, rule: 'node-gone', reason: launch.node });
      }
      if (now > explainAt) {
        explainAt = now + startMs;
        const { rule, reason } = await objects.explain(objectOf(name), pod);
        const params = { name, seconds, rule, reason };
        if (rule !== 'unschedulable' && rule !== 'quota') throw new TainError('job.pod-waits', params);
        if (now - begun > roomMs) throw new TainError('job.no-room', params);
      }
      await sleep(pause);
    }
  }

  /** Follows the output as long as the run is attached; what breaks is taken up again. */
  async function follow(name: string, files: JobFiles, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const pod = await pods.find(objectOf(name));
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
        const { status, pod } = await lookAndKeep(name, files);
        if (status.state === 'starting' || status.state === 'running' || status.state === 'frozen') {
          await pods.change(objectOf(name), pod, signal);
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
    const object = await objects.find(objectOf(name));
    const seconds = Math.max(1, Math.ceil((noticeMs + graceMs) / 1000));
    if (object === null) return;
    await objects.stop(objectOf(name), object.uid, () => pods.ask(objectOf(name)), id, seconds);
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
        const exit =
          files.readClaim()?.kind === type.claim
            ? unseenExit('runner-lost', `its ${type.kind} or pod was removed by somebody else`, null)
            : unseenExit(before?.cause ?? cause, before?.reason ?? '', null);
        return settle(files, { state: 'ended', exit }, pod);
      }
      if (performance.now() > end)
        throw new TainError('job.unkillable', { name, seconds: Math.round(killMs / 1000) });
      await sleep(LOOK_MS);
    }
  }

  return {
    kind: type.executor,
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
        const [object, left] = [await objects.find(objectOf(name)), await pods.ask(objectOf(name))];
        if (object === null && left === null) break;
        if (performance.now() > end)
          throw new TainError('job.unkillable', { name, seconds: REMOVE_MS / 1000 });
        if (left !== null) {
          await objects.release(left);
          await objects.removePod(left);
        }
        if (object !== null) await objects.remove(objectOf(name), object.uid);
        await sleep(LOOK_MS);
      }
      files.clear();
    },
  };
}
