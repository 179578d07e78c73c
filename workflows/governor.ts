/** The governor: one activity after the other looks and decides; the workflow keeps them going for ever. */
import {
  continueAsNew,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { GovernorActivities } from '../activities/governor.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';
import type { GovernorCycle } from '../contracts/priority.ts';

const { govern } = proxyActivities<GovernorActivities>({
  startToCloseTimeout: '2 hours',
  // So long does nobody govern after its worker has died: shorter than batch trusts what was said last.
  heartbeatTimeout: '5 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '2 seconds' },
  summary: 'look at feeds and machine, hold background work back',
});

const progressQuery = defineQuery<GovernorCycle | null>(PROGRESS_QUERY);

export async function governor(): Promise<void> {
  let last: GovernorCycle | null = null;
  setHandler(progressQuery, () => last);
  setCurrentDetails('Watching feeds and machine; what is held: GET /v1/priority.');
  while (!workflowInfo().continueAsNewSuggested) {
    last = await govern();
    setCurrentDetails(
      `Level **${last.level}**${last.reason === null ? '' : ` (${last.reason})`} when its last ` +
        `${last.looks} looks ended, ${last.failedLooks} of them without the queue of training.`,
    );
  }
  await continueAsNew<typeof governor>();
}
