/**
 * One report that somebody asked for: entered while the asker waits for the answer, then written, or ended with a reason.
 * Started together with the order (update-with-start): a run that is handed none, because the order was refused or its
 * sender is gone, ends by itself.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineQuery,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { OnDemandReportActivities } from '../activities/on-demand-report.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';
import {
  ACCEPT_REPORT,
  type AcceptedOrder,
  type OnDemandReportInput,
  type OnDemandReportProgress,
  type ReportState,
} from '../contracts/on-demand-report.ts';
import { toProblem } from './problems.ts';

const retry = { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' } as const;
const { enterReport, endReport } = proxyActivities<OnDemandReportActivities>({
  startToCloseTimeout: '1 minute',
  retry,
  summary: 'enter or end it',
});
const { writeReportFile } = proxyActivities<OnDemandReportActivities>({
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  // A disk that stays full, or a fault of ours, is told rather than tried for ever.
  retry: { ...retry, maximumAttempts: 20 },
  summary: 'read the rows, write the file',
});

const ORDER_WITHIN = '10 seconds';

const acceptUpdate = defineUpdate<ReportState, [AcceptedOrder]>(ACCEPT_REPORT);

export async function onDemandReport({ reportId }: OnDemandReportInput): Promise<OnDemandReportProgress> {
  let progress: OnDemandReportProgress = { state: 'waiting', rows: null };
  let attempt = 0;
  let isEntered = false;
  setHandler(defineQuery<OnDemandReportProgress>(PROGRESS_QUERY), () => progress);
  setHandler(
    acceptUpdate,
    async (accepted) => {
      attempt = accepted.attempt;
      const state = await enterReport(accepted);
      isEntered = true;
      setCurrentDetails(describe(accepted));
      return state;
    },
    {
      validator: (accepted: AcceptedOrder) => {
        if (accepted.reportId !== reportId) throw new Error(`This is not the report ${reportId}.`);
      },
    },
  );

  if (!(await condition(() => attempt > 0, ORDER_WITHIN))) return { state: 'cancelled', rows: null };
  try {
    await condition(() => isEntered);
    progress = { state: 'writing', rows: null };
    const rows = await writeReportFile(reportId, attempt);
    progress = rows === null ? { state: 'cancelled', rows } : { state: 'ready', rows };
  } catch (error) {
    const problem = isCancellation(error) ? null : (toProblem(error) ?? { code: 'internal', params: {} });
    // Also when it is cancelled: nothing of it is to be left.
    await CancellationScope.nonCancellable(() => endReport(reportId, problem, attempt));
    progress = { state: problem === null ? 'cancelled' : 'failed', rows: null };
  }
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  return progress;
}

function describe({ order, owner }: AcceptedOrder): string {
  const days = order.asOf ?? `${order.from} to ${order.to}`;
  const known = order.knownAt === null ? '' : `, as known at the cut of ${order.knownAt}`;
  return `**${order.kind}** of ${days}${known}, as ${order.format}, for ${owner}.`;
}
