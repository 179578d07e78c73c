/** What was known at a time: the beginning of the fold, up to there. */
import { foldTimeOf } from './fold-key.ts';
import type { SwapEvent } from './swap-event.ts';

/**
 * Was the event reported by then, or, where it does not say when it was reported, had it happened? What is before it in
 * the fold was too. An event without any time cannot be placed before one, but for a NEWT, which begins its swap.
 * @param asOf YYYY-MM-DD, which means all of that day in UTC, or YYYY-MM-DDThh:mm:ssZ
 */
export function wasKnown(event: SwapEvent, asOf: string): boolean {
  return foldTimeOf(event).slice(0, asOf.length) <= asOf;
}
