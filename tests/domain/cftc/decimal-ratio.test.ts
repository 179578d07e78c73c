import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareDecimals, roundHalfUp } from '../../../domain/cftc/decimal.ts';
import {
  isAmount,
  multiplyDecimals,
  proportion,
  roundToMultiple,
} from '../../../domain/cftc/decimal-ratio.ts';

const decimals = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 25n }),
    fc.constantFrom('', '.5', '.00001', '.125'),
  )
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction}`);

describe('exact multiples and proportions', () => {
  test.each([
    ['2.5', 5n, '5'],
    ['2.49999', 5n, '0'],
    ['-2.5', 5n, '-5'],
    ['-2.4', 5n, '0'],
    ['0007.5', 5n, '10'],
    ['9999999999999999999999999', 10n, '10000000000000000000000000'],
  ])('the multiple nearest to %s of %s is %s', (text, multiple, nearest) => {
    expect(roundToMultiple(text, multiple)).toBe(nearest);
  });

  test.each([
    ['1', '1', '3', '0'],
    ['1', '1', '2', '1'],
    ['-1', '1', '2', '-1'],
    ['10', '250000000', '300000000', '8'],
    ['0.5', '0.1', '0.05', '1'],
    ['5', '5', '0', null],
    ['5', '5', '0.000', null],
    ['5', '0', '7', '0'],
    ['6', '5', '-10', '-3'],
  ])('%s × %s ÷ %s is %s', (text, numerator, denominator, result) => {
    expect(proportion(text, numerator, denominator)).toBe(result);
  });

  test.each([
    ['0', '-5', '0'],
    ['0.1', '0.2', '0.02'],
    ['-1.5', '2', '-3'],
    ['99999999999999999999.99999', '0.00001', '999999999999999.9999999999'],
  ])('%s × %s is %s', (left, right, product) => {
    expect(multiplyDecimals(left, right)).toBe(product);
    expect(multiplyDecimals(right, left)).toBe(product);
  });

  test('the whole of an amount is the amount, to the unit', () => {
    fc.assert(
      fc.property(decimals, decimals, (amount, of) => {
        fc.pre(compareDecimals(of, '0') !== 0);
        expect(proportion(amount, of, of)).toBe(roundHalfUp(amount, 0));
        expect(proportion(multiplyDecimals(amount, of), '1', of)).toBe(roundHalfUp(amount, 0));
      }),
    );
  });

  test('amounts are decimals of a size that somebody could mean', () => {
    for (const text of ['0', '-5.25', '9'.repeat(60)]) expect(isAmount(text)).toBe(true);
    for (const text of ['', '1e5', '9'.repeat(61), `0.${'1'.repeat(61)}`]) expect(isAmount(text)).toBe(false);
  });
});
