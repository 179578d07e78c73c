/**
 * A reported message as an event in the life of a swap, or of a collateral portfolio: what it is about, when it was,
 * and what tells it from every other. Made from the values of a record and nothing else.
 */
import type { Part } from '../cftc/action-events.ts';
import { isCalendarDate, isTimestamp } from '../cftc/dates.ts';
import { readFlag, singleValue, type RecordValues } from './record-content.ts';
import { readRecord, writeRecord } from './record-text.ts';

/** Margin is reported per swap or per portfolio; every other message is about a swap. */
export type Subject = { readonly kind: 'swap' | 'portfolio'; readonly key: string };

export type SwapEvent = {
  readonly subject: Subject;
  /** #26 as reported; intake refuses codes that do not exist, the fold must not fall over them. */
  readonly action: string;
  /** #27, null when blank. */
  readonly event: string | null;
  /** #28; null when blank or no boolean. */
  readonly amendment: boolean | null;
  /** #29, what binds the messages of a compression or a credit event together. */
  readonly eventIdentifier: string | null;
  /** #96, #30 and #97; null when blank or no timestamp. For a valuation without #30 its #113 stands in, date or time. */
  readonly executionTimestamp: string | null;
  readonly eventTimestamp: string | null;
  readonly reportingTimestamp: string | null;
  /** Null when it is not known under which part the message is reported. */
  readonly part: Part | null;
  /** What tells the event from others whatever it says; see `eventKeyOf`. */
  readonly key: string;
  /** Hash over the elements, equal for equal content however it is written down. */
  readonly contentHash: string;
  /** Where the message came from, in the words of the caller: file and record, or feed and sequence. */
  readonly place: string;
  readonly values: RecordValues;
  /** The record as `writeRecord` writes it. */
  readonly text: string;
};

export type EventOrigin = {
  readonly place: string;
  readonly part?: Part | null;
  /** Hash of a text; domain code takes it as an argument. */
  readonly hash: (text: string) => string;
};

/** The portfolio code that says: reported per swap. Source: CFTC technical specification v3.2, #116 and #124. */
export const TRANSACTION_LEVEL = 'TRANSACTIONLEVEL';

/**
 * The event that a record reports.
 * @param values as `readRecordValues` gives them
 * @returns null when the record names neither a swap nor, for margin, a portfolio
 */
export function readSwapEvent(
  values: RecordValues,
  { place, part = null, hash }: EventOrigin,
): SwapEvent | null {
  const subject = subjectOf(values);
  if (subject === null) return null;
  const { content, text } = writeRecord(values);
  return makeEvent(subject, values, { place, part, text, contentHash: hash(content) });
}

/**
 * The event of a record from its text.
 * @param stored the text of a record that reports an event, and its hash
 */
export function readStoredEvent(
  stored: Pick<SwapEvent, 'place' | 'part' | 'text' | 'contentHash'>,
): SwapEvent {
  const values = readRecord(stored.text);
  return makeEvent(subjectOf(values)!, values, stored);
}

function makeEvent(
  subject: Subject,
  values: RecordValues,
  stored: Pick<SwapEvent, 'place' | 'part' | 'text' | 'contentHash'>,
): SwapEvent {
  const facts = {
    subject,
    action: singleValue(values, 'actionType') ?? '',
    event: singleValue(values, 'eventType'),
    eventIdentifier: singleValue(values, 'eventIdentifier'),
    eventTimestamp: timestampOf(values, 'eventTimestamp') ?? valuationTimeOf(values),
    reportingTimestamp: timestampOf(values, 'reportingTimestamp'),
  };
  return {
    ...facts,
    amendment: readFlag(values, 'amendmentIndicator'),
    executionTimestamp: timestampOf(values, 'executionTimestamp'),
    key: eventKeyOf(facts),
    values,
    ...stored,
  };
}

/**
 * What identifies an event apart from its content: the swap or portfolio, the action and event, the identifier that
 * joins it to others, when it happened, and when it was reported. The terms are content: two messages that agree in all
 * of these and differ in a term contradict each other.
 */
function eventKeyOf(
  facts: Pick<
    SwapEvent,
    'subject' | 'action' | 'event' | 'eventIdentifier' | 'eventTimestamp' | 'reportingTimestamp'
  >,
): string {
  const { subject, action, event, eventIdentifier, eventTimestamp, reportingTimestamp } = facts;
  return JSON.stringify([
    subject.kind,
    subject.key,
    action,
    event,
    eventIdentifier,
    eventTimestamp,
    reportingTimestamp,
  ]);
}

/** #103, else #102. */
function swapKeyOf(values: RecordValues): string | null {
  return (
    singleValue(values, 'uniqueTransactionIdentifierUti') ?? singleValue(values, 'uniqueSwapIdentifierUsi')
  );
}

/**
 * Counterparty 1 and both portfolio codes: the codes are the reporting counterparty's own. Null when the record names
 * no portfolio, or says that margin is reported per swap.
 */
export function portfolioKeyOf(values: RecordValues): string | null {
  const codes = [
    singleValue(values, 'initialMarginCollateralPortfolioCode'),
    singleValue(values, 'variationMarginCollateralPortfolioCode'),
  ];
  if (codes.every((code) => code === null) || codes.includes(TRANSACTION_LEVEL)) return null;
  return [singleValue(values, 'counterparty1ReportingCounterparty'), ...codes]
    .map((part) => part ?? '')
    .join('/');
}

function subjectOf(values: RecordValues): Subject | null {
  const swap = swapKeyOf(values);
  if (swap !== null) return { kind: 'swap', key: swap };
  const portfolio = values['actionType'] === 'MARU' ? portfolioKeyOf(values) : null;
  return portfolio === null ? null : { kind: 'portfolio', key: portfolio };
}

function timestampOf(values: RecordValues, slot: string): string | null {
  const value = singleValue(values, slot);
  return value !== null && isTimestamp(value) ? value : null;
}

/** #113 may be a day or a time. */
function valuationTimeOf(values: RecordValues): string | null {
  const value = singleValue(values, 'valuationTimestamp');
  return value !== null && (isTimestamp(value) || isCalendarDate(value)) ? value : null;
}
