/** Which events make the state of a swap or portfolio on a day. */
import { EASTERN, localDate, parseInstant } from '../cftc/calendars/zone.ts';
import { isEndOfDay } from '../cftc/action-events.ts';
import type { SwapEvent } from '../swaps/swap-event.ts';

/** They say of all of a swap's life that it was none, or that it was one after all. */
const OF_THE_WHOLE_LIFE: readonly string[] = ['EROR', 'REVI'];
const MIDNIGHT = 'T00:00:00Z';

/**
 * Had it happened by the end of the day in New York? By its event timestamp (#30; of a valuation, #113), else by when it
 * was reported; what has neither cannot be placed behind any day. Margin is as of the day that is written (#30 at
 * 00:00:00). A report that came late counts on the day it is about: what was known then is a question of the cut.
 * @param day YYYY-MM-DD
 */
export function hadHappened(
  event: Pick<SwapEvent, 'action' | 'eventTimestamp' | 'reportingTimestamp'>,
  day: string,
): boolean {
  if (OF_THE_WHOLE_LIFE.includes(event.action)) return true;
  const time = event.eventTimestamp ?? event.reportingTimestamp;
  if (time === null) return true;
  if (time.length === 10 || (isEndOfDay(event.action) && time.endsWith(MIDNIGHT)))
    return time.slice(0, 10) <= day;
  const instant = parseInstant(time);
  const date = instant === null ? null : localDate(instant, EASTERN);
  return date === null || date <= day;
}
