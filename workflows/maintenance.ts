/** Housekeeping, started by its Schedule: partitions months ahead. */
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../activities/maintenance.ts';

const { makePartitions } = proxyActivities<MaintenanceActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumInterval: '1 minute' },
  summary: 'make partitions ahead',
});

export async function maintenance(): Promise<{ partitions: string[] }> {
  const partitions = await makePartitions();
  setCurrentDetails(`Partitions ready: ${partitions.join(', ')}.`);
  return { partitions };
}
