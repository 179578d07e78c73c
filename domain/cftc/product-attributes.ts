/**
 * What the rules ask of a product, and the one table of spellings: registers, repositories and submitters write the
 * same thing in many ways. What the table does not have is undetermined, never a guess.
 */
import { PRODUCT_TEMPLATES } from './product-templates.ts';
import type { AssetClass } from './scopes.ts';

export type InstrumentType = 'Swap' | 'Forward' | 'Option';
export type DeliveryType = 'CASH' | 'PHYS' | 'OPTL';

/** Attributes of a product; null where one is undetermined. The words are those of the UPI templates. */
export type ProductAttributes = {
  readonly assetClass: AssetClass | null;
  readonly instrumentType: InstrumentType | null;
  /** Like "Fixed - Fixed", "Index" or "Index tranche". */
  readonly underlierType: string | null;
  readonly deliveryType: DeliveryType | null;
  /** "Constant", "Accreting", "Amortizing" or "Custom". */
  readonly notionalSchedule: string | null;
};

export const UNDETERMINED: ProductAttributes = {
  assetClass: null,
  instrumentType: null,
  underlierType: null,
  deliveryType: null,
  notionalSchedule: null,
};

/** No spelling is longer; whoever sends more sends something else. */
const MAX_LENGTH = 60;

/** Letters and digits alone, in small: "Fixed - Fixed" and "FIXED-FIXED" are one spelling. */
export const foldSpelling = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** Makes a reader of spellings; each value is also a spelling of itself. */
function createReader<Value extends string>(
  spellings: Readonly<Record<Value, string>>,
): (text: string) => Value | null {
  const values = new Map(
    (Object.entries(spellings) as [Value, string][]).flatMap(([value, others]) =>
      [value, ...others.split(' ')].map((spelling) => [foldSpelling(spelling), value] as const),
    ),
  );
  values.delete('');
  return (text) => (text.length <= MAX_LENGTH ? (values.get(foldSpelling(text)) ?? null) : null);
}

export const readAssetClass = createReader<AssetClass>({
  CR: 'Credit Credits',
  CO: 'Commodity Commodities OtherCommodity COMM',
  EQ: 'Equity Equities EQUI',
  FX: 'ForeignExchange Foreign_Exchange Forex CURR',
  IR: 'Rates InterestRate InterestRates INTR',
});

export const readInstrumentType = createReader<InstrumentType>({
  Swap: 'Swaps SWAP',
  Forward: 'Forwards FORW Fwd',
  Option: 'Options OPTN Swaption',
});

/** What cannot be delivered is settled in cash. */
export const readDeliveryType = createReader<DeliveryType>({
  CASH: 'CashSettled NonDeliverable',
  PHYS: 'Physical PhysicallySettled Deliverable',
  OPTL: 'Optional ElectAtSettlement ElectAtExercise',
});

export const readNotionalSchedule = createReader({
  Constant: '',
  Accreting: '',
  Amortizing: 'Amortising',
  Custom: '',
});

/** Type of the option itself: the columns of options name it, those of other products are blank. */
export const readOptionType = createReader({
  CALL: '',
  PUTO: 'Put',
  OPTL: 'Chooser Other Optional',
});

/** The types of all templates, in the spelling of the specification where it has one of its own. */
export const readUnderlierType: (text: string) => string | null = createReader({
  ...Object.fromEntries(
    PRODUCT_TEMPLATES.flatMap(({ underlierTypes }) => underlierTypes).map((type) => [type, '']),
  ),
  'Index tranche': '',
});

const interned = new Map<string, ProductAttributes>();

/** The one object with these attributes: there are some thousand combinations at most, and a million records. */
function internAttributes(attributes: ProductAttributes): ProductAttributes {
  const { assetClass, instrumentType, underlierType, deliveryType, notionalSchedule } = attributes;
  const key = [assetClass, instrumentType, underlierType, deliveryType, notionalSchedule].join('|');
  const known = interned.get(key);
  if (known) return known;
  interned.set(key, attributes);
  return attributes;
}

/** Of every attribute the first that is determined. */
export function firstKnown(...sources: readonly ProductAttributes[]): ProductAttributes {
  const first = <Name extends keyof ProductAttributes>(name: Name): ProductAttributes[Name] =>
    sources.find((source) => source[name] !== null)?.[name] ?? null;
  return internAttributes({
    assetClass: first('assetClass'),
    instrumentType: first('instrumentType'),
    underlierType: first('underlierType'),
    deliveryType: first('deliveryType'),
    notionalSchedule: first('notionalSchedule'),
  });
}
