/** Where a record says what its product is. */
import type { ProductFacts } from '../cftc/products.ts';
import { singleValue, type RecordValues } from './record-content.ts';

/** The slots of a fact; the second is the name that repositories use, read where the first is blank. */
export const PRODUCT_SLOTS: Readonly<Record<keyof ProductFacts, readonly string[]>> = {
  upi: ['uniqueProductIdentifier'],
  fisn: ['upiFisn'],
  assetClass: ['assetClass'],
  instrumentType: ['upi.instrumentType'],
  deliveryType: ['upi.deliveryType', 'deliveryType'],
  underlierType: ['upi.underlierType'],
  notionalSchedule: ['upi.notionalSchedule'],
  optionType: ['optionType'],
};
export const PRODUCT_FACTS = Object.keys(PRODUCT_SLOTS) as (keyof ProductFacts)[];

/** What the values of a record say of its product; '' where they say nothing. */
export function readProductFacts(values: RecordValues): ProductFacts {
  const facts = PRODUCT_FACTS.map((fact) => [
    fact,
    PRODUCT_SLOTS[fact].map((slot) => singleValue(values, slot)).find((value) => value !== null) ?? '',
  ]);
  return Object.fromEntries(facts) as ProductFacts;
}
