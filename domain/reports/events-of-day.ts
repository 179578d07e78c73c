/** Which events make the state of a swap on a day. */
import type { SwapEvent } from '../swaps/swap-event.ts';

/** They say of all of a swap's life that it was none, or that it was one after all. */
const OF_THE_WHOLE_LIFE: readonly string[] = ['EROR', 'REVI'];

/**
 * Had it happened by the end of the day, in UTC? By its event timestamp (#30; of a valuation, the day it is of), else by when
 * it was reported; what has neither cannot be placed behind any day. A report that came late counts on the day it is
 * about: what was known then is a question of the cut.
 * @param day YYYY-MM-DD
 */
export function hadHappened(
  event: Pick<SwapEvent, 'action' | 'eventTimestamp' | 'reportingTimestamp'>,
  day: string,
): boolean {
  if (OF_THE_WHOLE_LIFE.includes(event.action)) return true;
  const time = event.eventTimestamp ?? event.reportingTimestamp;
  return time === null || time.slice(0, day.length) <= day;
}
