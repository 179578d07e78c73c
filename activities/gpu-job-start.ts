/** Prolog and start of training, the only work on gpu-training: pausing that queue holds up nothing else. */
import { log } from '@temporalio/activity';
import { BY_GPU_JOB } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import type { GpuStart } from '../contracts/gpu-job.ts';
import { listSharedCards } from '../db/gpu-allocations.ts';
import { readRunJob, type RunJob } from '../db/gpu-job-runs.ts';
import { moveJobAlone, type JobMove } from '../db/gpu-jobs.ts';
import {
  checkParameters,
  renderCommand,
  templateOf,
  type CommandPlaces,
} from '../domain/gpu-jobs/templates.ts';
import type { Executor, JobLimits } from '../platform/executors/executor.ts';
import { checkJobPaths } from '../platform/executors/job-paths.ts';
import type { GpuMonitor } from '../platform/gpu-monitor/monitor.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { runNameOf } from './gpu-job.ts';
import { keepBeating } from './heartbeat.ts';

export type GpuJobStartDependencies = {
  readonly sql: Sql;
  readonly executor: Executor;
  /** Null: whoever runs it looks after its machines. */
  readonly monitor: GpuMonitor | null;
  /** Folders that configurations and working folders lie in. */
  readonly roots: readonly string[];
  readonly places: CommandPlaces;
};

export type GpuJobStartActivities = ReturnType<typeof createGpuJobStartActivities>;

const MEBIBYTE = 1024 ** 2;

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
}: GpuJobStartDependencies) {
  const move = (jobId: string, to: JobMove['to']) => moveJobAlone(sql, BY_GPU_JOB, jobId, { to });

  /** What the machine is short of; null: nothing. What a card does not tell, or Tain does not know of it, holds nothing up. */
  async function findShort({ jobId, devices }: RunJob): Promise<Extract<GpuStart, { kind: 'short' }> | null> {
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
    ];
    if (reasons.length === 0) return null;
    return {
      kind: 'short',
      reason: reasons.map(({ code, found, limit }) => `${code} ${found} (${limit})`).join(', '),
      devices: own.filter((gpu) => gpu.reasons.length > 0).map(({ uuid }) => uuid),
    };
  }

  return withFailures({
    /**
     * Looks whether the machine is well enough, and starts the run of an attempt. Safe to retry: the run of a name starts
     * once, whoever asks, and one that was ended before it began never starts.
     * @throws TainError gpu.card-uncut, job.template-unknown, job.parameter-invalid, job.path-invalid, and what the executor's
     * start throws
     */
    async startRun(jobId: string, attempt: number): Promise<GpuStart> {
      const job = await readRunJob(sql, jobId);
      const { state, wanted } = job.now;
      if (job.now.attempt !== attempt || wanted !== null) return { kind: 'gone' };
      if (state === 'running') return { kind: 'started' };
      if (state !== 'reserved' && state !== 'starting') return { kind: 'gone' };
      if (state === 'reserved') {
        const short = await findShort(job);
        if (short !== null) {
          log.info('gpu.short', { jobId, reason: short.reason });
          return short;
        }
      }
      const uncut = job.devices.find(({ migProfile, instance }) => migProfile !== null && instance === null);
      if (uncut) throw new TainError('gpu.card-uncut', { device: uncut.device, profile: uncut.migProfile! });
      const template = templateOf(job.template);
      const values = checkParameters(template, job.params);
      // Once more: a folder may have become a link since.
      const paths = await checkJobPaths({ config: job.configPath, workdir: job.workdir }, roots);
      await move(jobId, 'starting');
      await keepBeating(
        () => null,
        () =>
          executor.start({
            name: runNameOf(jobId, attempt),
            command: renderCommand(template, values, places),
            ...paths,
            devices: job.devices.map(({ device, instance }) => instance ?? device),
            limits: { ...LIMITS, cpuMillis: job.cpuMillis, memoryBytes: job.memoryMib * MEBIBYTE },
          }),
      );
      await move(jobId, 'running');
      return { kind: 'started' };
    },
  });
}
