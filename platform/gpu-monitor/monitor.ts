/**
 * Looks at this machine for the prolog of a job and for whoever asks how the node is: GPUs by nvidia-smi, processors
 * and memory by /proc. A look is kept for ten seconds at most, and never made twice at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { judgeNode, type NodeAvailability } from '../../domain/gpu-monitor/availability.ts';
import type { GpuProblem, GpuReading, NodeReading } from '../../domain/gpu-monitor/reading.ts';
import { cpuLoad, readCpuTimes, readMemoryLoad, type CpuTimes } from './host-load.ts';
import { LIST_ARGS, parseList, parseQuery, QUERY_ARGS } from './nvidia-smi.ts';
import { parseMigMemory, XML_ARGS } from './nvidia-smi-xml.ts';
import type { RunNvidiaSmi } from './run-nvidia-smi.ts';

export type NodeStatus = {
  /** When it was looked, ISO 8601. */
  readonly at: string;
  readonly reading: NodeReading;
  readonly availability: NodeAvailability;
};

export type GpuMonitor = {
  /** Never fails: what cannot be read is a reason. */
  look(): Promise<NodeStatus>;
};

export type GpuMonitorOptions = {
  readonly run: RunNvidiaSmi;
  /** Milliseconds of a clock that is never set; a test has its own. */
  readonly now?: () => number;
  readonly maxAgeMs?: number;
  /** Where /proc is. */
  readonly proc?: string;
};

const MAX_AGE_MS = 10_000;
/** Between the two looks at the processors, when there is none from before that is younger than the other. */
const [CPU_MS, CPU_MAX_AGE_MS] = [250, 60_000];

export function createGpuMonitor({
  run,
  now = () => performance.now(),
  maxAgeMs = MAX_AGE_MS,
  proc = '/proc',
}: GpuMonitorOptions): GpuMonitor {
  let last: { readonly at: number; readonly status: Promise<NodeStatus> } | null = null;
  let isLooking = false;
  let times: { readonly at: number; readonly times: CpuTimes | null } | null = null;

  const readCpu = async (): Promise<number | null> => {
    if (times === null || now() - times.at > CPU_MAX_AGE_MS) {
      times = { at: now(), times: await readCpuTimes(proc) };
      await sleep(CPU_MS);
    }
    const before = times.times;
    const after = await readCpuTimes(proc);
    times = { at: now(), times: after };
    return before && after && cpuLoad(before, after);
  };

  const lookNow = async (): Promise<NodeStatus> => {
    const at = new Date().toISOString();
    const [cpu, memory, { gpus, problem }] = await Promise.all([
      readCpu(),
      readMemoryLoad(`${proc}/meminfo`),
      readGpus(run),
    ]);
    const reading: NodeReading = { cpu, memory, gpus, problem };
    return { at, reading, availability: judgeNode(reading) };
  };

  return {
    look() {
      // From the beginning of the look: what it saw first is the oldest. One that takes longer is waited for all the same.
      if (last === null || (!isLooking && now() - last.at >= maxAgeMs)) {
        isLooking = true;
        last = { at: now(), status: lookNow().finally(() => (isLooking = false)) };
      }
      return last.status;
    },
  };
}

/** All GPUs with their MIG devices, or why there are none. */
async function readGpus(
  run: RunNvidiaSmi,
): Promise<{ gpus: readonly GpuReading[]; problem: GpuProblem | null }> {
  try {
    const text = await run(QUERY_ARGS);
    if (text === null) return { gpus: [], problem: { kind: 'absent' } };
    const gpus = parseQuery(text);
    if (!gpus.some(({ mig }) => mig === 'enabled')) return { gpus, problem: null };
    const listed = parseList((await run(LIST_ARGS)) ?? '');
    const memory = parseMigMemory((await run(XML_ARGS)) ?? '');
    return { gpus: gpus.map((gpu) => withMig(gpu, listed, memory)), problem: null };
  } catch (error) {
    return { gpus: [], problem: { kind: 'failed', detail: (error as Error).message } };
  }
}

function withMig(
  gpu: GpuReading,
  listed: ReturnType<typeof parseList>,
  memory: ReturnType<typeof parseMigMemory>,
): GpuReading {
  const devices = listed.filter((each) => each.gpu === gpu.index).map(({ device }) => device);
  return {
    ...gpu,
    migDevices: devices.map((device) => {
      const found = memory.find((each) => each.gpu === gpu.index && each.index === device.index);
      return {
        ...device,
        memoryTotalBytes: found?.memoryTotalBytes ?? null,
        memoryFreeBytes: found?.memoryFreeBytes ?? null,
      };
    }),
  };
}
