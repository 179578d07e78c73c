/**
 * The supervisor of a feed: keeps one activity reading it, for hours at a time, and takes an operator's word. Messages
 * never come here; what is wanted of the feed stands in Postgres, and is read from there.
 */
import {
  ActivityCancellationType,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { StreamIngestActivities } from '../activities/stream-ingest.ts';
import { TainError } from '../contracts/errors.ts';
import {
  FEED_LOOK,
  FEED_UPDATES,
  type ConsumerEnd,
  type FeedChange,
  type FeedIntent,
  type FeedResume,
  type StreamIngestInput,
  type StreamProgress,
} from '../contracts/feeds.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';
import { toProblem } from './problems.ts';

const { consumeFeed } = proxyActivities<StreamIngestActivities>({
  startToCloseTimeout: '48 hours',
  // Beats come every second. A reader that is taken for dead and is not loses its feed, and nothing else.
  heartbeatTimeout: '4 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  // Attempts are counted for hours: what is the tenth failure of a day must not wait longer than the first for it.
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 second' },
  summary: 'read, judge, journal, apply',
});
const { readIntent, pauseFeed, resumeFeed, reconfigureFeed } = proxyActivities<StreamIngestActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
  summary: 'what is wanted of the feed',
});

/** How long the next session of a feed is waited for before it is looked for again. */
const NEXT_SESSION = '15 seconds';

const progressQuery = defineQuery<StreamProgress>(PROGRESS_QUERY);
const lookSignal = defineSignal(FEED_LOOK);
const pauseUpdate = defineUpdate<FeedIntent, [FeedChange]>(FEED_UPDATES.pause);
const resumeUpdate = defineUpdate<FeedIntent, [FeedResume]>(FEED_UPDATES.resume);
const reconfigureUpdate = defineUpdate<FeedIntent, [FeedChange]>(FEED_UPDATES.reconfigure);

export async function streamIngest(input: StreamIngestInput): Promise<void> {
  const { feed } = input;
  let progress: StreamProgress = { feed, intent: null, reading: false, problem: null, runs: 0, messages: 0 };
  let reading: CancellationScope | null = null;
  /** How often somebody said something: whatever is waited for is looked at again. */
  let words = 0;
  const show = (change: Partial<StreamProgress>): void => {
    progress = { ...progress, ...change };
    setCurrentDetails(describe(progress));
  };
  /** Follows an order once it is kept in Postgres. */
  const obey = async (
    order: Promise<FeedIntent>,
    { stops, clears }: { readonly stops: boolean; readonly clears: boolean },
  ): Promise<FeedIntent> => {
    const intent = await order;
    words += 1;
    show({ intent, ...(clears && { problem: null }) });
    if (stops) reading?.cancel();
    return intent;
  };

  setHandler(progressQuery, () => progress);
  setHandler(lookSignal, () => void (words += 1));
  const validator = requireReason;
  setHandler(pauseUpdate, (change) => obey(pauseFeed(feed, change), { stops: true, clears: false }), {
    validator,
  });
  setHandler(
    resumeUpdate,
    (change) =>
      obey(resumeFeed(feed, change, progress.problem?.code ?? null), { stops: false, clears: true }),
    { validator },
  );
  setHandler(
    reconfigureUpdate,
    (change) => obey(reconfigureFeed(feed, change), { stops: true, clears: true }),
    { validator },
  );

  /** Reads until the activity ends; null when it was cancelled for an order, or needs somebody's decision. */
  const read = async (): Promise<ConsumerEnd | null> => {
    reading = new CancellationScope();
    show({ reading: true, runs: progress.runs + 1 });
    try {
      const end = await reading.run(() => consumeFeed(feed));
      show({ messages: progress.messages + end.messages });
      return end;
    } catch (error) {
      if (isCancellation(error) && !CancellationScope.current().consideredCancelled) return null;
      const problem = toProblem(error);
      if (problem === null) throw error;
      log.warn('feed.stopped', { feed, code: problem.code });
      show({ problem });
      return null;
    } finally {
      reading = null;
      show({ reading: false });
    }
  };

  for (;;) {
    const heard = words;
    const intent = await readIntent(feed);
    show({ intent });
    if (intent.wanted === 'removed') return;
    if (intent.wanted === 'paused' || progress.problem !== null) await condition(() => words > heard);
    else {
      const end = await read();
      if (end?.ended === 'session-ended') await condition(() => words > heard, NEXT_SESSION);
      if (end?.ended === 'handed-over' || workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        await continueAsNew<typeof streamIngest>(input);
      }
    }
  }
}

function requireReason({ by, reason }: FeedChange): void {
  if (!reason.trim() || !by.actor) throw new Error('A feed is changed by somebody and for a reason.');
}

function describe({ intent, reading, problem, runs, messages }: StreamProgress): string {
  const lines = [
    `${reading ? 'Reading' : 'Not reading'}; **${messages}** messages in **${runs}** activities.`,
  ];
  if (intent?.wanted === 'paused')
    lines.push(`Paused by ${intent.by} since ${intent.since}: ${intent.reason}`);
  if (problem) lines.push(`${problem.code}: ${new TainError(problem.code, problem.params).message}`);
  return lines.join('\n\n');
}
