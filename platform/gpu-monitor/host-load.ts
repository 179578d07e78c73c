/**
 * How busy the processors and the memory of this machine are, from /proc/stat, /proc/PID/stat and /proc/meminfo. Who has
 * the nice of training yields to everything: what it computes is no reason for others to wait. Swaps are niced less, in
 * part, and count.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { NICE_OF_ROLE } from '../embedded/host-priority.ts';
import { statFields } from '../embedded/proc-stat.ts';

/** Time since boot, in ticks. */
export type CpuTimes = {
  /** Of all cores, at work for who is not niced, and for the kernel. */
  readonly busy: number;
  readonly total: number;
  /** Of each process that is niced less than training; keys name a process once and for all. */
  readonly niced: ReadonlyMap<string, number>;
};

/** Null where there is no such file, or another than proc_stat(5) says. */
export async function readCpuTimes(proc = '/proc'): Promise<CpuTimes | null> {
  const text = await readFile(path.join(proc, 'stat'), 'latin1').catch(() => '');
  const line = /^cpu +(\d[\d ]*)$/m.exec(text)?.[1];
  if (line === undefined) return null;
  // user nice system idle iowait irq softirq steal; guest times stand in user and nice already.
  const times = line.trim().split(/ +/).slice(0, 8).map(Number);
  if (times.length < 4) return null;
  const total = times.reduce((sum, time) => sum + time, 0);
  // Waiting for the disk is not working; what the host took (steal) is not free either.
  return { busy: total - times[1]! - times[3]! - (times[4] ?? 0), total, niced: await readNiced(proc) };
}

/** User time of processes that are niced, and less than training: it stands in `nice` of all cores beside that. */
async function readNiced(proc: string): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  const names = await readdir(proc).catch(() => []);
  for (const pid of names.filter((name) => /^\d+$/.test(name))) {
    // Gone meanwhile, or nobody may look: then it is not counted.
    const stat = await readFile(path.join(proc, pid, 'stat'), 'latin1').catch(() => '');
    const fields = statFields(stat);
    const [ticks, nice, startedAt] = [Number(fields[11]), Number(fields[16]), fields[19]];
    if (nice > 0 && nice < NICE_OF_ROLE['training']!) times.set(`${pid} ${startedAt}`, ticks);
  }
  return times;
}

/** Per cent between two looks, the older one first; null when no time went by. */
export function cpuLoad(before: CpuTimes, after: CpuTimes): number | null {
  const total = after.total - before.total;
  let busy = after.busy - before.busy;
  for (const [process, ticks] of after.niced) busy += ticks - (before.niced.get(process) ?? ticks);
  // The count of idle time may go back a little when a core is taken away.
  return total <= 0 ? null : Math.min(100, Math.max(0, (100 * busy) / total));
}

/** Per cent of memory that is not available (MemAvailable: free, or given back at once); null: unknown. */
export async function readMemoryLoad(file = '/proc/meminfo'): Promise<number | null> {
  const text = await readFile(file, 'latin1').catch(() => '');
  const kilobytes = (name: string): number | null => {
    const match = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text);
    return match ? Number(match[1]) : null;
  };
  const [total, available] = [kilobytes('MemTotal'), kilobytes('MemAvailable')];
  return total === null || available === null || total === 0 ? null : (100 * (total - available)) / total;
}
