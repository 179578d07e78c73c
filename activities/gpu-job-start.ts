/** Prolog and start of training, the only work on gpu-training: pausing that queue holds up nothing else. */
import { log } from '@temporalio/activity';
import { BY_GPU_JOB } from '../contracts/audit.ts';
import { cutText } from '../contracts/cut-text.ts';
import { TainError } from '../contracts/errors.ts';
import type { GpuStart } from '../contracts/gpu-job.ts';
import { listSharedCards } from '../db/gpu-allocations.ts';
import { readRunJob, readStartedImage, type RunJob } from '../db/gpu-job-runs.ts';
import { moveJobAlone, type JobMove } from '../db/gpu-jobs.ts';
import {
  checkParameters,
  renderCommand,
  templateOf,
  type CommandPlaces,
} from '../domain/gpu-jobs/templates.ts';
import { measureFree } from '../platform/executors/disk-use.ts';
import type { Executor, JobLimits } from '../platform/executors/executor.ts';
import { checkJobPaths, type JobPaths } from '../platform/executors/job-paths.ts';
import type { GpuMonitor } from '../platform/gpu-monitor/monitor.ts';
import type { RunImage } from '../platform/image-registry/run-image.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { MAX_REASON, runNameOf } from './gpu-job.ts';
import { keepBeating } from './heartbeat.ts';

export type GpuJobStartDependencies = {
  readonly sql: Sql;
  readonly executor: Executor;
  /** Null: whoever runs it looks after its machines. */
  readonly monitor: GpuMonitor | null;
  /** Folders that configurations and working folders lie in. */
  readonly roots: readonly string[];
  readonly places: CommandPlaces;
  /** What it runs in, to be asked for at its registry; null: in nothing, or nobody is asked. */
  readonly image: RunImage | null;
  /** What has to be free on the disk of a working folder, in bytes. */
  readonly freeBytes?: number;
};

export type GpuJobStartActivities = ReturnType<typeof createGpuJobStartActivities>;

const MEBIBYTE = 1024 ** 2;
/** More than this has to be free on the disk of its working folder: at half of it a run is ended. */
const FREE_BYTES = 2048 * MEBIBYTE;

/** Of a run, beside the processors and the memory that its job asks for. */
const LIMITS: Omit<JobLimits, 'cpuMillis' | 'memoryBytes'> = {
  diskBytes: 50 * 1024 * MEBIBYTE,
  outputBytes: 64 * MEBIBYTE,
  reserveBytes: 1024 * MEBIBYTE,
};

