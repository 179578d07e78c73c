/**
 * Recognises a file's format from its header line, never from its name, and binds every column to a data element.
 * Element names are compared without case, spacing and punctuation. In the submission format a column may be named
 * by the element's key, its name in the specification, or `#number`, with a leg as suffix; in public dissemination
 * files the repository's own column names come on top (list of the layout in use since 2024-01-29).
 */
import type { ErrorFacts } from '../../contracts/errors.ts';
import { ELEMENTS, type Element } from '../cftc/elements.ts';

export type FileFormat = 'submission' | 'public-dissemination';
export type Leg = 1 | 2;

export type Column = {
  /** Position in the record, from 0. */
  readonly index: number;
  /** The name as the file has it. */
  readonly name: string;
  /** Where the value goes: element key with stream and leg ("notionalAmountLeg1"), a repository-specific name, or null. */
  readonly slot: string | null;
  readonly element: Element | null;
  readonly leg: Leg | null;
};

export type Layout = {
  readonly format: FileFormat;
  readonly columns: readonly Column[];
  /** Columns of the submission format that name nothing we know; they are carried along unread. */
  readonly unknownColumns: readonly string[];
};

/** Why a file cannot be read; whoever knows its name adds it as the parameter `file`. */
export type HeaderProblem = ErrorFacts;

type Slot = { readonly slot: string; readonly element: Element | null; readonly leg: Leg | null };

/** Columns of public dissemination files that are the repository's own, not elements of the specification. */
const REPOSITORY_COLUMNS: Record<string, string> = {
  'Asset Class': 'assetClass',
  'Product name': 'productName',
  'Mandatory clearing indicator': 'mandatoryClearingIndicator',
  'Maturity date of the underlier': 'maturityDateOfTheUnderlier',
  'Large notional off-facility swap election indicator': 'largeNotionalOffFacilitySwapElectionIndicator',
  'Underlier ID-Leg 1': 'underlierIdLeg1',
  'Underlier ID-Leg 2': 'underlierIdLeg2',
  'Underlier ID source-Leg 1': 'underlierIdSourceLeg1',
  'Underlying Asset Name': 'underlyingAssetName',
  'Underlying asset subtype or underlying contract subtype-Leg 1': 'underlyingAssetSubtypeLeg1',
  'Underlying asset subtype or underlying contract subtype-Leg 2': 'underlyingAssetSubtypeLeg2',
  'Option Type': 'optionType',
  'Option Style': 'optionStyle',
  'Physical delivery location-Leg 1': 'physicalDeliveryLocationLeg1',
  'Delivery Type': 'deliveryType',
};

/** Columns of the submission format beside the elements. */
const SUBMISSION_COLUMNS: Record<string, string> = { messageType: 'messageType', assetClass: 'assetClass' };

/** A name as a message may show it: however long the header is, the message is not. */
const shorten = (name: string): string => name.trim().slice(0, 60).toWellFormed();

const normalise = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9#]/g, '');

const extras = (names: Record<string, string>): Map<string, Slot> =>
  new Map(Object.entries(names).map(([name, slot]) => [normalise(name), { slot, element: null, leg: null }]));

const ELEMENT_SLOTS = buildElementSlots();
const REPOSITORY_SLOTS = extras(REPOSITORY_COLUMNS);
const SUBMISSION_SLOTS = extras(SUBMISSION_COLUMNS);

function buildElementSlots(): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  const legs = [
    ['', 1],
    ['Leg1', 1],
    ['Leg2', 2],
  ] as const;
  for (const element of ELEMENTS) {
    const bases = [element.name, element.key, `#${element.number}`, ...element.columnNames];
    // Day count and payment frequency come once for the fixed and once for the floating leg.
    const streams = element.streams ? ['', 'fixedRate', 'floatingRate'] : [''];
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

/** Slot of an element in a leg, as `Column.slot` has it. */
export function slotOf(element: Element, leg: Leg | null): string {
  return leg === null ? element.key : `${element.key}Leg${leg}`;
}

/**
 * Binds the names of a header line.
 * @returns the layout, or the whole-file problem with its code of the error table
 */
export function recogniseHeader(names: readonly string[]): Layout | HeaderProblem {
  const present = new Set(names.map(normalise));
  if (present.has('primaryassetclass') || present.has('disseminationid'))
    return unsupported('before 2022-12-05');
  if (present.has('disseminationidentifier')) {
    if (present.has('callamountleg1')) return unsupported('2022-12-05 to 2024-01-28');
    return recognisePublic(names, present);
  }
  return recogniseSubmission(names, present);
}

const unsupported = (period: string): HeaderProblem => ({
  code: 'file.format-unsupported',
  params: { period },
});

const incomplete = (format: string, column: string): HeaderProblem => ({
  code: 'file.header-incomplete',
  params: { format, column },
});

function recognisePublic(names: readonly string[], present: Set<string>): Layout | HeaderProblem {
  if (!present.has('actiontype')) return incomplete('public dissemination', 'Action type');
  if (!['uniqueproductidentifier', 'upifisn', 'upiunderliername'].some((name) => present.has(name))) {
    return incomplete('public dissemination', 'Unique Product Identifier');
  }
  return bind('public-dissemination', names, (name) => REPOSITORY_SLOTS.get(name) ?? ELEMENT_SLOTS.get(name));
}

function recogniseSubmission(names: readonly string[], present: Set<string>): Layout | HeaderProblem {
  const has = (key: string): boolean =>
    [...present].some((name) => ELEMENT_SLOTS.get(name)?.element?.key === key);
  if (![...present].some((name) => ELEMENT_SLOTS.has(name))) {
    const shown = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 60)));
    return {
      code: 'file.header-unknown',
      params: { problem: 'names', begins: shown.join(', ') },
    };
  }
  if (!has('actionType')) return incomplete('submission', 'Action type');
  if (!has('uniqueTransactionIdentifierUti') && !has('uniqueSwapIdentifierUsi')) {
    return incomplete('submission', 'Unique transaction identifier (UTI)');
  }
  return bind('submission', names, (name, given) =>
    /^\s*upi\./i.test(given)
      ? { slot: `upi.${given.trim().slice(4)}`, element: null, leg: null }
      : (SUBMISSION_SLOTS.get(name) ?? ELEMENT_SLOTS.get(name)),
  );
}

function bind(
  format: FileFormat,
  names: readonly string[],
  find: (normalised: string, given: string) => Slot | undefined,
): Layout | HeaderProblem {
  const columns = names.map((name, index): Column => {
    const found = find(normalise(name), name);
    return {
      index,
      name,
      slot: found?.slot ?? null,
      element: found?.element ?? null,
      leg: found?.leg ?? null,
    };
  });
  const seen = new Map<string, string>();
  for (const { name, slot } of columns) {
    if (slot === null) continue;
    const first = seen.get(slot);
    if (first !== undefined) {
      return {
        code: 'file.header-duplicate',
        params: { first: shorten(first), second: shorten(name), slot: shorten(slot) },
      };
    }
    seen.set(slot, name);
  }
  return {
    format,
    columns,
    unknownColumns: columns.filter(({ slot }) => slot === null).map(({ name }) => name),
  };
}
