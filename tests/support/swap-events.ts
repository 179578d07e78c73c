/** Events of swaps for tests, from the few values that matter in them. */
import { createHash } from 'node:crypto';
import { leiCheckDigits } from '../../domain/cftc/identifiers.ts';
import type { Part } from '../../domain/cftc/action-events.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
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
