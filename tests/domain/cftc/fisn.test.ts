import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFisn } from '../../../domain/cftc/fisn.ts';
import { UNDETERMINED } from '../../../domain/cftc/product-attributes.ts';

const swap = { ...UNDETERMINED, instrumentType: 'Swap' };
const option = { ...UNDETERMINED, instrumentType: 'Option' };
const forward = { ...UNDETERMINED, instrumentType: 'Forward' };
const overnight = { assetClass: 'IR', underlierType: 'Overnight Index Swap (OIS)' };

describe('a FISN', () => {
  test.each([
    ['NA/Swap OIS USD', { ...swap, ...overnight }],
    ['NA/Swap Fxd Flt KRW', { ...swap, assetClass: 'IR', underlierType: 'Fixed - Floating' }],
    ['NA/Swap Flt Flt JPY USD', { ...swap, assetClass: 'IR', underlierType: 'Basis Swap (Float - Float)' }],
    ['NA/Swap Fxd Fxd JPY USD', { ...swap, assetClass: 'IR', underlierType: 'Fixed - Fixed' }],
    ['NA/Rts Swaps Oth USD', { ...swap, assetClass: 'IR' }],
    ['NA/O Call Epn OIS USD', { ...option, ...overnight }],
    ['NA/O P Epn Fxd Flt USD', { ...option, assetClass: 'IR', underlierType: 'Fixed - Floating' }],
    ['NA/O Van Put EUR USD', { ...option, assetClass: 'FX' }],
    ['NA/O Bar Put MXN USD', { ...option, assetClass: 'FX' }],
    ['NA/O NDO Put CLP USD', { ...option, assetClass: 'FX', deliveryType: 'CASH' }],
    ['NA/Fwd EUR USD', { ...forward, assetClass: 'FX' }],
    ['NA/Fwd NDF KRW USD', { ...forward, assetClass: 'FX', deliveryType: 'CASH' }],
    ['NA/NDF KRW USD', { ...forward, assetClass: 'FX', deliveryType: 'CASH' }],
    ['NA/NDO Put KRW USD', { ...option, assetClass: 'FX', deliveryType: 'CASH' }],
  ])('%s is read in full', (fisn, product) => {
    expect(readFisn(fisn)).toEqual(product);
  });

  test.each([
    ['NA/O Call Epn GBP', option],
    ['NA/Swap EUR USD', swap],
    ['NA/Swap Tot Rtn SPX USD', swap],
    ['NA/Swap OIS Something USD', swap],
    ['NA/Swap OIS Fxd Flt USD', swap],
    ['NA/Swap Fxd USD', swap],
    ['NA/NDF OIS USD', { ...forward, assetClass: 'FX', deliveryType: 'CASH' }],
    ['NA/Fwd EUR QQQ', forward],
  ])('%s says no more than its instrument', (fisn, product) => {
    expect(readFisn(fisn)).toEqual(product);
  });

  test.each([
    '',
    'NA',
    'NA/',
    '/Swap OIS USD',
    'Swap OIS USD',
    'NA/Swaption USD',
    'NA/swap OIS USD',
    'NA/Rts Fwd',
    'NA/toString USD',
    'NA/constructor',
    `NA/Swap ${'OIS '.repeat(100)}USD`,
  ])('"%s" says nothing', (fisn) => {
    expect(readFisn(fisn)).toEqual(UNDETERMINED);
  });

  test('never throws, and never guesses a notional schedule', () => {
    const words = fc.constantFrom(
      'Swap',
      'O',
      'Fwd',
      'NDF',
      'OIS',
      'Fxd',
      'Flt',
      'Van',
      'USD',
      'Rts',
      'Swaps',
      'x',
    );
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((list) => `NA/${list.join(' ')}`),
    );
    fc.assert(fc.property(anything, (fisn) => expect(readFisn(fisn).notionalSchedule).toBeNull()));
  });
});
