/** Classification of financial instruments, ISO 10962: six letters, as UPI reference data have them. */
import { UNDETERMINED, type ProductAttributes } from './product-attributes.ts';

const SHAPE = /^[A-Z]{6}$/;

/** Category: the first letter. H: options and other complex products that are not listed. */
const INSTRUMENTS: Readonly<Record<string, ProductAttributes['instrumentType']>> = {
  S: 'Swap',
  H: 'Option',
  J: 'Forward',
};

/** Group of these categories: the second letter. */
const ASSET_CLASSES: Readonly<Record<string, ProductAttributes['assetClass']>> = {
  R: 'IR',
  T: 'CO',
  E: 'EQ',
  C: 'CR',
  F: 'FX',
};

/** Delivery: the last letter. What is not deliverable (N) is settled in cash; an auction (A) is neither. */
const DELIVERIES: Readonly<Record<string, ProductAttributes['deliveryType']>> = {
  C: 'CASH',
  N: 'CASH',
  P: 'PHYS',
  E: 'OPTL',
};

/** Has the text the shape of a CFI: six capital letters? ISO 10962. */
export const isCfi = (text: string): boolean => SHAPE.test(text);

/**
 * What a CFI says of a product of the over-the-counter categories; of any other nothing. General knowledge.
 * Source: ISO 10962.
 */
export function readCfi(cfi: string): ProductAttributes {
  const instrumentType = isCfi(cfi) ? (INSTRUMENTS[cfi[0]!] ?? null) : null;
  if (instrumentType === null) return UNDETERMINED;
  return {
    ...UNDETERMINED,
    instrumentType,
    assetClass: ASSET_CLASSES[cfi[1]!] ?? null,
    deliveryType: DELIVERIES[cfi[5]!] ?? null,
  };
}
