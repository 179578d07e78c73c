/** The margin of a collateral portfolio from its reports (MARU): the latest holds. A portfolio has no other lifecycle. */
import { checkPair } from '../cftc/check-pair.ts';
import { foldEvents, type FoldedEvent } from './fold-swap.ts';
import { laterReport } from './step-swap.ts';
import type { SwapEvent } from './swap-event.ts';
import type { DailyReport } from './swap-state.ts';

export type FoldedPortfolio = {
  readonly margin: DailyReport | null;
  /** In the order of the fold. */
  readonly outcomes: readonly FoldedEvent[];
};

/**
 * Folds all margin reports of one portfolio, in any order.
 * @param from the margin to start from; absent: nothing is known of the portfolio
 */
export function foldPortfolio(
  events: readonly SwapEvent[],
  from: DailyReport | null = null,
): FoldedPortfolio {
  let margin = from;
  const outcomes = foldEvents(events, (event) => {
    const pair = checkPair(event.action, event.event, event.part);
    if (pair !== null)
      return { kind: 'violated', findings: [{ ...pair, element: '27', value: event.event }] };
    margin = laterReport(margin, event, 'Collateral and margins', '30');
    return { kind: 'applied', findings: [], dissemination: null };
  });
  return { margin, outcomes };
}
