/** Everything of a training job but its start, on gpu-control: watching, ending, collecting, cleaning up, billing. */
import { Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import path from 'node:path';
import { BY_GPU_JOB } from '../contracts/audit.ts';
import { cutText } from '../contracts/cut-text.ts';
import type { GpuJobState } from '../contracts/gpu.ts';
import type { GpuJobSight } from '../contracts/gpu-job.ts';
import type { JobExit } from '../contracts/job-run.ts';
import { releaseJob } from '../db/gpu-allocations.ts';
import { readRunJob } from '../db/gpu-job-runs.ts';
import { moveJobAlone, type JobMove } from '../db/gpu-jobs.ts';
import { settleTry, type TryEnd } from '../domain/gpu-jobs/outcome.ts';
import type { Executor } from '../platform/executors/executor.ts';
import { hintPlanner } from '../platform/gpu-hints.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { keepTry, readKeptTry, type KeptResults } from './gpu-job-record.ts';
import { watchTry, type RunMeter } from './gpu-job-watch.ts';
import { keepBeating } from './heartbeat.ts';

export type GpuJobDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly executor: Executor;
  /** Measures what runs use. */
  readonly meter: RunMeter;
  /** Where logs and results are kept. */
  readonly resultsDir: string;
};

export type GpuJobActivities = ReturnType<typeof createGpuJobActivities>;

/** How a try ended, as the workflow hands it on. */
export type TryReport =
  | { readonly kind: 'exit'; readonly exit: JobExit; readonly kept: KeptResults }
  | { readonly kind: 'short'; readonly reason: string; readonly devices: readonly string[] }
  /** `no-room`: its cluster was short of something, and what was made there has to go. */
  | { readonly kind: 'refused' | 'no-image' | 'broken' | 'no-room'; readonly reason: string }
  | { readonly kind: 'not-begun' };

/** Of what is kept of why a job went where it is, in characters. */
export const MAX_REASON = 500;

/** The name of the run of an attempt. */
export const runNameOf = (jobId: string, attempt: number): string => `${jobId}-${attempt}`;

