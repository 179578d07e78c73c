/**
 * An open swaps report as a repository would make it from the messages that it took, by rules of its own: terms as the
 * last message that states them has them, links and daily values as they were named last.
 */
import { elementBySlot } from '../../domain/swaps/record-content.ts';
import type { SwapEvent } from '../../domain/swaps/swap-event.ts';
import { encodeLine } from '../../domain/csv/encode.ts';

const RESTATING = ['NEWT', 'MODI', 'CORR'];
const LINKS = '5 6 7 8 9 10 100 101 105 116 124'.split(' ');

export type ReportRow = Record<string, string>;

const join = (value: string | readonly string[]): string =>
  typeof value === 'string' ? value : value.join(';');

/** What stays when a message states the terms anew. */
const stays = (slot: string): boolean => {
  const element = elementBySlot.get(slot);
  return (
    element !== undefined &&
    (LINKS.includes(element.number) || ['Valuation', 'Collateral and margins'].includes(element.group))
  );
};

/** The line of a swap. @param events those that were applied, in their order */
export function reportRow(events: readonly SwapEvent[]): ReportRow {
  let row: ReportRow = {};
  for (const { action, values } of events) {
    const given = Object.fromEntries(Object.entries(values).map(([slot, value]) => [slot, join(value)]));
    if (RESTATING.includes(action)) {
      const kept = Object.fromEntries(Object.entries(row).filter(([slot]) => stays(slot)));
      row = { ...kept, ...given };
    } else if (action === 'VALU' || action === 'MARU') {
      const group = action === 'VALU' ? 'Valuation' : 'Collateral and margins';
      const ofGroup = (slot: string): boolean => elementBySlot.get(slot)?.group === group;
      const before = Object.entries(row).filter(([slot]) => !ofGroup(slot) || isLink(slot));
      const after = Object.entries(given).filter(([slot]) => ofGroup(slot) || isLink(slot));
      row = Object.fromEntries([...before, ...after]);
    } else {
      row = { ...row, ...Object.fromEntries(Object.entries(given).filter(([slot]) => isLink(slot))) };
    }
  }
  return row;
}

const isLink = (slot: string): boolean => LINKS.includes(elementBySlot.get(slot)?.number ?? '');

/** The report as CSV: a column for everything that a line has. */
export function reportCsv(rows: readonly ReportRow[]): string {
  const columns = [
    ...new Set([
      'uniqueTransactionIdentifierUti',
      'actionType',
      ...rows.flatMap((row) => Object.keys(row).filter((slot) => elementBySlot.has(slot))),
    ]),
  ];
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))].map(encodeLine).join('');
}
