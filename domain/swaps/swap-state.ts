/** What is known of a swap after some of its events. Immutable: every event gives a new one. */
import type { SwapStatus } from '../cftc/swap-states.ts';
import type { RecordValues } from './record-content.ts';
import { expirationOf, NO_TERMS, type Terms } from './swap-terms.ts';

/** Swaps and events that a swap is bound to. A later message that names some replaces what was named before. */
export type SwapLinks = {
  /** #100 and #101: the swap that this one came from by novation, clearing, exercise or allocation. */
  readonly prior: readonly string[];
  /** #5 and #6 of an alpha: the swaps that it was cleared into. */
  readonly clearedInto: readonly string[];
  /** #7 and #8 of a beta or gamma: the swap that was cleared. */
  readonly original: readonly string[];
  /** #9 and #10: the repository of the swap that was cleared, and when clearing received it. */
  readonly originalRepository: string | null;
  readonly clearingReceipt: string | null;
  /** #29: the last compression or credit event that the swap took part in. */
  readonly eventIdentifier: string | null;
  /** #105: the repository that the swap was transferred to. */
  readonly newRepository: string | null;
  /** #116 and #124, the portfolios that the swap is margined in. */
  readonly initialMarginPortfolio: string | null;
  readonly variationMarginPortfolio: string | null;
};

/** A valuation or margin message that is the latest of its swap or portfolio. */
export type DailyReport = {
  /** When the value held: #113 of a valuation, #30 of margin; blank when it is not reported. */
  readonly asOf: string;
  /** The elements of the message's group ("Valuation", "Collateral and margins"), by slot. */
  readonly values: RecordValues;
  readonly place: string;
};

/** What the public has seen of a swap. */
export type Publication = {
  /** Place of the first message that was disseminated; the later ones name its dissemination identifier in D2. */
  readonly first: string | null;
  /** Event of the NEWT that began the swap, null before it. */
  readonly begunBy: string | null;
};

export type SwapState = {
  /** As the messages have it; a swap matures without one, see `statusOn`. */
  readonly status: SwapStatus;
  /** The status that EROR took away, for REVI to restore. */
  readonly beforeError: SwapStatus | null;
  readonly terms: Terms;
  /** #96 of the message that stated the terms. */
  readonly executionTimestamp: string | null;
  readonly links: SwapLinks;
  readonly valuation: DailyReport | null;
  readonly margin: DailyReport | null;
  readonly publication: Publication;
};

/** A swap that no message has been seen of. */
export const UNKNOWN_SWAP: SwapState = {
  status: 'none',
  beforeError: null,
  terms: NO_TERMS,
  executionTimestamp: null,
  links: {
    prior: [],
    clearedInto: [],
    original: [],
    originalRepository: null,
    clearingReceipt: null,
    eventIdentifier: null,
    newRepository: null,
    initialMarginPortfolio: null,
    variationMarginPortfolio: null,
  },
  valuation: null,
  margin: null,
  publication: { first: null, begunBy: null },
};

/**
 * The status of a swap on a date: an open swap is matured when its expiration date (#95) has passed, without a message.
 * Source: CFTC technical specification v3.2, appendix F: maturity is no TERM.
 * @param date YYYY-MM-DD; null when it is not known
 */
export function statusOn({ status, terms }: SwapState, date: string | null): SwapStatus {
  if (status !== 'open' || date === null) return status;
  const expiration = expirationOf(terms);
  return expiration !== null && expiration < date ? 'matured' : 'open';
}

const HALF_DAY_MS = 43_200_000;

/**
 * The status of a swap when an event happened. Whether it had matured is a matter of the parties' date, and an evening in
 * New York is the next day in UTC already: the event is held to have happened on the earliest date that any clock on
 * Earth showed then.
 * @param timestamp YYYY-MM-DDThh:mm:ssZ, or a date, which stays itself; null when it is not known
 */
export function statusAt(state: SwapState, timestamp: string | null): SwapStatus {
  if (timestamp === null || timestamp.length === 10) return statusOn(state, timestamp);
  // The date in UTC is the later one: a swap that was open by it was open.
  if (statusOn(state, timestamp.slice(0, 10)) !== 'matured') return state.status;
  const earliest = new Date(Date.parse(timestamp) - HALF_DAY_MS).toISOString();
  return statusOn(state, earliest.slice(0, 10));
}
