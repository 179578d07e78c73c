/** The watch over what needs a person: one activity after the other looks; the workflow keeps them going for ever. */
import {
  continueAsNew,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ExceptionWatchActivities } from '../activities/exception-watch.ts';
import type { WatchCycle } from '../contracts/exception-watch.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';
import { PRIORITY } from '../contracts/queues.ts';

const { watchExceptions } = proxyActivities<ExceptionWatchActivities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
  priority: { priorityKey: PRIORITY.day },
  summary: 'look for what needs a person, tell of what came and went',
});

const progressQuery = defineQuery<WatchCycle | null>(PROGRESS_QUERY);

export async function exceptionWatch(): Promise<void> {
  let last: WatchCycle | null = null;
  setHandler(progressQuery, () => last);
  setCurrentDetails('Watching; what needs a person: GET /v1/exceptions.');
  while (!workflowInfo().continueAsNewSuggested) {
    last = await watchExceptions();
    setCurrentDetails(
      `**${last.present}** causes needed a person at the last look; ${last.alerts} alerts sent, ` +
        `${last.failedAlerts} tries failed.`,
    );
  }
  await continueAsNew<typeof exceptionWatch>();
}
