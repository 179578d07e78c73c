/**
 * Which events leave at once (part 43): those that the rules say are made public, and that we report. What is sent is
 * the record itself; rounding, caps and delays are the repository's.
 */
import type { Tables } from '../cftc/built-in-tables.ts';
import type { EntityTable } from '../cftc/entities.ts';
import type { PublicationReason } from '../cftc/part43/reasons.ts';
import { createProductResolver } from '../cftc/products.ts';
import type { Registers } from '../cftc/registers.ts';
import { readProductFacts } from '../swaps/product-facts.ts';
import { ourParty, readReportingEvent } from '../swaps/reporting-event.ts';
import type { RecordValues } from '../swaps/record-content.ts';
import type { Dissemination } from '../swaps/swap-dissemination.ts';
import type { SwapEvent } from '../swaps/swap-event.ts';

export type AtOnce = {
  /** IR, CR, EQ, FX or CO; null where the product does not tell. */
  readonly assetClass: string | null;
  /** Why it is made public. */
  readonly reason: PublicationReason;
};

/**
 * Makes the judge of what leaves at once. Whether the public sees an event is what the fold says of it, which knows the
 * swap: the record alone does not tell whether that was public when it was new.
 * @returns null for an event that does not
 */
export function createAtOnceJudge(
  { entities }: Pick<Tables, 'entities'>,
  registers: Registers,
): (event: Pick<SwapEvent, 'part' | 'values'>, dissemination: Dissemination | null) => AtOnce | null {
  const productOf = createProductResolver(registers);
  return ({ part, values }, dissemination) => {
    if (part === 45 || dissemination?.outcome !== 'public' || otherReports(values, entities)) return null;
    return { assetClass: productOf(readProductFacts(values)).assetClass, reason: dissemination.reason };
  };
}

/** Is only counterparty 2 (#14) one of ours? Then counterparty 1 reports. Source: CFTC technical specification v3.2, #13. */
function otherReports(values: RecordValues, entities: EntityTable): boolean {
  const reporting = readReportingEvent(values);
  return ourParty(reporting, 0, entities) === null && ourParty(reporting, 1, entities) !== null;
}
