/** What a runner does: starts the program, holds it to its limits, ends it when asked, and says how it ended. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobExit } from '../../contracts/job-run.ts';
import { judgeExit } from '../../domain/gpu-jobs/exit-cause.ts';
import { lowerPriority } from '../embedded/host-priority.ts';
import { statFields } from '../embedded/proc-stat.ts';
import { identifyProcess, type ProcessIdentity } from '../embedded/process.ts';
import { measureFolder } from './disk-use.ts';
import { unseenExit, type JobFiles, type LaunchRecord } from './job-files.ts';
import { createJobCgroup, openJobCgroup, type JobCgroup } from './job-cgroup.ts';
import { TICK_MS } from './job-members.ts';
import { openJobProcesses, type JobProcesses } from './job-processes.ts';
import { createOutputLimit } from './output-limit.ts';
import { createRunLimits, type LimitBreach, type RunLimits } from './run-limits.ts';
import { createStopPlan, type StopPlan } from './stop-plan.ts';

/** Between two looks at asks, at processes, and at the disk (which takes longer the larger the folder is). */
const [ASK_MS, PROCESSES_MS, DISK_MS] = [50, 250, 1000];
const DISK_SHARE = 20;
const KILL_ROUND_MS = 10_000;

type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Runs the program of a launch to its end. When it returns, none of its processes is left. */
export async function superviseRun(files: JobFiles, launch: LaunchRecord): Promise<JobExit> {
  const cgroup =
    launch.cgroupParent === null
      ? null
      : createJobCgroup(launch.cgroupParent, files.key, launch.limits.memoryBytes);
  const fileLimit = limitFiles(Math.max(launch.limits.diskBytes, launch.limits.outputBytes));
  // Not waited for: a folder with many files is no reason to start late.
  const startBytes = measureFolder(launch.workDir);
  const startedAt = new Date().toISOString();
  const started = startProgram(files, launch, cgroup);
  if ('problem' in started) return unseenExit('not-started', started.problem, null);
  const { program, ended } = started;
  lowerPriority(program.pid, launch.nice);
  sacrifice(program.pid);
  files.writeProgram({
    ...program,
    startedAt,
    hold: {
      containment: cgroup ? 'cgroup' : 'environment',
      memoryLimit: cgroup?.limitsMemory ? 'cgroup' : 'watched',
      fileLimit,
    },
  });

  const processes = openJobProcesses(files.key, cgroup ? launch.cgroupParent : null, program);
  const plan = createStopPlan(files, program, processes);
  const limits = createRunLimits(launch, processes, startBytes);
  const output = watchOutput(files, launch);
  const breach = await watch({ ended, processes, plan, limits });
  const { code, signal } = await ended;
  const endedAt = new Date().toISOString();
  const leftovers = await clear(processes);
  const { stdout, stderr } = output.stop();
  const cpuMs = Math.max(limits.peak.cpuMs, processes.usage([]).cpuMs, childrenMs());
  const outOfMemory = cgroup?.wasOutOfMemory() ?? false;
  if (launch.cgroupParent !== null) openJobCgroup(launch.cgroupParent, files.key)?.remove();
  const cause = judgeExit({
    code,
    signal,
    limit: breach?.cause ?? null,
    asked: plan.asked?.cause ?? null,
    pressed: plan.pressed,
    outOfMemory,
  });
  return {
    cause,
    code,
    signal,
    detail: breach?.detail ?? plan.asked?.reason ?? '',
    startedAt,
    endedAt,
    cpuMs,
    peakMemoryBytes: limits.peak.memoryBytes,
    stdout,
    stderr,
    leftovers,
  };
}

function startProgram(
  files: JobFiles,
  { command, workDir, environment }: LaunchRecord,
  cgroup: JobCgroup | null,
): { program: ProcessIdentity; ended: Promise<Ended> } | { problem: string } {
  const [stdout, stderr] = [openSync(files.stdout, 'a', 0o600), openSync(files.stderr, 'a', 0o600)];
  const [file, ...args] = command;
  const start = (): ChildProcess =>
    spawn(file!, args, {
      cwd: workDir,
      env: { ...environment },
      detached: true,
      stdio: ['ignore', stdout, stderr],
    });
  try {
    const child = cgroup ? cgroup.inside(start) : start();
    const ended = new Promise<Ended>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.on('error', () => undefined);
    });
    if (child.pid === undefined) return { problem: `${file} cannot be executed in ${workDir}` };
    return { program: { pid: child.pid, started: identifyProcess(child.pid) ?? 'gone' }, ended };
  } catch (error) {
    return { problem: (error as Error).message };
  } finally {
    closeSync(stdout);
    closeSync(stderr);
  }
}

/** Looks until the program has ended; ends it when it must. @returns the limit that it broke */
async function watch(run: {
  ended: Promise<Ended>;
  processes: JobProcesses;
  plan: StopPlan;
  limits: RunLimits;
}): Promise<LimitBreach | null> {
  let over = false;
  let breach: LimitBreach | null = null;
  const done = run.ended.then(() => void (over = true));
  const every = async (ms: number, look: () => Promise<number | void>): Promise<void> => {
    while (!over) {
      const pause = (await Promise.race([done, look()])) ?? ms;
      if (!over) await Promise.race([done, sleep(pause)]);
    }
  };
  const end = async (found: LimitBreach | null): Promise<void> => {
    if (found === null || over) return;
    breach ??= found;
    await run.processes.kill(KILL_ROUND_MS);
  };
  await Promise.all([
    every(ASK_MS, async () => {
      if ((await run.plan.step()) === 'kill') await run.processes.kill(KILL_ROUND_MS);
    }),
    every(PROCESSES_MS, async () => void (await end(run.limits.checkProcesses()))),
    every(DISK_MS, async () => {
      const from = performance.now();
      await end(await run.limits.checkDisk());
      return Math.max(DISK_MS, (performance.now() - from) * DISK_SHARE);
    }),
  ]);
  return breach;
}

/** Keeps both streams within their limit, until `stop`. */
function watchOutput(files: JobFiles, { limits }: LaunchRecord) {
  const [stdout, stderr] = [files.stdout, files.stderr].map((file) => {
    const limit = createOutputLimit(file, limits.outputBytes);
    let timer = setTimeout(check, 0);
    function check(): void {
      timer = setTimeout(check, limit.check());
    }
    const stop = () => {
      clearTimeout(timer);
      limit.check();
      return limit.count();
    };
    return { stop };
  });
  return { stop: () => ({ stdout: stdout!.stop(), stderr: stderr!.stop() }) };
}

/** Kills what the program left behind, until it is gone: whoever reads of the end may give the devices away. */
async function clear(processes: JobProcesses): Promise<number> {
  for (;;) {
    const count = await processes.kill(KILL_ROUND_MS);
    if (count !== null) return count;
  }
}

/** Holds this process and all that it starts to a largest size of a file, and to no core dumps. */
function limitFiles(bytes: number): 'kernel' | 'watched' {
  const { status } = spawnSync('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}`, '--core=0'], {
    stdio: 'ignore',
  });
  return status === 0 ? 'kernel' : 'watched';
}

/** When the machine runs out of memory, a training program goes first. */
function sacrifice(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // No Linux, or it is gone.
  }
}

/** Processor time of all children that were waited for, in ms: cutime and cstime of proc_pid_stat(5). */
function childrenMs(): number {
  try {
    const fields = statFields(readFileSync('/proc/self/stat', 'latin1'));
    return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
  } catch {
    return 0;
  }
}
