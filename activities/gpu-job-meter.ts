/** What a run uses, as rows of gpu_usage_metrics: of its cards by nvidia-smi, of processors and memory by /proc. */
import { log } from '@temporalio/activity';
import { recordUsage, type UsageSample } from '../db/gpu-usage.ts';
import type { GpuMonitor } from '../platform/gpu-monitor/monitor.ts';
import type { Sql } from '../platform/postgres.ts';
import type { RunMeter } from './gpu-job-watch.ts';

const MEBIBYTE = 1024 ** 2;

const inMib = (bytes: number | null): number | null => (bytes === null ? null : Math.round(bytes / MEBIBYTE));

/** @param sql where it is written to */
export function createRunMeter(sql: Sql, monitor: GpuMonitor): RunMeter {
  /** Processor time of each job at its last measurement. */
  const before = new Map<string, { readonly cpuMs: number; readonly atMs: number }>();
  return {
    async measure({ jobId, devices, clockMs }, status) {
      if (status.state !== 'running' && status.state !== 'frozen') {
        before.delete(jobId);
        return;
      }
      const last = before.get(jobId);
      before.set(jobId, { cpuMs: status.cpuMs, atMs: clockMs });
      const cpuPercent =
        last === undefined || clockMs <= last.atMs
          ? null
          : Math.max(0, (100 * (status.cpuMs - last.cpuMs)) / (clockMs - last.atMs));
      const { reading } = await monitor.look();
      const samples = devices.map(({ device, instance }): UsageSample => {
        const card = reading.gpus.find(({ uuid }) => uuid === device);
        return {
          ...{ at: new Date(clockMs).toISOString(), device, instance: instance ?? '', jobId, cpuPercent },
          ...{ gpuPercent: card?.utilisation ?? null, memoryUsedMib: inMib(card?.memoryUsedBytes ?? null) },
          ...{ powerWatts: card?.powerWatts ?? null, temperatureC: card?.temperature ?? null },
          hostMemoryMib: inMib(status.memoryBytes),
        };
      });
      await recordUsage(sql, samples).catch((error: unknown) => {
        log.warn('gpu.not-measured', { jobId, problem: String(error).slice(0, 300) });
      });
    },
  };
}
