/** Processor time of processes, for benchmarks that share a machine on purpose. Linux. */
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { statFields } from '../../platform/embedded/proc-stat.ts';

const TICKS_PER_S = 100;
/** Fields of /proc/stat behind "cpu": user, nice, system, idle, iowait, irq, softirq, steal. */
const IDLE_FIELDS = [3, 4];
const FIELDS = 8;

/**
 * Seconds that a process has used, all of its threads; 0 when it is gone.
 * @param withEnded and its children that have ended
 */
export function secondsOf(pid: number, withEnded = false): number {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const used = fields.slice(11, withEnded ? 15 : 13).map(Number);
    return used.reduce((sum, ticks) => sum + ticks, 0) / TICKS_PER_S;
  } catch {
    return 0;
  }
}

/** Seconds that a process and its children have used, those that are gone too. */
export function secondsOfFamily(pid: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return children.reduce((sum, child) => sum + secondsOf(Number(child)), secondsOf(pid, true));
}

function parentOf(pid: string): number {
  try {
    return Number(statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'))[1]);
  } catch {
    return 0;
  }
}

/** Seconds that all cores together were busy since the machine started. */
export function busySeconds(): number {
  const [line] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  const fields = line!
    .trim()
    .split(/\s+/)
    .slice(1, 1 + FIELDS)
    .map(Number);
  return fields.reduce((sum, ticks, at) => sum + (IDLE_FIELDS.includes(at) ? 0 : ticks), 0) / TICKS_PER_S;
}

export const CORES = os.availableParallelism();
