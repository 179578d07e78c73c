/** Events of swaps for tests, from the few values that matter in them. */
import { createHash } from 'node:crypto';
import { leiCheckDigits } from '../../domain/cftc/identifiers.ts';
import type { Part } from '../../domain/cftc/action-events.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { foldSwap, type FoldedSwap } from '../../domain/swaps/fold-swap.ts';
import { readSwapEvent, type SwapEvent } from '../../domain/swaps/swap-event.ts';

const lei = (first18: string): string => first18 + leiCheckDigits(first18);

export const REPORTER = lei('549300REPORTERTEST');
export const SECOND_REPOSITORY = lei('549300SECONDREPOSI');

/** UTI of a swap of the reporter. */
export const uti = (name: string): string => `${REPORTER}T${name}`;

export const hashContent = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The event of a record that must have one. */
export function eventOf(values: RecordValues, place = 'here', part: Part | null = null): SwapEvent {
  const event = readSwapEvent(values, { place, part, hash: hashContent });
  if (event === null) throw new Error('the record names neither a swap nor a portfolio');
  return event;
}

/**
 * Values of a message.
 * @param kind action and event, like "NEWT-TRAD", or an action alone
 * @param at event timestamp without its Z; blank when there is none
 */
export function message(kind: string, swap: string, at: string, values: RecordValues = {}): RecordValues {
  const [action = '', event] = kind.split('-');
  return {
    actionType: action,
    ...(event && { eventType: event }),
    uniqueTransactionIdentifierUti: uti(swap),
    ...(at && { eventTimestamp: `${at}Z` }),
    ...values,
  };
}

/** Terms of a swap, in their canonical form. */
export const TERMS = {
  notionalAmountLeg1: '1000',
  notionalCurrencyLeg1: 'USD',
  executionTimestamp: '2026-03-02T09:00:00Z',
};
/** Noon of a day of March 2026, without its Z. */
export const day = (date: number): string => `2026-03-${String(date).padStart(2, '0')}T12:00:00`;

export type Message = readonly [kind: string, date: number, values?: RecordValues];

/** Folds messages of one swap, each at noon of a day of March 2026, named by their number from 1. */
export function fold(
  messages: readonly Message[],
  asOf: string | null = null,
  part: Part | null = null,
): FoldedSwap {
  const events = messages.map(([kind, date, values = {}], index) =>
    eventOf(message(kind, 'A', day(date), values), String(index + 1), part),
  );
  return foldSwap(events, asOf);
}
