/**
 * Whether a node is well enough to start something. The limits are those of the seed and say nothing about whether a
 * job fits: that is decided from what is allocated. All are strict: a GPU with exactly 200 MB is not free enough.
 */
import type { GpuReading, NodeReading } from './reading.ts';

const MEBIBYTE = 1024 ** 2;

export const NODE_LIMITS = {
  /** More than this has to be free, in bytes: nvidia-smi's MB are MiB. */
  gpuFreeBytes: 200 * MEBIBYTE,
  /** Less than these, in per cent. */
  gpuUtilisation: 80,
  cpu: 90,
  memory: 85,
} as const;

export type UnavailableReason = {
  readonly code:
    'gpu-memory' | 'gpu-busy' | 'gpu-lost' | 'gpus-unreadable' | 'no-gpu-free' | 'cpu' | 'memory';
  /** UUID of the GPU, when it is about one. */
  readonly gpu: string | null;
  readonly found: string;
  readonly limit: string;
};

export type GpuAvailability = {
  readonly uuid: string;
  readonly available: boolean;
  readonly reasons: readonly UnavailableReason[];
};

export type NodeAvailability = {
  readonly available: boolean;
  /** Of the node as a whole. */
  readonly reasons: readonly UnavailableReason[];
  readonly gpus: readonly GpuAvailability[];
};

/**
 * Judges a reading. What the system does not say holds nothing up. A node with GPUs needs one that is available; one
 * without (`absent`) is judged by processors and memory alone.
 */
export function judgeNode({ cpu, memory, gpus, problem }: NodeReading): NodeAvailability {
  const judged = gpus.map(judgeGpu);
  const reasons: UnavailableReason[] = [];
  const add = (code: UnavailableReason['code'], found: string, limit: string): void =>
    void reasons.push({ code, gpu: null, found, limit });
  if (problem?.kind === 'failed') add('gpus-unreadable', problem.detail, '');
  if (cpu !== null && !(cpu < NODE_LIMITS.cpu)) add('cpu', percent(cpu), `< ${NODE_LIMITS.cpu} %`);
  if (memory !== null && !(memory < NODE_LIMITS.memory))
    add('memory', percent(memory), `< ${NODE_LIMITS.memory} %`);
  if (judged.length > 0 && judged.every(({ available }) => !available)) add('no-gpu-free', '0', '≥ 1');
  return { available: reasons.length === 0, reasons, gpus: judged };
}

function judgeGpu(gpu: GpuReading): GpuAvailability {
  const reasons: UnavailableReason[] = [];
  const add = (code: UnavailableReason['code'], found: string, limit: string): void =>
    void reasons.push({ code, gpu: gpu.uuid, found, limit });
  if (gpu.lost) add('gpu-lost', '', '');
  const free = freeBytes(gpu);
  if (free !== null && !(free > NODE_LIMITS.gpuFreeBytes))
    add('gpu-memory', megabytes(free), `> ${megabytes(NODE_LIMITS.gpuFreeBytes)}`);
  if (gpu.utilisation !== null && !(gpu.utilisation < NODE_LIMITS.gpuUtilisation))
    add('gpu-busy', percent(gpu.utilisation), `< ${NODE_LIMITS.gpuUtilisation} %`);
  return { uuid: gpu.uuid, available: reasons.length === 0, reasons };
}

/** Of a divided card, that of its emptiest part: the card's own figure says nothing about any of them. */
function freeBytes({ mig, migDevices, memoryFreeBytes }: GpuReading): number | null {
  if (mig !== 'enabled') return memoryFreeBytes;
  const parts = migDevices.map((device) => device.memoryFreeBytes).filter((bytes) => bytes !== null);
  return parts.length === 0 ? null : Math.max(...parts);
}

const percent = (value: number): string => `${Math.round(value * 10) / 10} %`;
const megabytes = (bytes: number): string => `${Math.round(bytes / MEBIBYTE)} MB`;
