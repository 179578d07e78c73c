/** What a reconciliation found, for people and as CSV. */
import { BREAK_KINDS, type Break, type ReconciliationCounts } from '../contracts/reconciliation.ts';
import type { Language } from '../contracts/texts/shape.ts';
import { RECONCILE_EN } from '../contracts/texts/reconcile-en.ts';
import { RECONCILE_KO } from '../contracts/texts/reconcile-ko.ts';
import { elementByNumber } from '../domain/cftc/elements.ts';
import { encodeLine } from '../domain/csv/encode.ts';
import { formatCount, formatTable, plain, print, styled } from './print.ts';

export const RECONCILE_TEXTS = { en: RECONCILE_EN, ko: RECONCILE_KO } as const;

const CSV_COLUMNS = ['error', 'swap', 'line', 'element', 'name', 'slot', 'ours', 'theirs'];

export const csvHeader = (): string => encodeLine(CSV_COLUMNS);

/** A break as a line of CSV; errors by their codes, whatever the language. */
export const csvLine = ({ kind, swap, line, element, slot, ours, theirs }: Break): string =>
  encodeLine([
    kind,
    swap,
    line === null ? '' : String(line),
    element ?? '',
    (element !== null && elementByNumber.get(element)?.name) || '',
    slot ?? '',
    ours,
    theirs,
  ]);

const MAX_SHOWN_VALUE = 60;

/** The breaks as a table. */
export function tabulateBreaks(breaks: readonly Break[], language: Language): string {
  const { columns, kinds, blank } = RECONCILE_TEXTS[language];
  const show = (found: Break, value: string): string => {
    if (value === '') return found.element === null ? '' : blank;
    const text = plain(value);
    return text.length > MAX_SHOWN_VALUE ? `${text.slice(0, MAX_SHOWN_VALUE)}…` : text;
  };
  const rows = breaks.map((found) => [
    kinds[found.kind],
    plain(found.swap),
    found.line === null ? '' : String(found.line),
    found.element === null ? '' : `#${found.element} ${elementByNumber.get(found.element)?.name ?? ''}`,
    show(found, found.ours),
    show(found, found.theirs),
  ]);
  const { kind, swap, line, element, ours, theirs } = columns;
  return formatTable([[kind, swap, line, element, ours, theirs], ...rows]);
}

/** How many of each kind, what to do about it, and the sum. */
export function printCounts(
  counts: ReconciliationCounts,
  { file, date, language }: { readonly file: string; readonly date: string; readonly language: Language },
): void {
  const { kinds, remedies, summary } = RECONCILE_TEXTS[language];
  const found = BREAK_KINDS.filter((kind) => counts.breaks[kind] > 0);
  if (found.length > 0) {
    print();
    print(formatTable(found.map((kind) => [counts.breaks[kind], kinds[kind], remedies[kind]])));
  }
  const breaks = sumOf(counts);
  const line = summary({
    file: plain(file),
    date,
    reported: formatCount(counts.reported),
    expected: formatCount(counts.expected),
    compared: formatCount(counts.compared),
    agreeing: formatCount(counts.agreeing),
    breaks: formatCount(breaks),
  });
  print(styled(breaks === 0 ? 'green' : 'red', line));
}

export const sumOf = ({ breaks }: ReconciliationCounts): number =>
  BREAK_KINDS.reduce((sum, kind) => sum + breaks[kind], 0);
