/**
 * Notional amounts as a repository publishes them: capped where they exceed the cap, else rounded. What is capped is a
 * value and a flag; the plus sign is only how files write it.
 */
import { compareDecimals } from '../decimal.ts';
import { isAmount, magnitude, proportion } from '../decimal-ratio.ts';
import type { CapAnswer, UnknownCap } from './caps.ts';
import { weakestConfidence, type Basis } from '../basis.ts';
import { toUsd, type RateTable } from './rates.ts';
import { ROUNDING, roundNotional } from './rounding.ts';
import type { SizeGap } from './size-table.ts';

export type ReportedAmount = {
  /** What the caller calls it: the name of a column, an element with its leg. */
  readonly field: string;
  /** A plain decimal. */
  readonly value: string;
  /** Null where the amount is no money: a quantity. */
  readonly currency: string | null;
};

export type PublishedAmount = Basis & {
  readonly field: string;
  readonly value: string;
  /** Was more reported than is published? */
  readonly capped: boolean;
};

/** Why it cannot be said whether, or at what, amounts are capped. */
export type AmountGap = 'not-an-amount' | 'no-legs' | 'rate-unknown' | 'block-size-unknown' | SizeGap;

export type PublishedAmounts =
  | { readonly known: true; readonly amounts: readonly PublishedAmount[]; readonly capUsd: string | null }
  | {
      readonly known: false;
      readonly gap: AmountGap;
      /** What is published if the swap is not capped; empty when that cannot be told either. */ readonly ifUncapped: readonly PublishedAmount[];
    };

export type AmountsQuestion = {
  /** #31 of the legs. */
  readonly legs: readonly ReportedAmount[];
  /** Schedules, call and put amounts, quantities: what grows and shrinks with the notional amount. Premiums do not. */
  readonly related: readonly ReportedAmount[];
  readonly cap: CapAnswer;
  readonly rates: RateTable;
  /** The day of the rates, YYYY-MM-DD. */
  readonly date: string;
};

const SCALED: Basis = {
  citation: 'CFTC technical specification v3.2, section 1.2.2; observed in published rows',
  confidence: 'inferred',
};
const AS_REPORTED: Basis = { citation: 'observed in published rows', confidence: 'inferred' };

/**
 * The published amounts of a swap. The leg that is worth more dollars is held against the cap; more than the cap is
 * capped, at the cap in the leg's currency, in whole units. Everything else follows in the same proportion. Without a
 * cap each leg is rounded for itself and related amounts stay as they were reported.
 * Source: 17 CFR 43.4(f) to (h); technical specification v3.2, section 1.2.2. That the larger leg decides, and how a
 * cap in dollars becomes one in another currency, is concluded from published rows.
 */
export function publishAmounts(question: AmountsQuestion): PublishedAmounts {
  const { legs, related, cap } = question;
  if (legs.length === 0) return { known: false, gap: 'no-legs', ifUncapped: [] };
  if (![...legs, ...related].every(({ value }) => isAmount(value)))
    return { known: false, gap: 'not-an-amount', ifUncapped: [] };
  if (cap.usd === null) {
    return cap.gap === null ? uncapped(question, cap.confidence) : withoutCap(question, cap);
  }
  const largest = largestLeg(question);
  if (largest === null) return unknown(question, 'rate-unknown');
  return compareDecimals(largest.usd, cap.usd) > 0
    ? capped(question, largest, cap)
    : uncapped(question, cap.confidence);
}

/** Amounts up to `atLeast` are below the cap, whatever it is. */
function withoutCap(question: AmountsQuestion, { gap, atLeast }: UnknownCap): PublishedAmounts {
  if (atLeast === null) return unknown(question, gap);
  const largest = largestLeg(question);
  if (largest === null) return unknown(question, 'rate-unknown');
  return compareDecimals(largest.usd, atLeast) <= 0
    ? uncapped(question, 'general-knowledge')
    : unknown(question, gap);
}

const unknown = (question: AmountsQuestion, gap: AmountGap): PublishedAmounts => ({
  known: false,
  gap,
  ifUncapped: uncapped(question, 'source').amounts,
});

type Largest = { readonly leg: ReportedAmount; readonly usd: string };

/** The leg that is worth most; null when the worth of one of them is not known. */
export function largestLeg({
  legs,
  rates,
  date,
}: Pick<AmountsQuestion, 'legs' | 'rates' | 'date'>): Largest | null {
  let largest: Largest | null = null;
  for (const leg of legs) {
    const usd = leg.currency === null ? null : toUsd(rates, magnitude(leg.value), leg.currency, date);
    if (usd === null) return null;
    if (largest === null || compareDecimals(usd, largest.usd) > 0) largest = { leg, usd };
  }
  return largest;
}

function uncapped(
  { legs, related }: AmountsQuestion,
  ofCap: Basis['confidence'],
): PublishedAmounts & { readonly known: true } {
  const amounts = [
    ...legs.map(({ field, value }) => ({
      field,
      value: roundNotional(value)!,
      capped: false,
      citation: ROUNDING.citation,
      confidence: weakestConfidence(ROUNDING.confidence, ofCap),
    })),
    ...related.map(({ field, value }) => ({ field, value, capped: false, ...AS_REPORTED })),
  ];
  return { known: true, amounts, capUsd: null };
}

function capped(
  { legs, related }: AmountsQuestion,
  { leg: decisive, usd }: Largest,
  cap: Basis & { readonly usd: string },
): PublishedAmounts {
  const basis = (one: ReportedAmount): Basis => {
    if (one !== decisive) return SCALED;
    return { citation: cap.citation, confidence: one.currency === 'USD' ? cap.confidence : 'inferred' };
  };
  // The share of the decisive leg is the cap itself, converted.
  const amounts = [...legs, ...related].map((one) => ({
    field: one.field,
    value: proportion(one.value, cap.usd, usd)!,
    capped: true,
    ...basis(one),
  }));
  return { known: true, amounts, capUsd: cap.usd };
}
