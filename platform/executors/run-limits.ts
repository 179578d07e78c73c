/** Watches what a run takes of the machine, beside what the kernel limits by itself. */
import type { ExitCause } from '../../contracts/job-run.ts';
import { lowerPriority } from '../embedded/host-priority.ts';
import { measureFolder, measureFree } from './disk-use.ts';
import type { LaunchRecord } from './job-files.ts';
import type { JobProcesses } from './job-processes.ts';

export type LimitBreach = {
  readonly cause: Extract<ExitCause, 'memory' | 'disk' | 'disk-full'>;
  readonly detail: string;
};

export type RunLimits = {
  /** Looks at memory, and gives every new process its nice. */
  checkProcesses(): LimitBreach | null;
  /** Looks at the disk; takes as long as the working folder is large. */
  checkDisk(): Promise<LimitBreach | null>;
  readonly peak: { memoryBytes: number; cpuMs: number };
};

/** @param startBytes of the working folder before the start, which count nothing */
export function createRunLimits(
  { limits, workDir, nice }: LaunchRecord,
  processes: JobProcesses,
  startBytes: Promise<number>,
): RunLimits {
  const peak = { memoryBytes: 0, cpuMs: 0 };
  const niced = new Set<string>();
  let lastBytes: number | null = null;
  return {
    peak,
    checkProcesses() {
      const members = processes.members();
      for (const { pid, started } of members) {
        // A session that a process makes for itself has the weight of any other (autogroup).
        if (!niced.has(`${pid} ${started}`)) lowerPriority(pid, nice);
        niced.add(`${pid} ${started}`);
      }
      const { memoryBytes, cpuMs } = processes.usage(members);
      peak.memoryBytes = Math.max(peak.memoryBytes, memoryBytes);
      peak.cpuMs = Math.max(peak.cpuMs, cpuMs);
      if (memoryBytes <= limits.memoryBytes) return null;
      return {
        cause: 'memory',
        detail: `${memoryBytes} bytes of memory in ${members.length} processes, of ${limits.memoryBytes}`,
      };
    },
    async checkDisk() {
      const before = await startBytes;
      const bytes = await measureFolder(workDir);
      const written = bytes - before;
      const grew = bytes > (lastBytes ?? before);
      lastBytes = bytes;
      if (written > limits.diskBytes)
        return { cause: 'disk', detail: `${written} bytes written to WORK_DIR, of ${limits.diskBytes}` };
      // Only who writes is stopped for a full disk.
      const free = grew ? await measureFree(workDir).catch(() => Infinity) : Infinity;
      if (free >= limits.reserveBytes) return null;
      return {
        cause: 'disk-full',
        detail: `${free} bytes are free on its disk, below ${limits.reserveBytes}`,
      };
    },
  };
}
