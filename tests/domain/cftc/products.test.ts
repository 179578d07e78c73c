import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { createProductResolver, type ProductFacts } from '../../../domain/cftc/products.ts';
import {
  readAssetClass,
  readDeliveryType,
  readInstrumentType,
  readUnderlierType,
  UNDETERMINED,
} from '../../../domain/cftc/product-attributes.ts';

const NOTHING: ProductFacts = {
  upi: '',
  fisn: '',
  assetClass: '',
  instrumentType: '',
  deliveryType: '',
  underlierType: '',
  notionalSchedule: '',
  optionType: '',
};
const KNOWN_UPI = 'QZTNSWP00027';
const resolve = createProductResolver(BUILT_IN_REGISTERS);
const facts = (some: Partial<ProductFacts>): ProductFacts => ({ ...NOTHING, ...some });

describe('the product of a record', () => {
  test('is what the register says of its UPI', () => {
    expect(resolve(facts({ upi: KNOWN_UPI }))).toEqual({
      assetClass: 'IR',
      instrumentType: 'Swap',
      underlierType: 'Fixed - Floating',
      deliveryType: 'CASH',
      notionalSchedule: 'Constant',
      conflicts: [],
    });
  });

  test('is what its columns say, where the register does not know the UPI', () => {
    const columns = { assetClass: 'FX', instrumentType: 'Forward', deliveryType: 'Physical' };
    expect(resolve(facts({ upi: 'QZHQMMR4V1JL', ...columns, fisn: 'NA/Swap OIS USD' }))).toEqual({
      assetClass: 'FX',
      instrumentType: 'Forward',
      underlierType: 'Overnight Index Swap (OIS)',
      deliveryType: 'PHYS',
      notionalSchedule: null,
      conflicts: [],
    });
  });

  test('is what its FISN says, where nothing else does', () => {
    expect(resolve(facts({ fisn: 'NA/O Van Put EUR USD' }))).toEqual({
      ...UNDETERMINED,
      assetClass: 'FX',
      instrumentType: 'Option',
      conflicts: [],
    });
  });

  test('is undetermined where nothing says anything', () => {
    expect(resolve(NOTHING)).toEqual({ ...UNDETERMINED, conflicts: [] });
    expect(resolve(facts({ instrumentType: 'Contract', deliveryType: '?', underlierType: 'x' }))).toBe(
      resolve(NOTHING),
    );
  });

  test('is an option when the record has a type of option', () => {
    expect(resolve(facts({ optionType: 'CALL' })).instrumentType).toBe('Option');
    expect(resolve(facts({ optionType: 'CALL', instrumentType: 'Swap' })).instrumentType).toBe('Swap');
  });

  test('follows the register against the record, and says in what they differ', () => {
    const product = resolve(
      facts({ upi: KNOWN_UPI, assetClass: 'FX', deliveryType: 'phys', underlierType: '?' }),
    );
    expect(product).toMatchObject({ assetClass: 'IR', deliveryType: 'CASH' });
    expect(product.conflicts).toEqual(['assetClass', 'deliveryType']);
  });

  test('is not asked of a register that is not loaded', () => {
    const without = createProductResolver({ ...BUILT_IN_REGISTERS, upi: null });
    expect(without(facts({ upi: KNOWN_UPI }))).toEqual({ ...UNDETERMINED, conflicts: [] });
  });

  test('is the same object whenever its attributes are the same', () => {
    const first = resolve(facts({ instrumentType: 'Swap', deliveryType: 'Cash' }));
    expect(resolve(facts({ instrumentType: 'SWAP', deliveryType: 'CASH' }))).toBe(first);
    expect(resolve(facts({ upi: 'none', instrumentType: 'swap', deliveryType: 'cash-settled' }))).toBe(first);
  });

  test.each([
    ['assetClass', 'IR', 'FX', 'assetClass'],
    ['instrumentType', 'Swap', 'Option', 'instrumentType'],
    ['deliveryType', 'CASH', 'PHYS', 'deliveryType'],
    ['underlierType', 'Index', 'Basket', 'underlierType'],
    ['notionalSchedule', 'Constant', 'Custom', 'notionalSchedule'],
    ['fisn', 'NA/Swap USD', 'NA/Fwd USD', 'instrumentType'],
    ['optionType', '', 'CALL', 'instrumentType'],
  ] as const)('is not that of a record with another %s', (fact, one, other, attribute) => {
    const first = resolve(facts({ [fact]: one }));
    expect(resolve(facts({ [fact]: other }))[attribute]).not.toBe(first[attribute]);
  });

  test('is right beyond the bounds of what is remembered', () => {
    const many = createProductResolver(BUILT_IN_REGISTERS);
    for (let turn = 0; turn < 2; turn += 1) {
      for (let at = 0; at < 25_000; at += 1) {
        const instrumentType = at % 2 === 0 ? 'Swap' : 'Forward';
        expect(many(facts({ upi: `X${at}`, instrumentType })).instrumentType).toBe(instrumentType);
      }
    }
    for (let at = 0; at < 200; at += 1)
      expect(many(facts({ fisn: `NA/Swap ${at}` })).instrumentType).toBe('Swap');
  });

  test('is undetermined for cells of a million characters, and for any text', () => {
    expect(resolve(facts({ upi: 'x'.repeat(1e6), fisn: `NA/${'Swap '.repeat(2e5)}` }))).toEqual(
      resolve(NOTHING),
    );
    const text = fc.string({ unit: 'binary' });
    const any = fc.record({
      upi: text,
      fisn: text,
      assetClass: text,
      instrumentType: text,
      deliveryType: text,
      underlierType: text,
      notionalSchedule: text,
      optionType: text,
    });
    fc.assert(fc.property(any, (some) => expect(resolve(some)).toBe(resolve(some))));
  });
});

describe('the spellings of attributes', () => {
  test.each([
    ['Cash', 'CASH'],
    ['physical', 'PHYS'],
    ['Elect at Settlement', 'OPTL'],
    ['Non-Deliverable', 'CASH'],
    ['Auction', null],
    ['', null],
  ])('of deliveries: "%s" is %s', (text, value) => {
    expect(readDeliveryType(text)).toBe(value);
  });

  test.each([
    ['interest rate', 'IR'],
    ['Foreign_Exchange', 'FX'],
    ['CR', 'CR'],
    ['Other', null],
    ['constructor', null],
  ])('of asset classes: "%s" is %s', (text, value) => {
    expect(readAssetClass(text)).toBe(value);
  });

  test('of instruments and underliers are read in any case and with any signs between', () => {
    expect(readInstrumentType('swaption')).toBe('Option');
    expect(readUnderlierType('FIXED-FIXED')).toBe('Fixed - Fixed');
    expect(readUnderlierType('INDEX TRANCHE')).toBe('Index tranche');
  });
});
