/**
 * What runs and cards use, as rows of gpu_usage_metrics: cards by nvidia-smi, processors and memory of a run by /proc. Cards are
 * measured whatever runs on them, so that power of hours in which nothing runs is known too, and counted once where several share.
 */
import { log } from '@temporalio/activity';
import { recordUsage, type UsageSample } from '../db/gpu-usage.ts';
import type { GpuMonitor, NodeStatus } from '../platform/gpu-monitor/monitor.ts';
import type { Sql } from '../platform/postgres.ts';
import type { RunMeter } from './gpu-job-watch.ts';

const MEBIBYTE = 1024 ** 2;

const CARD_PERIOD_MS = 30_000;

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
      // Nobody here sees what runs on another machine.
      if (status.local === null) return;
      const { cpuMs, memoryBytes } = status.local;
      const last = before.get(jobId);
      before.set(jobId, { cpuMs, atMs: clockMs });
      const cpuPercent =
        last === undefined || clockMs <= last.atMs
          ? null
          : Math.max(0, (100 * (cpuMs - last.cpuMs)) / (clockMs - last.atMs));
      const { reading } = await monitor.look();
      const samples = devices.map(({ device, instance }): UsageSample => {
        const card = reading.gpus.find(({ uuid }) => uuid === device);
        return {
          ...{ at: new Date(clockMs).toISOString(), device, instance: instance ?? '', jobId, cpuPercent },
          ...readingOf(card),
          hostMemoryMib: inMib(memoryBytes),
        };
      });
      await recordUsage(sql, samples).catch((error: unknown) => {
        log.warn('gpu.not-measured', { jobId, problem: String(error).slice(0, 300) });
      });
    },
  };
}

/**
 * Measures the whole cards of this machine, at most every 30 s however often it is asked. What cannot be written down is
 * logged and missing: planning does not wait for it.
 * @param sql where it is written to
 */
export function createCardMeter(sql: Sql, monitor: GpuMonitor): () => Promise<void> {
  let dueTick = 0;
  return async () => {
    if (performance.now() < dueTick) return;
    dueTick = performance.now() + CARD_PERIOD_MS;
    const { at, reading } = await monitor.look();
    const samples = reading.gpus.map((card): UsageSample => ({
      ...{ at, device: card.uuid, instance: '', jobId: '', cpuPercent: null, hostMemoryMib: null },
      ...readingOf(card),
    }));
    await recordUsage(sql, samples).catch((error: unknown) => {
      log.warn('gpu.cards-not-measured', { problem: String(error).slice(0, 300) });
    });
  };
}

type Card = NodeStatus['reading']['gpus'][number];

const readingOf = (card: Card | undefined) => ({
  ...{ gpuPercent: card?.utilisation ?? null, memoryUsedMib: inMib(card?.memoryUsedBytes ?? null) },
  ...{ powerWatts: card?.powerWatts ?? null, temperatureC: card?.temperature ?? null },
});
