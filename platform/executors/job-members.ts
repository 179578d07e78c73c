/**
 * Which processes belong to a run, where no cgroup holds them: those that carry its key in their environment, which
 * every child inherits, whatever session it makes for itself; and all children of those, also with another
 * environment. A process that cleared its environment and whose parent died is found as long as one look saw it as a
 * child before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { PROGRAM_VARIABLES } from '../../contracts/job-run.ts';
import { statFields } from '../embedded/proc-stat.ts';
import { bootToken, type ProcessIdentity } from '../embedded/process.ts';

export type Member = ProcessIdentity & {
  /** Stopped by a signal, or about to be before it does anything more. */
  readonly stopped: boolean;
};

type ProcessRow = Member & { readonly parent: number };

export type MemberFinder = {
  /** The living processes of the run now. */
  find(): Member[];
};

/**
 * @param key of the run, as its environment says it
 * @param root the program, when it is known; its children count whatever their environment is
 */
export function createMemberFinder(key: string, root: ProcessIdentity | null): MemberFinder {
  const marker = `${PROGRAM_VARIABLES.run}=${key}`;
  /** By identity: a process that was once seen as a member stays one, and one without the marker never gets it. */
  let known = new Map<string, boolean>(root ? [[keyOf(root), true]] : []);
  return {
    find() {
      const rows = readProcesses();
      const members = new Map<number, boolean>();
      const isMember = (row: ProcessRow, depth = 0): boolean => {
        const found = members.get(row.pid);
        if (found !== undefined) return found;
        const before = known.get(keyOf(row));
        const parent = rows.get(row.parent);
        const is =
          before === true ||
          (before === undefined && row.pid !== process.pid && hasVariable(row.pid, marker)) ||
          (parent !== undefined && depth < MAX_DEPTH && isMember(parent, depth + 1));
        members.set(row.pid, is);
        return is;
      };
      const found = [...rows.values()].filter((row) => isMember(row));
      known = new Map([...rows.values()].map((row) => [keyOf(row), members.get(row.pid) === true]));
      return found;
    },
  };
}

/** A chain of parents that is longer was read while it changed. */
const MAX_DEPTH = 10_000;

const keyOf = ({ pid, started }: ProcessIdentity): string => `${pid} ${started}`;

/** All living processes by pid; zombies hold nothing and are none. */
function readProcesses(): Map<number, ProcessRow> {
  const rows = new Map<number, ProcessRow>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const row = readMember(Number(entry));
    if (row) rows.set(row.pid, row);
  }
  return rows;
}

/** One process as /proc shows it; null when it is gone, or a zombie. */
export function readMember(pid: number): ProcessRow | null {
  try {
    // Start time is field 22.
    const fields = statOf(`/proc/${pid}`);
    const state = fields[0]!;
    if (state === 'Z' || state === 'X') return null;
    return {
      pid,
      started: `${bootToken()}:${fields[19]}`,
      stopped: state === 'T' || state === 't' || (state === 'D' && isToStop(pid)),
      parent: Number(fields[1]),
    };
  } catch {
    return null;
  }
}

/** SIGSTOP, signal 19, in the sets of proc_pid_status(5). */
const STOP_PENDING = 1n << 18n;

/**
 * Whether a process that waits within the kernel stops before it goes on: one that began a program by vfork(2) waits
 * until that has begun, and when both are stopped meanwhile that is not before they are continued. Its other threads,
 * if it has any, learn of the stop from the one that waits, and run until then.
 */
function isToStop(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const pending = /^ShdPnd:\s+([0-9a-f]+)$/m.exec(status)?.[1];
  if (pending === undefined || (BigInt(`0x${pending}`) & STOP_PENDING) === 0n) return false;
  return readdirSync(`/proc/${pid}/task`).every((thread) =>
    'DTt'.includes(statOf(`/proc/${pid}/task/${thread}`)[0]!),
  );
}

/** @param folder of a process or of one of its threads */
const statOf = (folder: string): string[] => statFields(readFileSync(`${folder}/stat`, 'latin1'));

function hasVariable(pid: number, marker: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(marker);
  } catch {
    return false; // gone, or another user's: none of ours
  }
}

/** What processes use: memory in bytes, processor time of those that live in ms. */
export type Usage = { readonly memoryBytes: number; readonly cpuMs: number };

/** The kernel's unit in /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on. */
export const TICK_MS = 10;

/**
 * Sums what processes use. Pages that several share (code, shared memory) count once, for the one that has most of
 * them: they cannot be told apart without walking every page.
 */
export function measureUsage(members: readonly ProcessIdentity[]): Usage {
  let own = 0;
  let shared = 0;
  let ticks = 0;
  for (const { pid } of members) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      const kilobytes = (kind: string): number =>
        Number(new RegExp(`^${kind}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
      own += kilobytes('RssAnon') * 1024;
      shared = Math.max(shared, (kilobytes('RssFile') + kilobytes('RssShmem')) * 1024);
      const fields = statOf(`/proc/${pid}`);
      // utime, stime, and those of children that were waited for.
      for (const field of [11, 12, 13, 14]) ticks += Number(fields[field]);
    } catch {
      // Gone meanwhile.
    }
  }
  return { memoryBytes: own + shared, cpuMs: ticks * TICK_MS };
}
