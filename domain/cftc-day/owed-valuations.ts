/** Of which swaps a valuation is owed for a day. */
import { entityAt, type Calendars, type EntityTable } from '../cftc/entities.ts';
import { dailyObligations } from '../cftc/obligations.ts';
import { singleValue } from '../swaps/record-content.ts';
import { valuationDayOf } from '../swaps/report-day.ts';
import { statusOn, type SwapState } from '../swaps/swap-state.ts';

/**
 * Is the swap open on the date, reported by a registered entity of ours, and not valued as of the date yet?
 * Source: 17 CFR 45.4(c)(2) (general knowledge).
 */
export function owesValuation(
  state: SwapState,
  date: string,
  { entities, calendars }: { readonly entities: EntityTable; readonly calendars: Calendars },
): boolean {
  if (statusOn(state, date) !== 'open') return false;
  const valued = state.valuation && valuationDayOf(state.valuation.asOf);
  if (valued !== null && valued >= date) return false;
  const reporter = singleValue(state.terms, 'counterparty1ReportingCounterparty');
  const entity = reporter === null ? null : entityAt(entities, reporter, date);
  return (
    entity !== null && dailyObligations(entity, date, calendars).some(({ kind }) => kind === 'valuation')
  );
}
