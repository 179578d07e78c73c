/**
 * One CFTC day: wait for inputs → cut → stragglers applied → messages → files → delivery → answers → closed. Where it
 * stands is in Postgres, and is read before every step; a day that rests waits for somebody's decision.
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  log,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { CftcDayActivities } from '../activities/cftc-day.ts';
import {
  DAY_UPDATES,
  type CftcDayInput,
  type DayChange,
  type DayProgress,
  type DayStand,
  type DayStep,
  type DayWait,
  type DayWaiver,
} from '../contracts/cftc-day.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';
import type { DayState } from '../contracts/outbound.ts';
import { describeDay } from './cftc-day-details.ts';
import { toProblem } from './problems.ts';

/** Whoever does not beat is dead, and somebody else goes on at once. */
const beating = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
} as const;
const act = (summary: string) => proxyActivities<CftcDayActivities>({ ...beating, summary });
const quick = proxyActivities<CftcDayActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
  summary: 'where the day stands, and what somebody decides',
});
const { awaitInputs } = act('wait for inputs');
const { cutDay } = act('cut: freeze which events belong to the day');
const { awaitStragglers } = act('wait until the ledger has all of the cut');
const { cutMessages } = act('make the messages of part 45');
const { judgeDay } = act('look whether there is anything to report');
const { writeFiles } = act('write files and manifest');
const { startDeliveries } = act('send files on their way');
const { awaitAnswers } = act('wait for answers');
const { awaitDecision } = act('wait for a decision');
const { reopenDay } = act('take the version back');

/** How often a day that rests looks whether its targets have changed, and one that cannot go on tries again. */
const LOOK_AGAIN = '10 minutes';
const TRY_AGAIN = '1 minute';

const progressQuery = defineQuery<DayProgress>(PROGRESS_QUERY);
const waiveUpdate = defineUpdate<void, [DayWaiver]>(DAY_UPDATES.waive);
const closeUpdate = defineUpdate<DayState, [DayChange]>(DAY_UPDATES.close);
const reopenUpdate = defineUpdate<DayState, [DayChange]>(DAY_UPDATES.reopen);

export async function cftcDay(input: CftcDayInput): Promise<DayProgress> {
  const { date } = input;
  let progress: DayProgress = {
    ...{ date, state: null, version: null, step: null, waiting: [], counts: null },
    ...{ files: 0, deliveries: 0, problem: null },
  };
  const show = (change: Partial<DayProgress>): void => {
    progress = { ...progress, ...change };
    setCurrentDetails(describeDay(progress));
  };
  let isDecided = false;
  const validator = requireReason;
  const decide = async (decision: Promise<DayState>): Promise<DayState> => {
    const state = await decision;
    isDecided = true;
    return state;
  };
  setHandler(progressQuery, () => progress);
  setHandler(waiveUpdate, (waiver) => quick.waiveInput(date, waiver), { validator });
  setHandler(closeUpdate, (change) => decide(quick.closeDay(date, change)), { validator });
  setHandler(reopenUpdate, (change) => decide(reopenDay(date, change)), { validator });

  const begin = (step: DayStep | null): void => show({ step, waiting: [] });
  /** Waits for as long as one activity does, or until something else is waited for than is shown. */
  const wait = async (
    step: DayStep | null,
    look: (date: string, seen: readonly string[]) => Promise<DayWait>,
  ): Promise<boolean> => {
    if (progress.step !== step) begin(step);
    const { done, waiting } = await look(date, progress.waiting);
    show({ waiting });
    return done;
  };
  /** Waits without an activity, which would hold one of the worker's places for as long as the day rests. */
  const rest = async (stand: DayStand): Promise<unknown> => {
    if (!patched('rests-in-workflow')) return wait(null, (_, seen) => awaitDecision(date, seen, stand));
    show({ step: null, waiting: ['a decision'] });
    return condition(() => isDecided, LOOK_AGAIN);
  };

  /** The next step of a day that stands so. */
  const go = async (stand: DayStand): Promise<unknown> => {
    if (stand.state === 'open') {
      if (!(await wait('inputs', awaitInputs))) return;
      begin('cut');
      const waitMs = await cutDay(date);
      return waitMs > 0 && sleep(waitMs);
    }
    if (stand.state === 'cut') {
      if (stand.problem?.code === 'day.nothing-to-report') return rest(stand);
      if (!stand.messagesCut) {
        if (!(await wait('stragglers', awaitStragglers))) return;
        begin('messages');
        return cutMessages(date);
      }
      begin('files');
      if (await judgeDay(date)) show({ files: await writeFiles(date) });
      return;
    }
    if (stand.state === 'reported') {
      begin('delivery');
      const deliveries = await startDeliveries(date);
      show({ deliveries });
      return deliveries > 0 || rest(stand);
    }
    return stand.state === 'delivering' ? wait('answers', awaitAnswers) : rest(stand);
  };

  await quick.openDay(input);
  for (;;) {
    isDecided = false;
    const stand = await quick.readStand(date);
    const { state, version, counts, problem } = stand;
    show({ state, version, counts, problem });
    if (state === 'closed' || state === 'nil') {
      begin(null);
      await condition(allHandlersFinished);
      // Somebody may have opened it again meanwhile.
      const { state: last } = await quick.readStand(date);
      if (last === state) return progress;
      continue;
    }
    try {
      await go(stand);
    } catch (error) {
      const found = toProblem(error);
      if (found === null) throw error;
      log.warn('day.incomplete', { date, code: found.code });
      await quick.leaveIncomplete(date, found);
      // What keeps a day whose files are written is looked at again: somebody mends it meanwhile.
      if (state !== 'open' && state !== 'cut') await condition(() => isDecided, TRY_AGAIN);
    }
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof cftcDay>(input);
    }
  }
}

function requireReason({ by, reason }: DayChange): void {
  if (!reason.trim() || !by.actor) throw new Error('A day is changed by somebody and for a reason.');
}
