/** Processor time of processes, for benchmarks that share a machine on purpose. Linux. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

const TICKS_PER_S = 100;
/** Fields of /proc/stat behind "cpu": user, nice, system, idle, iowait, irq, softirq, steal. */
const IDLE_FIELDS = [3, 4];
const FIELDS = 8;

/** Seconds that a process has used, all of its threads; 0 when it is gone. */
export function secondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
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
