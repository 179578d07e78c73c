/** Runs of programs by the process executor, in a folder of their own; nothing of them is left behind. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { findCgroupParent } from '../../platform/executors/job-cgroup.ts';
import type { Executor, JobLaunch, JobLimits, JobStatus } from '../../platform/executors/executor.ts';
import { createProcessExecutor } from '../../platform/executors/process-executor.ts';
import { until } from './until.ts';

export const MEGABYTE = 1024 ** 2;

const LIMITS: JobLimits = {
  cpuMillis: 1000,
  memoryBytes: 1024 * MEGABYTE,
  diskBytes: 1024 * MEGABYTE,
  outputBytes: 4 * MEGABYTE,
  reserveBytes: 0,
};

/** How the processes of a run are held together here: by a cgroup, where one can be made, and by their environment. */
export const HOLDS: readonly (readonly [string, string | null])[] = [
  ['told apart by their environment', null],
  ...(findCgroupParent() === null ? [] : [['held by a cgroup', findCgroupParent()] as const]),
];

if (HOLDS.length === 1)
  process.stderr.write('SKIPPED: no cgroup v2 can be made here, so runs are tested without them.\n');

/**
 * Runs as processes of this machine.
 * @param cgroupParent as createProcessExecutor takes it
 * @param nice none, as tests may run beside much else and wait for what they start
 */
export const useRuns = (cgroupParent: string | null = null, nice = 0): TestRuns =>
  useRunsOf((dir) =>
    createProcessExecutor({
      directory: path.join(dir, 'runs'),
      environment: environmentIn(dir),
      cgroupParent,
      nice,
    }),
  );

/** What programs of a test find in their environment. */
export const environmentIn = (dir: string): Record<string, string> => ({
  PATH: process.env['PATH']!,
  TAIN_DEVICE_LOCKS: path.join(dir, 'locks'),
});

export type TestRuns = ReturnType<typeof useRunsOf>;

/** @param make an executor for the folder of a test, a new one for each call, as each may come from another worker */
export function useRunsOf(make: (dir: string) => Executor) {
  let dir = '';
  let started: string[] = [];
  const executor = (): Executor => make(dir);
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'tain-runs-'));
    started = [];
    mkdirSync(path.join(dir, 'work'));
    writeFileSync(path.join(dir, 'config.json'), '{}');
  });
  afterEach(async () => {
    for (const name of started) await executor().kill(name, 'cancelled');
    for (const name of started) await executor().remove(name);
    rmSync(dir, { recursive: true, force: true });
  });
  const launchOf = (name: string, command: readonly string[], changes: LaunchChanges = {}): JobLaunch => {
    started.push(name);
    const { limits, ...others } = changes;
    return {
      name,
      command,
      config: path.join(dir, 'config.json'),
      workDir: path.join(dir, 'work'),
      devices: [],
      limits: { ...LIMITS, ...limits },
      ...others,
    };
  };
  return {
    executor,
    launchOf,
    /** A launch of a shell script; only tests ask a shell. */
    script: (name: string, text: string, changes?: LaunchChanges): JobLaunch =>
      launchOf(name, ['/bin/sh', '-c', text], changes),
    /** A path in the folder of the test. */
    at: (...parts: string[]): string => path.join(dir, ...parts),
    /** A path in the working folder. */
    work: (...parts: string[]): string => path.join(dir, 'work', ...parts),
    output: (name: string, file = 'stdout.log'): string =>
      readFileSync(path.join(dir, 'runs', name, file), 'utf8'),
    /** How a run ended; waits for it. */
    async end(name: string) {
      return exitOf(await executor().attach(name, AbortSignal.timeout(40_000)));
    },
  };
}

type LaunchChanges = Partial<Omit<JobLaunch, 'limits'>> & { readonly limits?: Partial<JobLimits> };

/** @throws Error when the run has not ended */
export function exitOf(status: JobStatus) {
  if (status.state !== 'ended') throw new Error(`The run is ${status.state}.`);
  return status.exit;
}

/** @throws Error when the run does not run on this machine */
export function runningOf(status: JobStatus) {
  if (status.state !== 'running' && status.state !== 'frozen') throw new Error(`The run is ${status.state}.`);
  if (status.local === null) throw new Error('It runs somewhere else.');
  return status.local;
}

/** What `look` finds, once it finds something. */
export const eventually = <Found>(look: () => Found | Promise<Found>): Promise<Exclude<Found, false>> =>
  until(async () => {
    const found = await look();
    if (found === false) throw new Error('It did not come.');
    return found as Exclude<Found, false>;
  });
