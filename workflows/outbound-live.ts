/**
 * Keeps one activity sending what leaves at once to a target, for hours at a time. Messages never come here; when the
 * activity stops for a problem that needs somebody, it is tried again after a pause, or when somebody says so.
 */
import {
  ActivityCancellationType,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { OutboundLiveActivities } from '../activities/outbound-live.ts';
import { TainError } from '../contracts/errors.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';
import { OUTBOUND_LOOK, type OutboundLiveInput, type OutboundLiveProgress } from '../contracts/outbound.ts';
import { toProblem } from './problems.ts';

const { drainOutbound } = proxyActivities<OutboundLiveActivities>({
  startToCloseTimeout: '48 hours',
  heartbeatTimeout: '4 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 second' },
  summary: 'send at once, listen',
});

/** How long a target that refuses to go on is left alone. */
const PAUSE = '1 minute';

const progressQuery = defineQuery<OutboundLiveProgress>(PROGRESS_QUERY);
const lookSignal = defineSignal(OUTBOUND_LOOK);

export async function outboundLive(input: OutboundLiveInput): Promise<void> {
  let progress: OutboundLiveProgress = { target: input.target, problem: null, runs: 0 };
  let words = 0;
  const show = (change: Partial<OutboundLiveProgress>): void => {
    progress = { ...progress, ...change };
    const { problem, runs } = progress;
    const why = problem ? `\n\n${problem.code}: ${new TainError(problem.code, problem.params).message}` : '';
    setCurrentDetails(`Sends at once to **${input.target}**, activity **${runs}**.${why}`);
  };
  setHandler(progressQuery, () => progress);
  setHandler(lookSignal, () => void (words += 1));

  for (;;) {
    const heard = words;
    show({ runs: progress.runs + 1, problem: null });
    try {
      const end = await drainOutbound(input.target);
      if (end.ended === 'removed') return;
    } catch (error) {
      const problem = toProblem(error);
      if (problem === null) throw error;
      log.warn('outbound.stopped', { target: input.target, code: problem.code });
      show({ problem });
      await condition(() => words > heard, PAUSE);
      if (!workflowInfo().continueAsNewSuggested) continue;
    }
    await continueAsNew<typeof outboundLive>(input);
  }
}
