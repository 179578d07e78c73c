/**
 * Child processes that stand on their own. Each gets its own process group, so that Ctrl-C in a terminal reaches
 * only the supervisor, which then stops everything in order, and writes to a log file instead of a pipe, so that it
 * survives the supervisor's death without blocking. A process is named by pid AND start token: pids are reused.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lowerPriority } from './host-priority.ts';
import { statFields } from './proc-stat.ts';
import { directoryError, StartError, systemErrorCode } from './start-error.ts';

export type ProcessExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Names one process for ever: its pid and its start token. */
export type ProcessIdentity = { readonly pid: number; readonly started: string };

export type RunningProcess = ProcessIdentity & {
  readonly name: string;
  readonly exited: Promise<ProcessExit>;
  /** Sends `signal`, waits `graceMs`, then kills the whole process group. Resolves when the process is gone. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<void>;
  /** The last lines that this process wrote, at most `count`; nothing of earlier processes in the same log. */
  lastLogLines(count: number): string[];
};

/** A server that is ready, with everything needed to stop it properly, now or after the supervisor's death. */
export type RunningEngine = ProcessIdentity & {
  readonly name: string;
  readonly exited: Promise<ProcessExit>;
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
  stop(): Promise<void>;
};

export type EngineSpec = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; unset inherits. */
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** File that stdout and stderr are appended to. */
  readonly log: string;
  readonly cwd?: string;
  /** How far it stands back behind other processes, 0 to 19; unset inherits. */
  readonly nice?: number;
};

/** A log above this size is set aside as `<log>.1` before the next process appends to it. */
const LOG_MAX_BYTES = 64 * 1024 ** 2;
const TAIL_BYTES = 64 * 1024;

/**
 * Starts a program in its own process group, its output appended to a log file.
 * @throws StartError when the program cannot be executed or the log not be written
 */
export function spawnEngine(spec: EngineSpec): RunningProcess {
  const { name, command, log } = spec;
  const fd = openLog(log);
  const from = fstatSync(fd).size;
  const child = spawn(command, [...spec.args], {
    detached: true,
    stdio: ['ignore', fd, fd],
    ...(spec.env && { env: spec.env }),
    ...(spec.cwd && { cwd: spec.cwd }),
    ...(spec.uid !== undefined && { uid: spec.uid }),
    ...(spec.gid !== undefined && { gid: spec.gid }),
  });
  closeSync(fd);
  const exited = exitOf(child);
  const { pid } = child;
  if (pid === undefined) {
    throw new StartError(
      `${name} cannot be started: ${command} cannot be executed.`,
      executableHelp(command),
    );
  }
  if (spec.nice) lowerPriority(pid, spec.nice);
  // A child that is gone already is still a zombie of ours here, without a readable start time.
  const started = identifyProcess(pid) ?? 'gone';
  return {
    name,
    pid,
    started,
    exited,
    stop: (signal, graceMs) => stopGroup(pid, exited, signal, graceMs),
    lastLogLines: (count) => readTail(log, from).slice(-count),
  };
}

/** A process together with the way it is stopped: what supervision and `record` want. */
export function withStop(child: RunningProcess, stopSignal: NodeJS.Signals, graceMs: number): RunningEngine {
  const { name, pid, started, exited } = child;
  return { name, pid, started, exited, stopSignal, graceMs, stop: () => child.stop(stopSignal, graceMs) };
}

function openLog(log: string): number {
  const directory = path.dirname(log);
  try {
    mkdirSync(directory, { recursive: true });
    const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LOG_MAX_BYTES) renameSync(log, `${log}.1`);
    return openSync(log, 'a', 0o600);
  } catch (error) {
    throw directoryError(directory, error) ?? error;
  }
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', () => {
      if (child.pid === undefined) resolve({ code: 127, signal: null });
    });
  });
}

function executableHelp(command: string): string {
  return statSync(command, { throwIfNoEntry: false })
    ? `Check that ${command} is executable here and was made for this machine.`
    : `Check that ${command} exists and can be reached by the user that runs it.`;
}

async function stopGroup(pid: number, exited: Promise<ProcessExit>, signal: NodeJS.Signals, graceMs: number) {
  if (await exitsWithin(exited, 0)) return; // its pid may be another program's by now
  sendSignal(pid, signal);
  if (await exitsWithin(exited, graceMs)) return;
  sendSignal(-pid, 'SIGKILL');
  await exited;
}

/** Whether the process ends within `ms` milliseconds. */
export async function exitsWithin(exited: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const ended = await Promise.race([exited.then(() => true), timeout]);
  timer.abort();
  return ended;
}

/** Sends a signal; false when there is no such process (or group, for a negative id) any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (systemErrorCode(error) !== 'EPERM') return false;
    throw new StartError(
      `Process ${Math.abs(pid)}, left by an earlier start of Tain, belongs to another user.`,
      `Stop it as that user, or as root: kill ${Math.abs(pid)}`,
    );
  }
}

function readTail(log: string, from: number): string[] {
  try {
    const fd = openSync(log, 'r');
    try {
      const { size } = fstatSync(fd);
      const start = Math.max(size - TAIL_BYTES, from <= size ? from : 0);
      const bytes = Buffer.alloc(size - start);
      readSync(fd, bytes, 0, bytes.length, start);
      return bytes.toString('utf8').split('\n').filter(Boolean);
    } finally {
      closeSync(fd);
    }
  } catch {
    return []; // only ever part of an error message
  }
}

let bootId: string | undefined;

/**
 * The start token of a living process, which no later process with the same pid shares; null when there is none.
 * A zombie counts as gone: it holds nothing any more, and in a container without an init nobody ever reaps it.
 * `unknown` when the process lives but does not show its start time (hidepid, another user).
 */
export function identifyProcess(pid: number): string | null {
  if (process.platform !== 'linux') return identifyWithPs(pid);
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return exists(pid) ? 'unknown' : null;
  }
  // Start time is field 22, in ticks since boot.
  const fields = statFields(stat);
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return `${bootToken()}:${fields[19]}`;
}

/** Names the boot of this machine (Linux): the start time of a process counts from it. */
export function bootToken(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return bootId;
}

function identifyWithPs(pid: number): string | null {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  const [, state, started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout ?? '') ?? [];
  if (state === undefined || started === undefined) return exists(pid) ? 'unknown' : null;
  return state.startsWith('Z') ? null : started;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/** Whether exactly this process still lives. One that hides its start time counts as living. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  const now = identifyProcess(pid);
  return now !== null && (now === started || now === 'unknown' || started === 'unknown');
}

/**
 * Stops a process that is not our child: a signal, up to `graceMs` for it to end, then SIGKILL for its group.
 * @returns whether it was running
 * @throws StartError when it belongs to another user
 */
export async function stopOrphan(
  orphan: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<boolean> {
  if (!isAlive(orphan)) return false;
  sendSignal(orphan.pid, signal);
  if (await goneWithin(orphan, graceMs)) return true;
  if (!sendSignal(-orphan.pid, 'SIGKILL')) sendSignal(orphan.pid, 'SIGKILL');
  await goneWithin(orphan, 10_000);
  return true;
}

/** Whether the process is gone within `ms` milliseconds. */
export async function goneWithin(orphan: ProcessIdentity, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (isAlive(orphan)) {
    if (Date.now() >= end) return false;
    await sleep(20);
  }
  return true;
}