export function createGpuJobStartActivities({
  sql,
  executor,
  monitor,
  roots,
  places,
  image,
  freeBytes = FREE_BYTES,
}: GpuJobStartDependencies) {
  const move = (jobId: string, attempt: number, to: JobMove['to'], more: Partial<JobMove> = {}) =>
    moveJobAlone(sql, BY_GPU_JOB, jobId, { to, attempt, ...more });

  /** What the machine is short of; null: nothing. What a card does not tell, or Tain does not know of it, holds nothing up. */
  async function findShort({
    jobId,
    devices,
    workdir,
  }: RunJob): Promise<Extract<GpuStart, { kind: 'short' }> | null> {
    if (monitor === null) return null;
    const { availability } = await monitor.look();
    const shared = await listSharedCards(sql, jobId);
    const own = availability.gpus
      .filter(({ uuid }) => devices.some(({ device }) => device === uuid))
      // Who shares a card with others of ours finds it at work.
      .map((gpu) => ({
        ...gpu,
        reasons: gpu.reasons.filter(({ code }) => code !== 'gpu-busy' || !shared.includes(gpu.uuid)),
      }));
    const reasons = [
      // That no other card is free does not keep this one from being used.
      ...availability.reasons.filter(({ code }) => code !== 'no-gpu-free'),
      ...own.flatMap((gpu) => gpu.reasons),
      ...(await findFullDisk(workdir)),
    ];
    if (reasons.length === 0) return null;
    return {
      kind: 'short',
      reason: reasons.map(({ code, found, limit }) => `${code} ${found} (${limit})`).join(', '),
      devices: own.filter((gpu) => gpu.reasons.length > 0).map(({ uuid }) => uuid),
    };
  }

  /** A folder that is not there is told of by the check of paths. */
  async function findFullDisk(workdir: string) {
    const free = await measureFree(workdir).catch(() => Infinity);
    if (free > freeBytes) return [];
    const megabytes = (bytes: number): string => `${Math.floor(bytes / MEBIBYTE)} MB`;
    return [{ code: 'disk', found: megabytes(free), limit: `> ${megabytes(freeBytes)}` }];
  }

  /**
   * Begins an attempt. What it runs in is written down with that, and asked for no more: whoever tries this start again
   * starts the same, and so does the next attempt, as long as the cluster file names the same image.
   * @returns the image that it is to run in; undefined: the one of the cluster file, as it is
   */
  async function begin({ jobId, now }: RunJob): Promise<string | undefined> {
    if (image === null) {
      await move(jobId, now.attempt, 'starting');
      return undefined;
    }
    if (now.state === 'reserved') {
      const last = await readStartedImage(sql, jobId);
      const { digest, warning } = await image.find(last?.image === image.image ? last.digest : null);
      if (warning !== null) log.warn('gpu.image-unchecked', { jobId, problem: warning.message });
      await move(jobId, now.attempt, 'starting', {
        facts: { image: image.image, digest },
        ...(warning !== null && { reason: cutText(warning.message, MAX_REASON) }),
      });
    }
    // Another one of the same attempt may have been faster, and have been told otherwise.
    const begun = await readStartedImage(sql, jobId);
    return begun?.image === image.image && begun.digest !== null ? image.pinnedTo(begun.digest) : undefined;
  }

  /** Of who waited too long, or stood still, an attempt that goes on elsewhere or is over starts nothing. */
  async function start(jobId: string, attempt: number): Promise<GpuStart> {
    const job = await readRunJob(sql, jobId);
    const { state, wanted } = job.now;
    if (job.now.attempt !== attempt) return { kind: 'gone' };
    // Whatever is wanted of it: whoever watches it has it stop in order.
    if (state === 'running') return { kind: 'started' };
    if (wanted !== null || (state !== 'reserved' && state !== 'starting')) return { kind: 'gone' };
    if (state === 'reserved') {
      const short = await findShort(job);
      if (short !== null) {
        log.info('gpu.short', { jobId, reason: short.reason });
        return short;
      }
    }
    const uncut = job.devices.find(({ migProfile, instance }) => migProfile !== null && instance === null);
    if (uncut) throw new TainError('gpu.card-uncut', { device: uncut.device, profile: uncut.migProfile! });
    const profile = job.devices[0]?.migProfile ?? null;
    const template = templateOf(job.template);
    const values = checkParameters(template, job.params);
    const paths = await checkSamePaths(job);
    const runsIn = await begin(job);
    const { state: found } = await executor.start({
      name: runNameOf(jobId, attempt),
      command: renderCommand(template, values, places),
      ...paths,
      devices: job.devices.map(({ device, instance }) => instance ?? device),
      ...(profile !== null && { profile }),
      ...(job.node !== null && { node: job.node }),
      limits: { ...LIMITS, cpuMillis: job.cpuMillis, memoryBytes: job.memoryMib * MEBIBYTE },
      ...(runsIn !== undefined && { image: runsIn }),
      ...(job.now.checkpoint_step !== null && { resumeFrom: job.now.checkpoint_step }),
    });
    if (found === 'absent') return { kind: 'gone' };
    await move(jobId, attempt, 'running');
    return { kind: 'started' };
  }

  /** Once more: a folder may have become a link since, and one to another of the allowed folders is another's too. */
  async function checkSamePaths({ configPath, workdir }: RunJob): Promise<JobPaths> {
    const paths = await checkJobPaths({ config: configPath, workdir }, roots);
    const changed = paths.workDir !== workdir ? 'workdir' : paths.config !== configPath ? 'config' : null;
    if (changed === null) return paths;
    const value = changed === 'workdir' ? workdir : configPath;
    const limit = changed === 'workdir' ? paths.workDir : paths.config;
    throw new TainError('job.path-invalid', { field: changed, value, rule: 'moved', limit });
  }

  return withFailures({
    /**
     * Looks whether the machine is well enough, and starts the run of an attempt. Safe to retry: the run of a name starts
     * once, whoever asks, and one that was ended before it began never starts.
     * @throws TainError gpu.card-uncut, job.template-unknown, job.parameter-invalid, job.path-invalid, job.image-unknown, and
     * what the executor's start throws
     */
    startRun: (jobId: string, attempt: number): Promise<GpuStart> =>
      keepBeating(
        () => null,
        async () => {
          try {
            return await start(jobId, attempt);
          } catch (error) {
            if (!(error instanceof TainError) || error.code !== 'gpu.job-moved') throw error;
            // Another one of the same attempt was faster, or the attempt is over.
            const { now } = await readRunJob(sql, jobId);
            return { kind: now.attempt === attempt && now.state === 'running' ? 'started' : 'gone' };
          }
        },
      ),
  });
}
