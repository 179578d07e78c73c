/**
 * Control groups (v2) for runs, where this process may make some: below the cgroup that it is in itself, as systemd
 * hands it over with Delegate=yes. A process cannot leave one by forking, so that freezing and killing reach all of a
 * run at once. Source: kernel.org, admin-guide/cgroup-v2.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../embedded/start-error.ts';
import { readMember, type Member } from './job-members.ts';

/** systemd's DelegateSubgroup: the service's own processes live in it, so that its parent may hold others. */
const OWN_SUBGROUP = 'worker';

/**
 * The cgroup below which runs get theirs, or null: no Linux, no cgroup v2, or nothing that this process may change.
 * @param proc where /proc is, for tests
 */
export function findCgroupParent(proc = '/proc'): string | null {
  try {
    const mounts = readFileSync(`${proc}/self/mounts`, 'utf8');
    const mount = mounts
      .split('\n')
      .map((line) => line.split(' '))
      .find(([, , type]) => type === 'cgroup2')?.[1];
    const own = /^0::(\/.*)$/m.exec(readFileSync(`${proc}/self/cgroup`, 'utf8'))?.[1];
    if (mount === undefined || own === undefined) return null;
    const inside = path.join(mount, own);
    const parent = path.basename(inside) === OWN_SUBGROUP ? path.dirname(inside) : inside;
    const probe = path.join(parent, `tain-probe-${process.pid}`);
    mkdirSync(probe);
    rmdirSync(probe);
    return parent;
  } catch {
    return null;
  }
}

export type JobCgroup = {
  /** Whether the kernel holds the run to its memory. */
  readonly limitsMemory: boolean;
  /** Runs with this process inside of the group, so that children which it starts are born there. */
  inside<Result>(run: () => Result): Result;
  members(): Member[];
  isFrozen(): boolean;
  /** Resolves when all of it stands still, or after `FREEZE_MS`. */
  freeze(): Promise<void>;
  thaw(): void;
  /** SIGKILL for all of it, at once. */
  kill(): void;
  /** Processor time of all that ever was in it, in ms. */
  cpuMs(): number;
  /** Whether the kernel ended one of its processes for want of memory. */
  wasOutOfMemory(): boolean;
  /** False while something is in it. */
  remove(): boolean;
};

const FREEZE_MS = 2000;

const pathOf = (parent: string, key: string): string => path.join(parent, `tain-run-${key}`);

/**
 * Makes the group of a run, or opens the one that is there.
 * @param key of the run (jobFiles)
 * @returns null when it cannot be made
 */
export function createJobCgroup(parent: string, key: string, memoryBytes: number): JobCgroup | null {
  const directory = pathOf(parent, key);
  // Only where this process is in none of the groups above may they hand out controllers; elsewhere it fails.
  write(path.join(parent, 'cgroup.subtree_control'), '+memory');
  try {
    mkdirSync(directory);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') return null;
  }
  write(path.join(directory, 'memory.max'), String(memoryBytes));
  write(path.join(directory, 'memory.swap.max'), '0');
  // One process too large ends the run, not one of its parts.
  write(path.join(directory, 'memory.oom.group'), '1');
  return openJobCgroup(parent, key);
}

/** The group of a run; null when there is none. */
export function openJobCgroup(parent: string, key: string): JobCgroup | null {
  const directory = pathOf(parent, key);
  const at = (file: string): string => path.join(directory, file);
  if (!statSync(at('cgroup.procs'), { throwIfNoEntry: false })) return null;
  const isFrozen = (): boolean => /^frozen 1$/m.test(read(at('cgroup.events')));
  return {
    limitsMemory: /^\d+$/.test(read(at('memory.max')).trim()),
    inside(run) {
      const back = ownGroup(parent);
      writeFileSync(at('cgroup.procs'), String(process.pid));
      try {
        return run();
      } finally {
        writeFileSync(path.join(back, 'cgroup.procs'), String(process.pid));
      }
    },
    members: () =>
      processesIn(directory)
        .map(readMember)
        .filter((member) => member !== null),
    isFrozen,
    async freeze() {
      write(at('cgroup.freeze'), '1');
      const end = performance.now() + FREEZE_MS;
      while (!isFrozen() && performance.now() < end) await sleep(5);
    },
    thaw: () => void write(at('cgroup.freeze'), '0'),
    kill: () => void write(at('cgroup.kill'), '1'),
    cpuMs: () => Number(/^usage_usec (\d+)$/m.exec(read(at('cpu.stat')))?.[1] ?? 0) / 1000,
    wasOutOfMemory: () => /^oom_kill [1-9]/m.test(read(at('memory.events'))),
    remove: () => removeTree(directory),
  };
}

/** Where this process is: its path below the mount point that `parent` is on. */
function ownGroup(parent: string): string {
  const own = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/';
  const mounts = read('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' '));
  const mount = mounts.find(([, , type]) => type === 'cgroup2')?.[1];
  return mount === undefined ? parent : path.join(mount, own);
}

/** In it and in groups that the program made below it. */
function processesIn(directory: string): number[] {
  const own = read(path.join(directory, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return [...own, ...childrenOf(directory).flatMap(processesIn)];
}

function removeTree(directory: string): boolean {
  try {
    for (const child of childrenOf(directory)) removeTree(child);
    rmdirSync(directory);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT';
  }
}

function childrenOf(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(directory, name));
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** False where the kernel has no such file or refuses. */
function write(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}
