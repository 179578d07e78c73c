/** Opens the business dates that are due, started by its Schedule. */
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { DayOpenerActivities } from '../activities/day-opener.ts';
import type { OpenedDays } from '../contracts/cftc-day.ts';

const { openDays } = proxyActivities<DayOpenerActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumInterval: '1 minute' },
  summary: 'open business dates that are due',
});

export async function dayOpener(): Promise<OpenedDays> {
  const opened = await openDays();
  setCurrentDetails(opened.dates.length === 0 ? 'No date was due.' : `Opened ${opened.dates.join(', ')}.`);
  return opened;
}
