/**
 * What the repository should know of a swap: what it acknowledged, where it acknowledged anything, else what the ledger
 * holds. The two differ while messages are on their way, refused or held.
 */
import type { SwapStatus } from '../cftc/swap-states.ts';
import { linkFields } from '../swaps/swap-links.ts';
import { foldSwap } from '../swaps/fold-swap.ts';
import { singleValue, type RecordValues } from '../swaps/record-content.ts';
import { readRecord } from '../swaps/record-text.ts';
import { readSwapEvent } from '../swaps/swap-event.ts';
import { statusOn, type SwapState } from '../swaps/swap-state.ts';

/** A message that the repository acknowledged. */
export type AcknowledgedMessage = {
  readonly id: string;
  /** The record as it was sent but for #22 and #97, as `writeRecord` writes it. */
  readonly text: string;
  /** #22 and #97 of the message; #97 as YYYY-MM-DDThh:mm:ssZ. */
  readonly submitter: string | null;
  readonly reportedAt: string;
};

export type KnownSwap = {
  /** UTI, else USI, as the ledger stores it. */
  readonly key: string;
  readonly status: SwapStatus;
  /** Has the repository acknowledged anything of it? */
  readonly acknowledged: boolean;
  /** #13 and #14; null where blank. */
  readonly parties: readonly [string | null, string | null];
  /** Values by slot, in canonical form; of a link that several elements can name, in the first of their slots. */
  readonly values: RecordValues;
};

/**
 * The state that the acknowledged messages of a swap make.
 * @param messages of one swap, in any order
 * @param hash of a text
 */
export function foldAcknowledged(
  messages: readonly AcknowledgedMessage[],
  hash: (text: string) => string,
): SwapState {
  const events = messages.flatMap(({ id, text, submitter, reportedAt }) => {
    const sent = {
      ...readRecord(text),
      reportingTimestamp: reportedAt,
      ...(submitter !== null && { submitterIdentifier: submitter }),
    };
    return readSwapEvent(sent, { place: id, part: 45, hash }) ?? [];
  });
  return foldSwap(events, null).state;
}

/**
 * A swap as the report should list it.
 * @param date YYYY-MM-DD: the day that the report is of
 */
export function knownSwap(
  key: string,
  state: SwapState,
  { date, acknowledged }: { readonly date: string; readonly acknowledged: boolean },
): KnownSwap {
  const values: Record<string, string | readonly string[]> = {
    ...state.terms,
    ...state.valuation?.values,
    ...state.margin?.values,
  };
  for (const { slots, values: linked } of linkFields(state.links)) {
    for (const slot of slots) delete values[slot];
    if (linked.length > 0) values[slots[0]!] = linked;
  }
  return {
    key,
    status: statusOn(state, date),
    acknowledged,
    parties: [
      singleValue(values, 'counterparty1ReportingCounterparty'),
      singleValue(values, 'counterparty2'),
    ],
    values,
  };
}
