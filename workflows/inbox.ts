/** The inbox: one activity after the other watches the folders; the workflow keeps them going for ever. */
import {
  continueAsNew,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { InboxActivities } from '../activities/inbox.ts';
import type { InboxCycle } from '../contracts/inbox.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';

const { watchInbox } = proxyActivities<InboxActivities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '2 seconds' },
  summary: 'list the folders, take settled files, start their ingest',
});

const progressQuery = defineQuery<InboxCycle | null>(PROGRESS_QUERY);

export async function inbox(): Promise<void> {
  let last: InboxCycle | null = null;
  setHandler(progressQuery, () => last);
  setCurrentDetails('Watching the folders.');
  while (!workflowInfo().continueAsNewSuggested) {
    last = await watchInbox();
    setCurrentDetails(
      `**${last.inFolders}** files in the folders. ` +
        `Waiting **${last.waiting}**, ingesting **${last.ingesting}**, ` +
        `published **${last.published}**, refused **${last.refused}**, held **${last.held}**, unreadable **${last.unreadable}**.`,
    );
  }
  await continueAsNew<typeof inbox>();
}
