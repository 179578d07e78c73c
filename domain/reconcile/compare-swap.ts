/** One swap as we know it against the same swap as the repository reports it, field by field. */
import type { Break, BreakKind } from '../../contracts/reconciliation.ts';
import type { Layout } from '../swaps/header.ts';
import { everyValue, singleValue, type RecordValues } from '../swaps/record-content.ts';
import { UNKNOWN_SWAP } from '../swaps/swap-state.ts';
import { linkFields } from '../swaps/swap-links.ts';
import type { KnownSwap } from './known-swap.ts';
import type { ReportedSwap } from './reported-swap.ts';

/**
 * Elements of the message that was sent last, not of the swap: submitter, action, event, amendment, event identifier and
 * timestamps; and the identity of the swap, by which the two are put beside each other.
 */
const OF_THE_MESSAGE = new Set('22 26 27 28 29 30 97 102 103 D1 D2 D3 D4 D5'.split(' '));

/** #13 and #14. */
const PARTIES = new Set(['13', '14']);

/** What tells a swap from others where its UTI does not; #14 and #96 must be there. */
const IDENTIFYING = [
  'counterparty2',
  'executionTimestamp',
  'counterparty1ReportingCounterparty',
  'uniqueProductIdentifier',
  'effectiveDate',
  'expirationDate',
  'notionalAmountLeg1',
  'notionalCurrencyLeg1',
  'notionalAmountLeg2',
  'notionalCurrencyLeg2',
] as const;
const REQUIRED = 2;

type Field = { readonly element: string; readonly slots: readonly string[] };

export type SwapComparison = {
  /** Whether the two are open or not, then every field; empty when they agree. */
  readonly compare: (ours: KnownSwap, theirs: ReportedSwap) => Break[];
  /** The fields alone. */
  readonly compareFields: (ours: KnownSwap, theirs: ReportedSwap) => Break[];
  /** What identifies a swap beside its UTI; null where the report does not say enough. */
  readonly fingerprintOf: (values: RecordValues) => string | null;
};

/** Prepares the comparison with a report: fields that it has no column for are not compared. */
export function createComparison({ columns }: Pick<Layout, 'columns'>): SwapComparison {
  const given = new Set(columns.flatMap(({ slot }) => slot ?? []));
  const fields = fieldsOf(columns);
  const identifying = IDENTIFYING.filter((slot) => given.has(slot));
  const isIdentifiable = IDENTIFYING.slice(0, REQUIRED).every((slot) => given.has(slot));

  const compareFields = (ours: KnownSwap, theirs: ReportedSwap): Break[] =>
    fields.flatMap((field) => compareField(field, ours, theirs) ?? []);

  return {
    compareFields,
    compare(ours, theirs) {
      const kind = statusBreak(ours, theirs);
      if (kind === null) return theirs.isClosed ? [] : compareFields(ours, theirs);
      const status = theirs.isClosed ? (singleValue(theirs.values, 'actionType') ?? '') : 'open';
      return [{ ...wholeSwap(kind, ours.key, theirs.line), ours: ours.status, theirs: status }];
    },
    fingerprintOf(values) {
      if (!isIdentifiable) return null;
      const found = identifying.map((slot) => singleValue(values, slot));
      return found.slice(0, REQUIRED).includes(null) ? null : JSON.stringify(found);
    },
  };
}

/** A break that no field is meant by. */
export const wholeSwap = (kind: BreakKind, swap: string, line: number | null): Break => ({
  kind,
  swap,
  line,
  element: null,
  slot: null,
  ours: '',
  theirs: '',
});

/** A swap that was declared wrong (EROR) should never have been reported; any other end is an end. */
function statusBreak({ status }: KnownSwap, { isClosed }: ReportedSwap): BreakKind | null {
  if (status === 'open') return isClosed ? 'closed-should-be-open' : null;
  if (isClosed) return null;
  return status === 'errored' || status === 'none' ? 'reported-should-not-be' : 'open-should-be-closed';
}

/** The fields of the report, links that several elements can name taken together. */
function fieldsOf(columns: Layout['columns']): Field[] {
  const links = linkFields(UNKNOWN_SWAP.links);
  const seen = new Set<string>();
  return columns.flatMap(({ slot, element }): Field[] => {
    if (slot === null || element === null || OF_THE_MESSAGE.has(element.number) || seen.has(slot)) return [];
    const slots = links.find((link) => link.slots.includes(slot))?.slots ?? [slot];
    for (const one of slots) seen.add(one);
    return [{ element: element.number, slots }];
  });
}

function compareField({ element, slots }: Field, ours: KnownSwap, theirs: ReportedSwap): Break | null {
  const [was, now] = [ours, theirs].map(({ values }) =>
    slots.flatMap((slot) => everyValue(values, slot)).join(';'),
  ) as [string, string];
  if (was === now) return null;
  const kind =
    now === ''
      ? 'missing-value'
      : was !== '' && PARTIES.has(element)
        ? 'changed-counterparty'
        : 'invalid-value';
  return { kind, swap: ours.key, line: theirs.line, element, slot: slots[0]!, ours: was, theirs: now };
}
