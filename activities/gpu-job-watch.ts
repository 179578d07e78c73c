/** Watching one run: once a second what is wanted of it, its walltime and the governor's level are looked at. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BY_GPU_JOB } from '../contracts/audit.ts';
import type { JobExit, StopCause } from '../contracts/job-run.ts';
import { readRunJob, type RunJob } from '../db/gpu-job-runs.ts';
import { noteJob, ranMsOf } from '../db/gpu-jobs.ts';
import { readHoldLevel } from '../db/gpu-planner.ts';
import { lastCheckpoint, nextStep } from '../domain/gpu-jobs/supervise.ts';
import type { Executor, JobStatus } from '../platform/executors/executor.ts';
import { unseenExit } from '../platform/executors/job-files.ts';
import type { Sql } from '../platform/postgres.ts';

export type RunMeter = {
  /** Notes what a run uses. Never fails: what is not measured is not known. */
  measure(job: RunJob, status: JobStatus): Promise<void>;
};

export type Watched = {
  readonly sql: Sql;
  readonly executor: Executor;
  readonly meter: RunMeter;
  readonly jobId: string;
  readonly name: string;
  readonly signal: AbortSignal;
};

const LOOK_MS = 1000;
const MEASURE_MS = 5000;
/** A program that checkpoints all the time is not noted all the time. */
const CHECKPOINT_MS = 10_000;
const TAIL_BYTES = 64 * 1024;
/** From SIGTERM to SIGKILL. */
const KILL_MS = 10_000;
/** What makes way for swaps gets no longer to save its work, whatever it asked for: it works on meanwhile. */
const HELD_NOTICE_MS = 120_000;

/** @throws what the signal is aborted with: whoever comes next goes on */
export async function watchTry(watched: Watched): Promise<JobExit> {
  const { executor, name, signal } = watched;
  const stop = new AbortController();
  const ended = executor.attach(name, AbortSignal.any([signal, stop.signal]));
  ended.catch(() => undefined);
  const look = createLooks(watched);
  try {
    for (;;) {
      const end = await Promise.race([ended, sleep(LOOK_MS, null, { signal })]);
      const status = end ?? (await executor.status(name));
      if (status.state === 'ended' || status.state === 'lost' || status.state === 'absent') {
        await look.noteCheckpoint();
        return await exitOf(status, executor, name);
      }
      await look.look(status);
    }
  } finally {
    stop.abort();
  }
}

/** A run that is lost is killed: its processes may still hold its devices. */
async function exitOf(status: JobStatus, executor: Executor, name: string): Promise<JobExit> {
  const last = status.state === 'lost' ? await executor.kill(name, 'cancelled') : status;
  return last.state === 'ended' ? last.exit : unseenExit('runner-lost', 'nothing is known of the run', null);
}

function createLooks({ sql, executor, meter, jobId, name }: Watched) {
  let asked: StopCause | null = null;
  let measuredAt = -Infinity;
  let checkedAt = performance.now();

  async function noteCheckpoint(): Promise<void> {
    checkedAt = performance.now();
    const step = lastCheckpoint(await executor.tail(name, TAIL_BYTES));
    const { now } = await readRunJob(sql, jobId);
    const isNew = step !== null && step !== now.checkpoint_step;
    if (isNew) await noteJob(sql, BY_GPU_JOB, jobId, { kind: 'checkpointed', facts: { step } });
  }

  return {
    noteCheckpoint,

    async look(status: JobStatus): Promise<void> {
      const job = await readRunJob(sql, jobId);
      const { now, clockMs, graceS, wantedReason } = job;
      const level = await readHoldLevel(sql);
      const step = nextStep({
        ...{ wanted: now.wanted, level, ranMs: ranMsOf(now, clockMs), asked },
        isFrozen: status.state === 'frozen',
        isNotedFrozen: now.frozen_at !== null,
        walltimeMs: now.walltime_s * 1000,
      });
      if (step.kind === 'stop') {
        const mostMs = level === 'none' ? Infinity : HELD_NOTICE_MS;
        const noticeMs = step.cause === 'cancelled' ? 0 : Math.min(graceS * 1000, mostMs);
        const reason =
          now.wanted === null ? `it has run for ${now.walltime_s} s` : (wantedReason ?? now.wanted);
        await executor.stop(name, { cause: step.cause, reason, noticeMs, graceMs: KILL_MS });
        asked = step.cause;
      } else if (step.kind === 'freeze') {
        // The bill stops when it stands still, and goes on before it does.
        const isStill = await executor.freeze(name);
        if (isStill && now.frozen_at === null)
          await noteJob(sql, BY_GPU_JOB, jobId, { kind: 'frozen', reason: 'training makes way for swaps' });
      } else if (step.kind === 'thaw') {
        if (now.frozen_at !== null) await noteJob(sql, BY_GPU_JOB, jobId, { kind: 'thawed' });
        await executor.thaw(name);
      }
      if (performance.now() - checkedAt >= CHECKPOINT_MS) await noteCheckpoint();
      if (performance.now() - measuredAt < MEASURE_MS) return;
      measuredAt = performance.now();
      await meter.measure(job, status);
    },
  };
}