export function createGpuJobActivities({ sql, client, executor, meter, resultsDir }: GpuJobDependencies) {
  const move = (jobId: string, attempt: number, to: JobMove['to']) =>
    moveJobAlone(sql, BY_GPU_JOB, jobId, { to, attempt });
  const folderOf = (jobId: string, attempt: number): string => path.join(resultsDir, jobId, String(attempt));

  return withFailures({
    /** Reads where a job is. Safe to retry because it changes nothing. */
    async lookAtJob(jobId: string): Promise<GpuJobSight> {
      const { now } = await readRunJob(sql, jobId);
      return { state: now.state, attempt: now.attempt, isWanted: now.wanted !== null };
    },

    /**
     * Watches a run to its end: has it stopped or stand still as people, walltime and governor want, and notes what it uses.
     * Safe to retry: the run goes on without its watcher, and the next one finds it by its name.
     */
    async watchRun(jobId: string, attempt: number): Promise<JobExit> {
      const { cancellationSignal: signal } = Context.current();
      const name = runNameOf(jobId, attempt);
      const { state } = await executor.status(name);
      const before = state === 'absent' ? readKeptTry(folderOf(jobId, attempt)) : null;
      if (before !== null) return before.exit;
      return keepBeating(
        () => null,
        () => watchTry({ sql, executor, meter, jobId, name, signal }),
      );
    },

    /**
     * Keeps logs and results of a run and proves them. Safe to retry because it makes the folder anew, as long as there is
     * something to make it of.
     */
    async collectRun(jobId: string, attempt: number): Promise<KeptResults> {
      const { now } = await readRunJob(sql, jobId);
      if (now.state === 'running') await move(jobId, attempt, 'collecting');
      const directory = folderOf(jobId, attempt);
      const name = runNameOf(jobId, attempt);
      const before = now.state === 'cleaning' ? readKeptTry(directory) : null;
      if (before !== null) return before.kept;
      const { logs, results, differences } = await keepBeating(
        () => null,
        () => executor.collect(name, directory),
      );
      const files = [...logs, ...results];
      const first = differences[0];
      const kept: KeptResults = {
        ...{ directory, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) },
        difference: first === undefined ? null : `${first.file}: ${first.problem}`,
        differences: differences.length,
      };
      const status = await executor.status(name);
      if (status.state === 'ended') keepTry({ exit: status.exit, kept });
      return kept;
    },

    /** Ends what is left of a run and removes it. Safe to repeat: behind it nothing of that name ever starts again. */
    async cleanRun(jobId: string, attempt: number): Promise<void> {
      const { now } = await readRunJob(sql, jobId);
      if (['reserved', 'starting', 'running', 'collecting'].includes(now.state))
        await move(jobId, attempt, 'cleaning');
      const name = runNameOf(jobId, attempt);
      await keepBeating(
        () => null,
        () => executor.kill(name, 'cancelled'),
      );
      await executor.remove(name);
    },

    /**
     * Gives the devices back, and ends the job or puts it back into the queue: one transaction, which closes its bill. Safe
     * to repeat: an attempt that is settled stays so.
     */
    async settleRun(jobId: string, attempt: number, report: TryReport): Promise<GpuJobState> {
      const { limits, now: seen, node } = await readRunJob(sql, jobId);
      // One that looked at the machine at the same time, and comes late, starts nothing; one that was faster goes on.
      if (report.kind === 'short' && seen.state === 'reserved' && seen.attempt === attempt)
        await executor.kill(runNameOf(jobId, attempt), 'shutdown').catch((error: unknown) => {
          // As on a full disk. That its move is refused, too, keeps it from starting.
          log.warn('gpu.not-forbidden', { jobId, attempt, problem: String(error).slice(0, 300) });
        });
      let isSettled = false;
      const state = await releaseJob(sql, BY_GPU_JOB, jobId, (now) => {
        if (now.attempt !== attempt || (now.state !== 'cleaning' && now.state !== 'reserved')) return null;
        isSettled = true;
        const { infra_count: infra, user_count: user, wanted } = now;
        // What somebody wants of it by now counts: nobody else moves it from here to its end.
        const { cause, ...outcome } = settleTry({
          ...{ end: endOf(report), wanted, limits },
          counts: { infra, user },
        });
        const reason = reasonOf(report);
        return {
          ...{ ...outcome, facts: factsOf(report, node, now.frozen_ms) },
          ...{ ...(cause !== null && { cause }), ...(reason !== '' && { reason }) },
        };
      });
      if (isSettled) log.info('gpu.settled', { jobId, attempt, state: state.state, cause: state.cause });
      // There is room: whoever waits for it is not to wait for a timer.
      await hintPlanner(client);
      return state.state;
    },
  });
}

function endOf(report: TryReport): TryEnd {
  if (report.kind === 'no-room') return { kind: 'short' };
  if (report.kind !== 'exit') return { kind: report.kind };
  const { exit, kept } = report;
  return { kind: 'exit', cause: exit.cause, code: exit.code, resultsAgree: kept.differences === 0 };
}

function reasonOf(report: TryReport): string {
  if (report.kind === 'not-begun') return '';
  if (report.kind !== 'exit') return cutText(report.reason, MAX_REASON);
  const { exit, kept } = report;
  return cutText([exit.cause, exit.detail, kept.difference ?? ''].filter(Boolean).join(': '), MAX_REASON);
}

/** What is kept of the end of a try. */
function factsOf(report: TryReport, node: string | null, frozenMs: number) {
  // The next plans take other cards first, or other nodes.
  if (report.kind === 'short') return { shortOf: [...report.devices] };
  if (report.kind === 'no-room' && node !== null) return { noRoomOn: node };
  if (report.kind !== 'exit') return {};
  const { exit, kept } = report;
  const { cause, code, signal, detail, startedAt, endedAt, cpuMs, peakMemoryBytes } = exit;
  const ranMs = startedAt === null ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt) - frozenMs);
  return { exit: { cause, code, signal, detail, cpuMs, peakMemoryBytes }, ranMs, results: { ...kept } };
}
