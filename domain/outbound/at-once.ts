/**
 * Which events leave at once (part 43): those that the rules say are made public, and that we report. What is sent is
 * the record itself; rounding, caps and delays are the repository's.
 */
import { isEndOfDay } from '../cftc/action-events.ts';
import type { Tables } from '../cftc/built-in-tables.ts';
import type { EntityTable } from '../cftc/entities.ts';
import { judgePublication } from '../cftc/part43/reportable.ts';
import type { PublicationReason } from '../cftc/part43/reasons.ts';
import { createProductResolver } from '../cftc/products.ts';
import type { Registers } from '../cftc/registers.ts';
import { readPart43Event } from '../swaps/part43-event.ts';
import { readProductFacts } from '../swaps/product-facts.ts';
import { ourParty, readReportingEvent } from '../swaps/reporting-event.ts';
import type { RecordValues } from '../swaps/record-content.ts';
import type { SwapEvent } from '../swaps/swap-event.ts';

export type AtOnce = {
  /** IR, CR, EQ, FX or CO; null where the product does not tell. */
  readonly assetClass: string | null;
  /** Why it is made public. */
  readonly reason: PublicationReason;
};

/**
 * Makes the judge of what leaves at once.
 * @returns null for an event that does not
 */
export function createAtOnceJudge(
  { entities }: Pick<Tables, 'entities'>,
  registers: Registers,
): (event: Pick<SwapEvent, 'action' | 'part' | 'values'>) => AtOnce | null {
  const productOf = createProductResolver(registers);
  return ({ action, part, values }) => {
    // Most events of a day are its valuations.
    if (part === 45 || isEndOfDay(action)) return null;
    // Neither the class nor the parties decide whether it is made public.
    const event = readPart43Event(values, { assetClass: null, dealer: null });
    const { outcome, reason } = judgePublication(event);
    if (outcome !== 'public' || otherReports(values, entities)) return null;
    return { assetClass: productOf(readProductFacts(values)).assetClass, reason };
  };
}

/** Is only counterparty 2 (#14) one of ours? Then counterparty 1 reports. Source: CFTC technical specification v3.2, #13. */
function otherReports(values: RecordValues, entities: EntityTable): boolean {
  const reporting = readReportingEvent(values);
  return ourParty(reporting, 0, entities) === null && ourParty(reporting, 1, entities) !== null;
}
