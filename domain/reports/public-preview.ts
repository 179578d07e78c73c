/** What the public would see of an event, as a repository publishes it: rounded, capped, later, without the parties. */
import { formatInstant } from '../cftc/calendars/zone.ts';
import { ELEMENTS } from '../cftc/elements.ts';
import type { Part43Preview } from '../cftc/part43/preview.ts';
import type { AssetClass } from '../cftc/scopes.ts';
import { ELEMENT_SLOTS } from '../swaps/column-slots.ts';
import { elementBySlot, type RecordValues } from '../swaps/record-content.ts';
import type { RecordPreview } from '../swaps/preview-record.ts';

/** Stands in every row: it shows what to expect, and is sent to nobody. */
export const NOT_SENT = 'not sent';

const PUBLIC = new Set(ELEMENTS.filter(({ disseminated }) => disseminated).map(({ number }) => number));
const SLOTS = [...new Set([...ELEMENT_SLOTS.values()].map(({ slot }) => slot))];
/** In the order of the specification. D1 to D5 are the repository's own. */
const PUBLIC_SLOTS = ELEMENTS.filter(({ number }) => PUBLIC.has(number) && !number.startsWith('D')).flatMap(
  ({ number }) => SLOTS.filter((slot) => elementBySlot.get(slot)!.number === number),
);

export const PUBLIC_PREVIEW_COLUMNS: readonly string[] = [
  'notice',
  'outcome',
  'reason',
  'assumed',
  'publishedFrom',
  'publishedLatest',
  'amountsKnown',
  'assetClass',
  ...PUBLIC_SLOTS,
];

/**
 * The row of an event that is public, or may be; null for one that is not. Amounts that are not known because a table
 * lacks are shown as they would be without a cap, and marked so.
 * @param values as they were reported
 */
export function publicPreviewRow(
  { part43, event }: Pick<RecordPreview, 'part43' | 'event'>,
  values: RecordValues,
): string[] | null {
  const { publication, amounts } = part43;
  if (publication.outcome === 'not-public') return null;
  const shown = publishedAmounts(part43, values);
  return [
    NOT_SENT,
    publication.outcome,
    publication.reason,
    publication.assumed.join(';'),
    ...timesOf(part43),
    amounts === null ? '' : amounts.known ? 'True' : 'False',
    (event.assetClass satisfies AssetClass | null) ?? '',
    ...PUBLIC_SLOTS.map((slot) => shown.get(slot) ?? joined(values, slot)),
  ];
}

const joined = (values: RecordValues, slot: string): string => {
  const value = Object.hasOwn(values, slot) ? values[slot]! : '';
  return typeof value === 'string' ? value : value.join(';');
};

/** Amounts by slot, those of a list joined; a capped one ends with a plus. Source: technical specification v3.2, 1.2.2. */
function publishedAmounts({ amounts }: Part43Preview, values: RecordValues): Map<string, string> {
  const bySlot = new Map<string, string[]>();
  if (amounts === null) return new Map();
  for (const { field, value, capped } of amounts.known ? amounts.amounts : amounts.ifUncapped)
    bySlot.set(field, [...(bySlot.get(field) ?? []), capped ? `${value}+` : value]);
  // A list is told whole or as it was reported.
  const isWhole = ([slot, shown]: [string, string[]]): boolean =>
    shown.length === joined(values, slot).split(';').length;
  return new Map([...bySlot].filter(isWhole).map(([slot, shown]) => [slot, shown.join(';')]));
}

/** From when, and at the latest when it would be public; blank where that cannot be said. */
function timesOf({ dissemination }: Part43Preview): [string, string] {
  if (dissemination === null) return ['', ''];
  switch (dissemination.kind) {
    case 'at-once':
      return [formatInstant(dissemination.from), ''];
    case 'delayed':
      return [formatInstant(dissemination.at), formatInstant(dissemination.at)];
    case 'post-priced':
      return [formatInstant(dissemination.from), formatInstant(dissemination.latest)];
    case 'undetermined': {
      const times = dissemination.candidates.flatMap(({ at }) => (at === null ? [] : [at]));
      return times.length === 0
        ? ['', '']
        : [formatInstant(Math.min(...times)), formatInstant(Math.max(...times))];
    }
  }
}
