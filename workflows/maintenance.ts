/** Housekeeping, started by its Schedule: partitions months ahead, and reports that were kept long enough. */
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

export async function maintenance(): Promise<{ partitions: string[]; reports?: number }> {
  const partitions = await makePartitions();
  const ready = `Partitions ready: ${partitions.join(', ')}.`;
  setCurrentDetails(ready);
  if (!patched('reports-are-removed')) return { partitions };
  const reports = await removeOldReports();
  setCurrentDetails(`${ready} Reports removed: **${reports}**.`);
  return { partitions, reports };
}
