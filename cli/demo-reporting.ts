/** The CFTC day of the demonstration: run once its file is in, and followed until every message is answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DayView } from '../contracts/cftc-day.schema.ts';
import type { ApiClient } from './api-client.ts';
import { formatCount } from './print.ts';
import type { Say } from './stack.ts';

const TIMEOUT_MS = 300_000;
const POLL_MS = 1000;
/** Where a day rests until somebody decides. */
const RESTING: readonly DayView['state'][] = ['closed', 'nil', 'incomplete'];

/**
 * Runs the day, unless it runs already or is over, and follows it until it rests, or too long.
 * @returns how it is then
 */
export async function followDemoDay(
  api: ApiClient,
  date: string,
  say: Say,
  stop: AbortSignal,
): Promise<DayView> {
  await api.runDay(date, { reason: 'the demonstration, on whatever day it is started' });
  const until = Date.now() + TIMEOUT_MS;
  let day: DayView | null = null;
  for (;;) {
    // Its workflow enters it: it may not be there yet.
    day = await api.day(date).catch(() => day);
    if (day !== null) {
      say(describeDay(day));
      if (RESTING.includes(day.state) || stop.aborted || Date.now() > until) return day;
    } else if (stop.aborted || Date.now() > until) throw new Error(`The day ${date} was not entered.`);
    await sleep(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

function describeDay({ state, steps, counts, messages, blocking }: DayView): string {
  const step = steps.find((one) => one.state === 'under-way' || one.state === 'waiting');
  const answered =
    messages === null
      ? 0
      : messages.acknowledged + messages.refused + messages.resubmitted + messages.withdrawn;
  const parts = [
    step ? `${state}, ${step.name}` : state,
    ...(counts === null ? [] : [`${formatCount(counts.messages)} messages`]),
    ...(answered === 0 ? [] : [`${formatCount(answered)} answered`]),
    ...blocking.slice(0, 1).map(({ text }) => text),
  ];
  return parts.join(': ');
}
