/** What the gpu role of tests runs with. Without jest, so that a process of its own can use it too. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT_DIR } from '../../platform/config.ts';
import { createProcessExecutor } from '../../platform/executors/process-executor.ts';
import { createGpuMonitor } from '../../platform/gpu-monitor/monitor.ts';

/** Where programs find Node and Tain. */
export const PLACES = { node: process.execPath, root: ROOT_DIR };

/** An executor of a folder: what it starts is not niced, as tests wait for it. */
export const testExecutor = (stateDir: string) =>
  createProcessExecutor({
    directory: path.join(stateDir, 'gpu', 'runs'),
    environment: { PATH: process.env['PATH']!, TAIN_DEVICE_LOCKS: path.join(stateDir, 'locks') },
    cgroupParent: null,
    nice: 0,
  });

/** A machine with nothing to do: tests run beside much else. */
export function idleMonitor(stateDir: string) {
  const proc = path.join(stateDir, 'proc');
  mkdirSync(proc, { recursive: true });
  writeFileSync(path.join(proc, 'stat'), 'cpu  0 0 0 100 0 0 0 0 0 0\n');
  writeFileSync(path.join(proc, 'meminfo'), 'MemTotal: 1000 kB\nMemAvailable: 900 kB\n');
  return createGpuMonitor({ run: async () => null, proc });
}
