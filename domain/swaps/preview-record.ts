/** What a record will lead to: what the public sees of it, and what our entities owe. */
import type { Tables } from '../cftc/built-in-tables.ts';
import { createProductResolver } from '../cftc/products.ts';
import type { Registers } from '../cftc/registers.ts';
import { previewDissemination, type Part43Event, type Part43Preview } from '../cftc/part43/preview.ts';
import { judgeDuties, type Duties } from './duties.ts';
import { readPart43Event } from './part43-event.ts';
import { readProductFacts } from './product-facts.ts';
import type { RecordValues } from './record-content.ts';
import { ourParty, readReportingEvent, type ReportingEvent } from './reporting-event.ts';

export type RecordPreview = {
  readonly event: Part43Event;
  readonly part43: Part43Preview;
  /** #97 as an instant. */
  readonly reportedAt: number | null;
  readonly duties: Duties;
};

/**
 * Makes the preview of a run.
 * @returns takes the values of a submitted record, as `readRecordValues` gives them
 */
export function createRecordPreview(
  tables: Tables,
  registers: Registers,
): (values: RecordValues) => RecordPreview {
  const productOf = createProductResolver(registers);
  return (values) => {
    const reporting = readReportingEvent(values);
    const { assetClass } = productOf(readProductFacts(values));
    const event = readPart43Event(values, { assetClass, dealer: dealerAmong(reporting, tables) });
    return {
      event,
      part43: previewDissemination(event, tables),
      reportedAt: reporting.reportedAt,
      duties: judgeDuties(reporting, tables),
    };
  };
}

/** Of the parties only ours are known; another may be a dealer too. */
function dealerAmong(reporting: ReportingEvent, { entities }: Tables): boolean | null {
  const ours = [ourParty(reporting, 0, entities), ourParty(reporting, 1, entities)];
  if (ours.some((entity) => entity?.role === 'SD' || entity?.role === 'MSP')) return true;
  return ours.includes(null) ? null : false;
}
