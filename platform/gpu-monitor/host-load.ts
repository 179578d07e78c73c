/** How busy the processors and the memory of this machine are, from /proc/stat and /proc/meminfo. */
import { readFile } from 'node:fs/promises';

/** Time of all cores since boot, in ticks. */
export type CpuTimes = { readonly busy: number; readonly total: number };

/** Null where there is no such file, or another than proc_stat(5) says. */
export async function readCpuTimes(file = '/proc/stat'): Promise<CpuTimes | null> {
  const line = /^cpu +(\d[\d ]*)$/m.exec(await readFile(file, 'latin1').catch(() => ''))?.[1];
  if (line === undefined) return null;
  // user nice system idle iowait irq softirq steal; guest times stand in user and nice already.
  const times = line.trim().split(/ +/).slice(0, 8).map(Number);
  if (times.length < 4) return null;
  const total = times.reduce((sum, time) => sum + time, 0);
  // Waiting for the disk is not working; what the host took (steal) is not free either.
  return { busy: total - times[3]! - (times[4] ?? 0), total };
}

/** Per cent between two looks, the older one first; null when no time went by. */
export function cpuLoad(before: CpuTimes, after: CpuTimes): number | null {
  const total = after.total - before.total;
  // The count of idle time may go back a little when a core is taken away.
  return total <= 0 ? null : Math.min(100, Math.max(0, (100 * (after.busy - before.busy)) / total));
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
