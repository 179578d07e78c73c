/** Housekeeping, started by its Schedule: partitions months ahead, what GPUs used, and reports that were kept long enough. */
import { patched, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../activities/maintenance.ts';

const { makePartitions } = proxyActivities<MaintenanceActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumInterval: '1 minute' },
  summary: 'make partitions ahead',
});

const { removeOldReports } = proxyActivities<MaintenanceActivities>({
  startToCloseTimeout: '10 minutes',
  retry: { maximumInterval: '1 minute' },
  summary: 'remove reports that were kept long enough',
});

const { keepGpuUsage } = proxyActivities<MaintenanceActivities>({
  startToCloseTimeout: '10 minutes',
  retry: { maximumInterval: '1 minute' },
  summary: 'sum up what GPUs used, drop what was kept long enough',
});

type Kept = { partitions: string[]; reports?: number; gpuMonthsDropped?: number };

export async function maintenance(): Promise<Kept> {
  const partitions = await makePartitions();
  const ready = `Partitions ready: ${partitions.join(', ')}.`;
  setCurrentDetails(ready);
  if (!patched('reports-are-removed')) return { partitions };
  const reports = await removeOldReports();
  setCurrentDetails(`${ready} Reports removed: **${reports}**.`);
  if (!patched('gpu-use-is-summed-up')) return { partitions, reports };
  const gpuMonthsDropped = await keepGpuUsage();
  return { partitions, reports, gpuMonthsDropped };
}
