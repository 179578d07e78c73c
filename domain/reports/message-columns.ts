/**
 * The columns of the files that leave for a repository: per kind of message those elements that it may carry, in the
 * order of the specification, named by their keys. A column of its own leads each line: the id of the message.
 * Source: CFTC technical specification v3.2, columns "Part 45" and "End of day"; files as its repositories take them
 * (blank means not reported, no scientific notation).
 */
import { ELEMENTS } from '../cftc/elements.ts';
import type { MESSAGE_TYPES } from '../cftc/scopes.ts';
import { ELEMENT_SLOTS, PRODUCT_COLUMNS } from '../swaps/column-slots.ts';
import type { RecordValues } from '../swaps/record-content.ts';

export type MessageKind = (typeof MESSAGE_TYPES)[number];

/** Name of the column with the id of the message. */
export const MESSAGE_ID_COLUMN = 'tainMessage';

export type MessageColumns = {
  readonly names: readonly string[];
  /** The fields of a record under these names. */
  readonly fields: (values: RecordValues) => string[];
};

/** Slots of elements in the order of the specification: by element, then as the table of slots has them. */
const SLOTS_BY_ELEMENT = Map.groupBy(
  new Map([...ELEMENT_SLOTS.values()].map((slot) => [slot.slot, slot])).values(),
  ({ element }) => element!.number,
);

const range = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, at) => String(first + at));

/** Elements of the reports at the end of a day. Source: CFTC technical specification v3.2, section 4 (VALU and MARU). */
const END_OF_DAY: Readonly<Partial<Record<MessageKind, ReadonlySet<string>>>> = {
  valuation: new Set([
    ...range(13, 15),
    '22',
    '26',
    '87',
    '97',
    '102',
    '103',
    ...range(106, 113),
    '116',
    '124',
  ]),
  collateral: new Set([...range(13, 15), '22', '26', '30', '97', '102', '103', ...range(114, 128)]),
};

const COLUMNS: Readonly<Record<MessageKind, MessageColumns>> = {
  transaction: makeColumns('transaction'),
  valuation: makeColumns('valuation'),
  collateral: makeColumns('collateral'),
};

/** The columns of the files of a kind of message. */
export const columnsOf = (kind: MessageKind): MessageColumns => COLUMNS[kind];

function makeColumns(kind: MessageKind): MessageColumns {
  const wanted = END_OF_DAY[kind];
  const elements = ELEMENTS.filter(({ number, part45 }) => (wanted ? wanted.has(number) : part45));
  const slots = elements.flatMap(({ number }) =>
    (SLOTS_BY_ELEMENT.get(number) ?? []).map(({ slot }) => slot),
  );
  // What a UPI says, for products that no register of the receiver has.
  const names = kind === 'transaction' ? [...slots, ...Object.values(PRODUCT_COLUMNS)] : slots;
  return {
    names,
    fields: (values) =>
      names.map((name) => {
        const value = Object.hasOwn(values, name) ? values[name]! : '';
        return typeof value === 'string' ? value : value.join(';');
      }),
  };
}
