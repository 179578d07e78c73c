/**
 * The files of a run, in a folder of its own: all that executor and runner know of each other. Each is written whole
 * and appears at once; those that two might write appear once, and the first one counts.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { TainError } from '../../contracts/errors.ts';
import type { ExitCause, JobExit, StopCause } from '../../contracts/job-run.ts';
import type { ProcessIdentity } from '../embedded/process.ts';
import { systemErrorCode } from '../embedded/start-error.ts';
import type { Executor, JobHold, JobLaunch } from './executor.ts';

/** What the runner is told at its start, `launch.json`. */
export type LaunchRecord = JobLaunch & {
  /** Of what kind whoever started it is: no other knows how it stands. */
  readonly executor: Executor['kind'];
  /** The whole environment of the program. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of cgroup v2 below which the run gets its own; null: it is told apart by its environment alone. */
  readonly cgroupParent: string | null;
  readonly nice: number;
};

/** Who runs it, `runner.json`. Written once: a second runner sees it and leaves; so does one that comes too late. */
export type RunnerClaim =
  | (ProcessIdentity & { readonly kind: 'runner' })
  /** A Job or a Workflow of a cluster, by its uid: another one of its name is not it. */
  | { readonly kind: 'job' | 'workflow'; readonly uid: string }
  /** Killed before a runner came. */
  | { readonly kind: 'nobody' };

/** `program.json`, written when the program has been started. */
export type ProgramRecord = ProcessIdentity & { readonly startedAt: string; readonly hold: JobHold };

/** `ask.json`: that the run shall end, and how. `id` tells one ask from the next. */
export type StopAsk = {
  readonly id: string;
  readonly cause: StopCause;
  readonly reason: string;
  readonly noticeMs: number;
  readonly graceMs: number;
  /** At once, with SIGKILL. */
  readonly kill: boolean;
};

/** `pod.json`: the pod of a run, as it was seen last; it may be gone before its end was. */
export type SeenPod = {
  readonly uid: string;
  readonly startedAt: string | null;
  /** Why the cluster took it away, if it did; '' otherwise. */
  readonly disruption: string;
};

/** `copied.json`: how much of the output was copied from a cluster. */
export type CopiedOutput = {
  readonly bytes: number;
  /** The instant of the last line, as its node wrote it, and how many lines had the same; null: none was copied. */
  readonly since: string | null;
  readonly lines: number;
};

export type JobFiles = ReturnType<typeof jobFiles>;

/**
 * Paths and accessors of a run's folder. Absent or unreadable files read as null.
 * @param directory absolute
 */
export function jobFiles(directory: string) {
  const at = (name: string): string => path.join(directory, name);
  return {
    directory,
    /** Its name on this machine, where another instance of Tain may have a run of the same name. */
    key: `${path.basename(directory)}-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`,
    stdout: at('stdout.log'),
    stderr: at('stderr.log'),
    notice: at('notice.json'),
    runnerLog: at('runner.log'),
    readLaunch: () => readJson<LaunchRecord>(at('launch.json')),
    /** @returns false when one was there */
    createLaunch: (launch: LaunchRecord) => createOnce(at('launch.json'), launch),
    readClaim: () => readJson<RunnerClaim>(at('runner.json')),
    claim: (claim: RunnerClaim) => createOnce(at('runner.json'), claim),
    readProgram: () => readJson<ProgramRecord>(at('program.json')),
    writeProgram: (program: ProgramRecord) => replace(at('program.json'), program),
    readAsk: () => readJson<StopAsk>(at('ask.json')),
    writeAsk: (ask: StopAsk) => replace(at('ask.json'), ask),
    readPod: () => readJson<SeenPod>(at('pod.json')),
    writePod: (pod: SeenPod) => replace(at('pod.json'), pod),
    readCopied: () => readJson<CopiedOutput>(at('copied.json')),
    writeCopied: (copied: CopiedOutput) => replace(at('copied.json'), copied),
    readExit: () => readJson<JobExit>(at('exit.json')),
    /** The first one counts: runner and executor may both come to write it. */
    createExit: (exit: JobExit) => createOnce(at('exit.json'), exit),
    /** Sees to it that no runner ever takes this run. */
    forbid: () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      createOnce(at('runner.json'), { kind: 'nobody' } satisfies RunnerClaim);
    },
    /**
     * Removes all but the claim, which keeps whoever comes too late from starting it again. First what it was launched
     * with: without that it reads as absent, as half cleared it must not read as lost.
     */
    clear: () => {
      if (!existsSync(directory)) return;
      rmSync(at('launch.json'), { force: true });
      for (const name of readdirSync(directory))
        if (name !== 'runner.json') rmSync(at(name), { recursive: true, force: true });
    },
  };
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$/;

/**
 * The files of a run by its name, for the executor that started it or may start it.
 * @param directory of the executor
 * @param here its kind
 * @throws TainError job.name-invalid; job.other-executor for a run that another kind has started and not removed
 */
export function runFiles(directory: string, name: string, here: Executor['kind']): JobFiles {
  if (!NAME.test(name)) throw new TainError('job.name-invalid', { name });
  const files = jobFiles(path.resolve(directory, name));
  const started = startedBy(files);
  if (started !== null && started !== here)
    throw new TainError('job.other-executor', { name, started, here });
  return files;
}

const OF_CLAIM = { runner: 'process', job: 'kubernetes-job', workflow: 'argo', nobody: null } as const;

/** By its claim when its launch was recorded before executors noted their kind there. */
function startedBy(files: JobFiles): Executor['kind'] | null {
  const launch: Partial<LaunchRecord> | null = files.readLaunch();
  if (launch === null) return null;
  return launch.executor ?? OF_CLAIM[files.readClaim()?.kind ?? 'nobody'];
}

/**
 * Writes down what a run is started with, unless the same is there.
 * @returns false when it was ended before it began, or removed: it never starts
 * @throws TainError job.launch-differs, job.disk-full
 */
export function recordLaunch(files: JobFiles, record: LaunchRecord): boolean {
  if (files.readClaim() !== null && files.readLaunch() === null) return false;
  try {
    mkdirSync(files.directory, { recursive: true, mode: 0o700 });
    if (files.createLaunch(record)) return true;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOSPC') throw error;
    throw new TainError('job.disk-full', { name: record.name, folder: files.directory }, { cause: error });
  }
  const before = files.readLaunch();
  const same = (of: LaunchRecord | null) =>
    JSON.stringify([of?.command, of?.config, of?.workDir, of?.devices]);
  if (same(before) !== same(record)) throw new TainError('job.launch-differs', { name: record.name });
  return true;
}

/** How a run ended whose end nobody saw, or that never began. */
export function unseenExit(cause: ExitCause, detail: string, program: ProgramRecord | null): JobExit {
  const none = { bytes: 0, dropped: 0 };
  return {
    cause,
    code: null,
    signal: null,
    detail,
    startedAt: program?.startedAt ?? null,
    endedAt: new Date().toISOString(),
    cpuMs: null,
    peakMemoryBytes: null,
    stdout: none,
    stderr: none,
    leftovers: 0,
  };
}

/** What a file says; null: there is none, or it is no JSON. */
export function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Replaces a file with a whole one. */
export function replace(file: string, value: unknown): void {
  const own = writeBeside(file, value);
  renameSync(own, file);
}

function createOnce(file: string, value: unknown): boolean {
  const own = writeBeside(file, value);
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function writeBeside(file: string, value: unknown): string {
  const own = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(own, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600, flush: true });
  return own;
}
