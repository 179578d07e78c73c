/**
 * What a column name means. Names are compared without case, spacing and punctuation. An element's column may be named
 * by the element's key, its name in the specification, or `#number`, with a leg as suffix.
 */
import { elementByNumber, ELEMENTS, type Element } from '../cftc/elements.ts';
import {
  ERA_A_ELEMENTS,
  ERA_A_OWN_COLUMNS,
  ERA_B_LEGS,
  REPOSITORY_COLUMNS,
} from './dissemination-columns.ts';

export type Leg = 1 | 2;

/** Where a value goes, and by which element it is judged. */
export type Slot = { readonly slot: string; readonly element: Element | null; readonly leg: Leg | null };

/** Day count and payment frequency come once for the fixed and once for the floating leg. */
export const STREAMS = ['fixedRate', 'floatingRate'] as const;
export type Stream = (typeof STREAMS)[number];

/** The stream that a slot is of; null when its element has none, or the slot is of the whole leg. */
export const streamOf = (slot: string, { streams }: Element): Stream | null =>
  (streams && STREAMS.find((stream) => slot.startsWith(stream))) || null;

export const normalise = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9#]/g, '');

const ownSlot = (slot: string): Slot => ({ slot, element: null, leg: null });
const ownSlots = (names: Readonly<Record<string, string>>): [string, Slot][] =>
  Object.entries(names).map(([name, slot]) => [normalise(name), ownSlot(slot)]);

/** Slot of an element in a leg, as `Column.slot` has it. */
export function slotOf(element: Element, leg: Leg | null): string {
  return leg === null ? element.key : `${element.key}Leg${leg}`;
}

/** Columns of every element of the specification. */
export const ELEMENT_SLOTS: ReadonlyMap<string, Slot> = buildElementSlots();

/** What a UPI says of the product, for records whose UPI no register has; named as the specification refers to it. */
export const PRODUCT_COLUMNS = {
  'UPI.instrumentType': 'upi.instrumentType',
  'UPI.underlierType': 'upi.underlierType',
  'UPI.deliveryType': 'upi.deliveryType',
  'UPI.notionalSchedule': 'upi.notionalSchedule',
} as const;

/** Columns of the submission format beside the elements. */
export const SUBMISSION_SLOTS: ReadonlyMap<string, Slot> = new Map(
  ownSlots({ ...REPOSITORY_COLUMNS, ...PRODUCT_COLUMNS, messageType: 'messageType' }),
);

/**
 * Columns that a list of rejected records adds to those of its file, and that come back with a corrected file: which
 * record it is, what is wrong with it, and its text where it has no fields. They hold no values of the record.
 */
export const RETURN_COLUMNS = ['tainRecord', 'tainIssues', 'tainRaw'] as const;

export const RETURN_SLOTS: ReadonlyMap<string, Slot> = new Map(
  RETURN_COLUMNS.map((name) => [normalise(name), ownSlot(name)]),
);

export const isReturnColumn = ({ slot }: { readonly slot: string | null }): boolean =>
  RETURN_COLUMNS.some((name) => name === slot);

/** Columns of public dissemination files of eras B and C. */
export const PUBLIC_SLOTS: ReadonlyMap<string, Slot> = new Map([
  ...ELEMENT_SLOTS,
  ...ownSlots(REPOSITORY_COLUMNS),
  ...ERA_B_LEGS.flatMap((number) => legsOf(elementByNumber.get(number)!)),
]);

/** Columns of public dissemination files of era A. */
export const ERA_A_SLOTS: ReadonlyMap<string, Slot> = new Map([
  ...ERA_A_OWN_COLUMNS.map((name): [string, Slot] => [
    normalise(name),
    ownSlot(`eraA.${name.replaceAll(/[^A-Za-z0-9]+/g, '')}`),
  ]),
  ...Object.entries(ERA_A_ELEMENTS).map(([name, [number, leg]]): [string, Slot] => {
    const element = elementByNumber.get(number)!;
    return [normalise(name), { slot: slotOf(element, leg), element, leg }];
  }),
]);

function legsOf(element: Element): [string, Slot][] {
  return ([1, 2] as const).map((leg) => [
    normalise(`${element.name}-Leg ${leg}`),
    { slot: slotOf(element, leg), element, leg },
  ]);
}

function buildElementSlots(): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  const legs = [
    ['', 1],
    ['Leg1', 1],
    ['Leg2', 2],
  ] as const;
  for (const element of ELEMENTS) {
    const bases = [element.name, element.key, `#${element.number}`, ...element.columnNames];
    const streams = element.streams ? ['', ...STREAMS] : [''];
    for (const stream of streams) {
      const key = stream === '' ? element.key : stream + element.key[0]!.toUpperCase() + element.key.slice(1);
      for (const [suffix, leg] of element.legs ? legs : ([['', null]] as const)) {
        const slot = { slot: element.legs ? `${key}Leg${leg}` : key, element, leg };
        for (const base of bases) slots.set(normalise(stream + base + suffix), slot);
      }
    }
  }
  return slots;
}
