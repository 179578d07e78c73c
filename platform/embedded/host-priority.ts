/**
 * How much the kernel prefers one process of ours to another. Nice alone is not enough twice over: on Linux it belongs
 * to a thread, not to a process, and between sessions it does not count at all where the kernel groups by session
 * (autogroup), as each of our detached children is one of its own.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { statFields } from './proc-stat.ts';
import { systemErrorCode } from './start-error.ts';

/** Nice by the name of a process, 0 for any other: engines, realtime and the API. Source: measured, see decision 29. */
export const NICE_OF_ROLE: Readonly<Record<string, number>> = {
  'on-demand': 5,
  gpu: 10,
  batch: 15,
  training: 19,
};

/** Threads that a starting program made meanwhile, and a kernel that takes ten changes of autogroups a second. */
const AGAIN_MS = [100, 1000];
const MAX_ROUNDS = 10;

/**
 * Gives a child that was just started its nice, all of its threads, and its session too. Threads that it makes later
 * inherit it. What the system does not know or does not allow is left as it is: the child runs all the same.
 * @param pid leader of its own session
 */
export function lowerPriority(pid: number, nice: number): void {
  applyNice(pid, nice);
  for (const ms of AGAIN_MS) setTimeout(() => applyNice(pid, nice), ms).unref();
}

function applyNice(pid: number, nice: number): void {
  // Until a round finds nothing to do: a thread that was made meanwhile may have the nice of before.
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const set = threadsOf(pid).filter((thread) => setNice(thread, nice));
    if (set.length === 0) break;
  }
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // No Linux, no autogroups, or the child is gone.
  }
}

/** Threads of a process; where they have no nice of their own, the process. */
function threadsOf(pid: number): number[] {
  if (process.platform !== 'linux') return [pid];
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** @returns whether something was changed */
function setNice(thread: number, nice: number): boolean {
  try {
    // Only ever down: who is niced already, with all of Tain, stays where it is.
    if (os.getPriority(thread) >= nice) return false;
    os.setPriority(thread, nice);
    return true;
  } catch (error) {
    // It has ended meanwhile, or the system forbids it.
    if (!['ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error))) throw error;
    return false;
  }
}

/** os.setPriority wraps the system's error. */
const codeOf = (error: unknown): string =>
  (error as { info?: { code?: string } }).info?.code ?? systemErrorCode(error) ?? '';

/** Nice of every thread of a process, and of its session (null where there are no autogroups). For tests and people. */
export function readNice(pid: number): {
  readonly threads: readonly number[];
  readonly session: number | null;
} {
  const threads = threadsOf(pid).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    // Nice is field 19.
    return Number(statFields(stat)[16]);
  });
  let session: number | null = null;
  try {
    session = Number(/nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, 'latin1'))?.[1] ?? NaN);
  } catch {
    // As said.
  }
  return { threads, session };
}
