/** A reported message as the duty to report sees it: what happened, between whom, where, on which day. */
import { PSEUDO_MICS } from '../cftc/built-in-registers.ts';
import { EASTERN, localDate, parseInstant } from '../cftc/calendars/zone.ts';
import { entityAt, type EntityTable, type OwnEntity } from '../cftc/entities.ts';
import type { SwapEvent } from '../cftc/obligations.ts';
import type { Counterparty } from '../cftc/reporting-counterparty.ts';
import { readFlag, singleValue, type RecordValues } from './record-content.ts';
import { marginDayOf, valuationDayOf } from './report-day.ts';

export type ReportingEvent = {
  readonly event: SwapEvent;
  /** The counterparties as reported: #13, which the record says reports, and #14. */
  readonly parties: readonly [Counterparty, Counterparty];
  /** #22. */
  readonly submitter: string | null;
  /** The day in New York on which it happened, of margin the day it is as of, YYYY-MM-DD; null where no timestamp tells it. */
  readonly date: string | null;
  /** The day that a valuation is of, YYYY-MM-DD. */
  readonly valuationDate: string | null;
  /** #97 as an instant. */
  readonly reportedAt: number | null;
};

/**
 * The reporting side of a record. Nothing in a record says when an error was found, nor whose corporate event it is.
 * @param values as `readRecordValues` gives them
 */
export function readReportingEvent(values: RecordValues): ReportingEvent {
  const single = (slot: string): string | null => singleValue(values, slot);
  const platform = single('platformIdentifier');
  const event: SwapEvent = {
    action: single('actionType'),
    event: single('eventType'),
    executionTimestamp: single('executionTimestamp'),
    eventTimestamp: single('eventTimestamp'),
    onFacility: platform === null ? null : !PSEUDO_MICS.includes(platform),
    corporateEventOfOther: false,
    discoveredAt: null,
  };
  const reported = single('reportingTimestamp');
  const valued = single('valuationTimestamp');
  return {
    event,
    parties: [
      partyOf(values, 'counterparty1ReportingCounterparty', 'counterparty1FinancialEntityIndicator'),
      partyOf(values, 'counterparty2', 'counterparty2FinancialEntityIndicator'),
    ],
    submitter: single('submitterIdentifier'),
    date: dateOf(event, reported),
    valuationDate: valued && valuationDayOf(valued),
    reportedAt: reported === null ? null : parseInstant(reported),
  };
}

/** One of the two as ours: which row of the table it is on the day; null where it is not ours. */
export const ourParty = (
  { parties, date }: Pick<ReportingEvent, 'parties' | 'date'>,
  place: 0 | 1,
  table: EntityTable,
): OwnEntity | null => {
  const { lei } = parties[place];
  return lei === null || date === null ? null : entityAt(table, lei, date);
};

function partyOf(values: RecordValues, slot: string, financialSlot: string): Counterparty {
  return {
    lei: singleValue(values, slot),
    role: null,
    financialEntity: readFlag(values, financialSlot),
    usPerson: null,
  };
}

/** A new swap happens when it is executed, a change when it is agreed; a message without either, when it is reported. */
function dateOf({ action, executionTimestamp, eventTimestamp }: SwapEvent, reported: string | null) {
  const margined = action === 'MARU' && eventTimestamp ? marginDayOf(eventTimestamp) : null;
  if (margined !== null) return margined;
  const [first, second] =
    action === 'NEWT' ? [executionTimestamp, eventTimestamp] : [eventTimestamp, executionTimestamp];
  return easternDate(first) ?? easternDate(second) ?? easternDate(reported);
}

function easternDate(timestamp: string | null): string | null {
  const instant = timestamp === null ? null : parseInstant(timestamp);
  return instant === null ? null : localDate(instant, EASTERN);
}
