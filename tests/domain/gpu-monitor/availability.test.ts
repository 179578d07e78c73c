import { describe, expect, it } from '@jest/globals';
import { judgeNode } from '../../../domain/gpu-monitor/availability.ts';
import type { GpuReading, MigReading, NodeReading } from '../../../domain/gpu-monitor/reading.ts';

const MEBIBYTE = 1024 ** 2;

const gpu = (changes: Partial<GpuReading> = {}): GpuReading => ({
  index: 0,
  uuid: 'GPU-0',
  name: 'NVIDIA A100-SXM4-40GB',
  driver: '550.54.15',
  busId: null,
  memoryTotalBytes: 40_960 * MEBIBYTE,
  memoryUsedBytes: 0,
  memoryFreeBytes: 40_000 * MEBIBYTE,
  utilisation: 0,
  temperature: 30,
  powerWatts: 50,
  powerLimitWatts: 400,
  mig: 'disabled',
  migDevices: [],
  lost: false,
  ...changes,
});
const part = (free: number | null): MigReading => ({
  index: 0,
  profile: '1g.5gb',
  uuid: 'MIG-0',
  memoryTotalBytes: null,
  memoryFreeBytes: free,
});
const node = (changes: Partial<NodeReading> = {}): NodeReading => ({
  cpu: 10,
  memory: 20,
  gpus: [gpu()],
  problem: null,
  ...changes,
});
const codes = (reading: NodeReading): readonly string[] => {
  const { reasons, gpus } = judgeNode(reading);
  return [...reasons, ...gpus.flatMap((each) => each.reasons)].map(({ code }) => code);
};

describe('a node', () => {
  it.each([
    [{ cpu: 89.9 }, []],
    [{ cpu: 90 }, ['cpu']],
    [{ memory: 84.9 }, []],
    [{ memory: 85 }, ['memory']],
    [{ cpu: 95, memory: 95 }, ['cpu', 'memory']],
    [{ cpu: null, memory: null }, []],
    [{ gpus: [], problem: { kind: 'absent' } }, []],
    [{ gpus: [], problem: { kind: 'failed', detail: 'no driver' } }, ['gpus-unreadable']],
  ] as const)('of %j is held up by %j', (changes, expected) => {
    const reading = node(changes);

    expect(codes(reading)).toEqual(expected);
    expect(judgeNode(reading).available).toBe(expected.length === 0);
  });

  it.each([
    [{ memoryFreeBytes: 201 * MEBIBYTE }, []],
    [{ memoryFreeBytes: 200 * MEBIBYTE }, ['no-gpu-free', 'gpu-memory']],
    [{ utilisation: 79 }, []],
    [{ utilisation: 80 }, ['no-gpu-free', 'gpu-busy']],
    [{ lost: true, utilisation: null, memoryFreeBytes: null }, ['no-gpu-free', 'gpu-lost']],
    [{ utilisation: null, memoryFreeBytes: null }, []],
    [{ mig: 'enabled', memoryFreeBytes: 0, migDevices: [part(0), part(300 * MEBIBYTE)] }, []],
    [{ mig: 'enabled', migDevices: [part(100 * MEBIBYTE)] }, ['no-gpu-free', 'gpu-memory']],
    [{ mig: 'enabled', memoryFreeBytes: 0, migDevices: [part(null)] }, []],
  ] as const)('whose GPU has %j is held up by %j', (changes, expected) => {
    expect(codes(node({ gpus: [gpu(changes)] }))).toEqual(expected);
  });

  it('needs one GPU, not all, and says of each why not', () => {
    const busy = gpu({ uuid: 'GPU-1', utilisation: 99 });
    const { available, gpus } = judgeNode(node({ gpus: [busy, gpu()] }));

    expect(available).toBe(true);
    expect(gpus).toEqual([
      {
        uuid: 'GPU-1',
        available: false,
        reasons: [{ code: 'gpu-busy', gpu: 'GPU-1', found: '99 %', limit: '< 80 %' }],
      },
      { uuid: 'GPU-0', available: true, reasons: [] },
    ]);
  });
});
