/**
 * Runs training programs as processes of this machine. Beside each stands a runner (runner.ts) in a session of its own
 * that outlives this process; all that is known of a run lies in its folder, so that any worker may go on with it.
 * A process is always named by pid and start time, never by pid alone.
 */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TainError } from '../../contracts/errors.ts';
import { PROGRAM_VARIABLES, type StopCause } from '../../contracts/job-run.ts';
import { NICE_OF_ROLE } from '../embedded/host-priority.ts';
import { goneWithin, isAlive, sendSignal } from '../embedded/process.ts';
import type { Executor, JobLaunch, JobStatus, StopOptions } from './executor.ts';
import { openJobCgroup } from './job-cgroup.ts';
import {
  recordLaunch,
  runFiles,
  unseenExit,
  type JobFiles,
  type LaunchRecord,
  type RunnerClaim,
} from './job-files.ts';
import { openJobProcesses, type JobProcesses } from './job-processes.ts';
import { programVariables } from './program-variables.ts';
import { collectResults } from './results.ts';
import { tailOutput } from './run-output.ts';
import { giveNotice } from './stop-plan.ts';

export type ProcessExecutorOptions = {
  /** Where the folders of runs are. */
  readonly directory: string;
  /** What every program finds in its environment beside its own: PATH, HOME, LANG … */
  readonly environment: Readonly<Record<string, string>>;
  /** Where runs get their cgroups (findCgroupParent); null: none do. */
  readonly cgroupParent: string | null;
  /** How far programs stand back; the runner has what this process has. */
  readonly nice?: number;
  /** How long a start may take, in ms. */
  readonly startMs?: number;
};

const RUNNER = path.join(import.meta.dirname, 'runner.ts');
const START_MS = 30_000;
/** A runner that was told to kill answers within this; one that does not is killed itself. */
const RUNNER_MS = 3000;
const KILL_MS = 10_000;
const [LOOK_MS, WATCH_MS] = [10, 100];

