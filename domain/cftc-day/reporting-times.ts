/**
 * The reporting timestamps (#97) of the messages of a swap that leave on one day. A repository folds by #97 first, then
 * by the event's own time and rank (fold-key.ts), so that messages of one #97 may come out in another order than ours.
 * Those that would are told apart by a second.
 */
import { foldKeyOf, type FoldKey } from '../swaps/fold-key.ts';
import type { SwapEvent } from '../swaps/swap-event.ts';

const SECOND = 1000;

/**
 * Gives each message its #97: the instant of the cut, and seconds before it where one #97 would not keep the order.
 * None is later than the cut, none before another that follows it, all are behind `last`.
 * @param events of one swap or portfolio, in the order of our fold
 * @param cutAt an instant, in whole seconds
 * @param last #97 of the latest message that left before; null when none did
 * @returns instants in the order of `events`; null when there is no room between `last` and the cut
 */
export function planReportingTimes(
  events: readonly SwapEvent[],
  cutAt: number,
  last: number | null,
): number[] | null {
  if (events.length === 0) return [];
  const runs: number[] = [];
  let run = 0;
  let before: FoldKey | null = null;
  for (const event of events) {
    const key = foldKeyOf(event);
    if (before !== null && !isBehind(key, before)) run += 1;
    runs.push(run);
    before = key;
  }
  const first = cutAt - run * SECOND;
  if (last !== null && first <= last) return null;
  return runs.map((at) => first + at * SECOND);
}

/**
 * Does the event fold behind the other one when both have one #97? Where time and rank are the same the hash of what is
 * sent would decide, and two messages could have one event key.
 */
const isBehind = (key: FoldKey, before: FoldKey): boolean =>
  key.eventTime > before.eventTime || (key.eventTime === before.eventTime && key.rank > before.rank);
