/**
 * What product a record is of: from the register of products, else from the record's repository-specific columns,
 * else from the FISN, attribute by attribute; what none of them says is undetermined, and rules that ask for it are
 * not checked. Source of the order: CFTC technical specification v3.2, rules that refer to UPI reference data.
 */
import { detachText } from './detach-text.ts';
import { readFisn } from './fisn.ts';
import {
  firstKnown,
  readAssetClass,
  readDeliveryType,
  readInstrumentType,
  readNotionalSchedule,
  readOptionType,
  readUnderlierType,
  UNDETERMINED,
  type ProductAttributes,
} from './product-attributes.ts';
import type { Registers } from './registers.ts';

/** What a record says of its product, as it says it; '' where it says nothing. */
export type ProductFacts = {
  readonly upi: string;
  readonly fisn: string;
  readonly assetClass: string;
  readonly instrumentType: string;
  readonly deliveryType: string;
  readonly underlierType: string;
  readonly notionalSchedule: string;
  readonly optionType: string;
};

export type Product = ProductAttributes & {
  /** What the record's columns say otherwise than the register, whose word counts. */
  readonly conflicts: readonly (keyof ProductAttributes)[];
};

type Known = { readonly facts: ProductFacts; readonly product: Product };

/** Many times the products that a day's swaps are of; then the cache begins anew. */
const MAX_CACHED = 20_000;
/** Of one UPI, or of records without any. */
const MAX_PER_UPI = 64;
/** Facts longer than this, in characters, are not worth keeping: they are no codes. */
const MAX_CACHED_LENGTH = 300;

const ATTRIBUTES = Object.keys(UNDETERMINED) as readonly (keyof ProductAttributes)[];
const NO_CONFLICTS: Product['conflicts'] = [];

/**
 * Makes the resolver of a run. Equal attributes give the same object, and facts that were met lately cost a look into
 * a table and no memory.
 */
export function createProductResolver({ upi: register }: Registers): (facts: ProductFacts) => Product {
  const products = new Map<string, Product>();
  let cache = new Map<string, Known[]>();
  let cached = 0;

  const intern = (attributes: ProductAttributes, conflicts: Product['conflicts']): Product => {
    const key = [...ATTRIBUTES.map((name) => attributes[name]), ...conflicts].join('|');
    const known = products.get(key);
    if (known) return known;
    const product = { ...attributes, conflicts };
    products.set(key, product);
    return product;
  };

  const resolve = (facts: ProductFacts): Product => {
    const registered = register?.entries.get(facts.upi) ?? UNDETERMINED;
    const own = readColumns(facts);
    const conflicts = ATTRIBUTES.filter(
      (name) => registered[name] !== null && own[name] !== null && registered[name] !== own[name],
    );
    return intern(
      firstKnown(registered, own, readFisn(facts.fisn)),
      conflicts.length > 0 ? conflicts : NO_CONFLICTS,
    );
  };

  const keep = (facts: ProductFacts, product: Product): void => {
    if (lengthOf(facts) > MAX_CACHED_LENGTH) return;
    if (cached >= MAX_CACHED) {
      cache = new Map();
      cached = 0;
    }
    const own = detach(facts);
    const list = cache.get(own.upi);
    cached += 1;
    if (!list) cache.set(own.upi, [{ facts: own, product }]);
    else if (list.length < MAX_PER_UPI) list.push({ facts: own, product });
    else list[cached % MAX_PER_UPI] = { facts: own, product };
  };

  return (facts) => {
    const list = cache.get(facts.upi);
    if (list) {
      for (let at = 0; at < list.length; at += 1) {
        if (isSame(list[at]!.facts, facts)) return list[at]!.product;
      }
    }
    const product = resolve(facts);
    keep(facts, product);
    return product;
  };
}

/** A record with a type of option is of an option, whatever column it lacks; a blank one says nothing. */
function readColumns(facts: ProductFacts): ProductAttributes {
  const isOption = readOptionType(facts.optionType) !== null;
  return {
    assetClass: readAssetClass(facts.assetClass),
    instrumentType: readInstrumentType(facts.instrumentType) ?? (isOption ? 'Option' : null),
    underlierType: readUnderlierType(facts.underlierType),
    deliveryType: readDeliveryType(facts.deliveryType),
    notionalSchedule: readNotionalSchedule(facts.notionalSchedule),
  };
}

const isSame = (one: ProductFacts, other: ProductFacts): boolean =>
  one.fisn === other.fisn &&
  one.assetClass === other.assetClass &&
  one.instrumentType === other.instrumentType &&
  one.deliveryType === other.deliveryType &&
  one.underlierType === other.underlierType &&
  one.notionalSchedule === other.notionalSchedule &&
  one.optionType === other.optionType;

const lengthOf = (facts: ProductFacts): number =>
  Object.values(facts).reduce((sum, value) => sum + value.length, 0);

const detach = (facts: ProductFacts): ProductFacts => ({
  upi: detachText(facts.upi),
  fisn: detachText(facts.fisn),
  assetClass: detachText(facts.assetClass),
  instrumentType: detachText(facts.instrumentType),
  deliveryType: detachText(facts.deliveryType),
  underlierType: detachText(facts.underlierType),
  notionalSchedule: detachText(facts.notionalSchedule),
  optionType: detachText(facts.optionType),
});
