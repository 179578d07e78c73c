/** What waits on this machine (PSI), where the kernel tells. */
import { readFile } from 'node:fs/promises';
import type { Pressure } from '../domain/governor/observation.ts';

/** Of the whole machine. A container that sees its own group alone has /sys/fs/cgroup/*.pressure instead. */
const PLACES = [
  (what: string) => `/proc/pressure/${what}`,
  (what: string) => `/sys/fs/cgroup/${what}.pressure`,
] as const;

/** Shares of the last ten seconds in per cent; null where there is no PSI (other systems, old kernels, psi=0). */
export async function readPressure(
  places: readonly ((what: string) => string)[] = PLACES,
): Promise<Pressure | null> {
  for (const place of places) {
    const [cpu, io, memory] = await Promise.all(
      ['cpu', 'io', 'memory'].map((what) => readShares(place(what))),
    );
    if (cpu && io && memory)
      return {
        cpuSome: cpu.some,
        ioSome: io.some,
        ioFull: io.full,
        memorySome: memory.some,
        memoryFull: memory.full,
      };
  }
  return null;
}

/** The avg10 of "some" and, where there is one, "full". */
async function readShares(file: string): Promise<{ some: number; full: number } | null> {
  const text = await readFile(file, 'latin1').catch(() => '');
  const share = (kind: string): number | null => {
    const match = new RegExp(`^${kind} avg10=([0-9.]+) `, 'm').exec(text);
    return match ? Number(match[1]) : null;
  };
  const some = share('some');
  return some === null ? null : { some, full: share('full') ?? 0 };
}