export function createProcessExecutor(options: ProcessExecutorOptions): Executor {
  const filesOf = (name: string): JobFiles => runFiles(options.directory, name, 'process');
  const status = async (name: string): Promise<JobStatus> => readStatus(filesOf(name));

  return {
    kind: 'process',
    status,
    start: (launch) => start(filesOf(launch.name), launch, options),
    async attach(name, signal) {
      const files = filesOf(name);
      for (;;) {
        signal.throwIfAborted();
        if (files.readExit() || !isRunnerAlive(files.readClaim())) {
          const found = readStatus(files);
          if (found.state !== 'starting') return found;
        }
        await sleep(WATCH_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
    async checkpoint(name, reason) {
      const program = running(filesOf(name));
      if (!program) return false;
      return giveNotice(filesOf(name), program.record, { reason, secondsLeft: null, then: 'continue' });
    },
    async freeze(name) {
      const program = running(filesOf(name));
      await program?.processes.freeze();
      return program !== null;
    },
    async thaw(name) {
      const program = running(filesOf(name));
      await program?.processes.thaw();
      return program !== null;
    },
    async stop(name, { cause, reason, noticeMs, graceMs }: StopOptions) {
      const files = filesOf(name);
      if (!files.readLaunch() || files.readExit()) return;
      const before = files.readAsk();
      // Asked again, as by a watcher that was started anew, it has no more time than before.
      if (before?.cause === cause && before.noticeMs === noticeMs && before.graceMs === graceMs) return;
      files.writeAsk({ id: randomUUID(), cause, reason, noticeMs, graceMs, kill: false });
    },
    async kill(name, cause) {
      const files = filesOf(name);
      if (!files.readLaunch()) files.forbid();
      else if (!files.readExit()) await kill(name, files, cause);
      return readStatus(files);
    },
    async collect(name, directory) {
      const files = filesOf(name);
      const launch = files.readLaunch();
      return collectResults({
        logs: [files.stdout, files.stderr],
        workDir: launch?.workDir ?? null,
        directory,
        limits: {
          mostBytes: launch?.limits.diskBytes ?? 0,
          reserveBytes: launch?.limits.reserveBytes ?? 0,
        },
      });
    },
    async remove(name) {
      const files = filesOf(name);
      const found = readStatus(files);
      if (found.state !== 'absent' && found.state !== 'ended')
        throw new TainError('job.still-running', { name });
      if (options.cgroupParent !== null) openJobCgroup(options.cgroupParent, files.key)?.remove();
      files.clear();
    },
    tail: (name, bytes) => tailOutput(filesOf(name).directory, bytes),
  };
}

async function start(
  files: JobFiles,
  launch: JobLaunch,
  { environment, cgroupParent, nice = NICE_OF_ROLE['training']!, startMs = START_MS }: ProcessExecutorOptions,
): Promise<JobStatus> {
  const record: LaunchRecord = {
    ...launch,
    executor: 'process',
    environment: {
      ...environment,
      ...programVariables(launch, files.key),
      [PROGRAM_VARIABLES.devices]: launch.devices.join(','),
      [PROGRAM_VARIABLES.notice]: files.notice,
    },
    cgroupParent,
    nice,
  };
  if (!recordLaunch(files, record)) return { state: 'absent' };
  // Who claimed the run runs it, or did: another runner would leave at once.
  if (!files.readClaim()) startRunner(files, environment);
  const end = performance.now() + startMs;
  for (;;) {
    const found = readStatus(files);
    if (found.state !== 'starting') return found;
    if (performance.now() > end) throw new TainError('job.start-slow', { name: launch.name, ms: startMs });
    await sleep(LOOK_MS);
  }
}

function startRunner(files: JobFiles, environment: Readonly<Record<string, string>>): void {
  const log = openSync(files.runnerLog, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [RUNNER, files.directory], {
      detached: true,
      cwd: '/',
      env: { PATH: environment['PATH'] ?? '' },
      stdio: ['ignore', log, log],
    });
    // It cannot be executed: the start takes too long then, and says so.
    child.on('error', () => undefined);
    child.unref();
  } finally {
    closeSync(log);
  }
}

const isRunnerAlive = (claim: RunnerClaim | null): boolean => claim?.kind === 'runner' && isAlive(claim);

const processesOf = (files: JobFiles, { cgroupParent }: LaunchRecord): JobProcesses =>
  openJobProcesses(files.key, cgroupParent, files.readProgram());

function readStatus(files: JobFiles): JobStatus {
  const launch = files.readLaunch();
  if (!launch) return { state: 'absent' };
  // Read once: who claims it between two looks would seem dead.
  const claim = files.readClaim();
  const lives = isRunnerAlive(claim);
  // Looked at behind the runner: it writes this last.
  const exit = files.readExit();
  if (exit) return { state: 'ended', exit };
  if (!claim) return { state: 'starting' };
  const program = files.readProgram();
  if (lives && !program) return { state: 'starting' };
  const processes = processesOf(files, launch);
  const members = processes.members();
  if (!lives || !program) return { state: 'lost', processes: members.length };
  return {
    state: processes.isFrozen(members) ? 'frozen' : 'running',
    startedAt: program.startedAt,
    local: {
      pid: program.pid,
      hold: program.hold,
      processes: members.length,
      ...processes.usage(members),
    },
  };
}

/** A program that is there to be told something. */
function running(files: JobFiles) {
  const launch = files.readLaunch();
  const record = files.readProgram();
  if (!launch || !record || files.readExit()) return null;
  return { record, processes: processesOf(files, launch) };
}

/** By its runner, who saw most; by this process when there is none that answers. */
async function kill(name: string, files: JobFiles, cause: StopCause): Promise<void> {
  files.claim({ kind: 'nobody' });
  const before = files.readAsk();
  const asked = before?.cause ?? cause;
  const reason = before?.reason ?? '';
  files.writeAsk({ id: randomUUID(), cause: asked, reason, noticeMs: 0, graceMs: 0, kill: true });
  const claim = files.readClaim();
  const lost = claim?.kind === 'runner' && !isAlive(claim);
  if (claim?.kind === 'runner' && !lost) {
    if (await goneWithin(claim, RUNNER_MS)) return;
    if (isAlive(claim)) sendSignal(claim.pid, 'SIGKILL');
  }
  const launch = files.readLaunch()!;
  if ((await processesOf(files, launch).kill(KILL_MS)) === null)
    throw new TainError('job.unkillable', { name, seconds: KILL_MS / 1000 });
  if (launch.cgroupParent !== null) openJobCgroup(launch.cgroupParent, files.key)?.remove();
  const detail = lost ? 'its runner died' : reason;
  files.createExit(unseenExit(lost ? 'runner-lost' : asked, detail, files.readProgram()));
}
