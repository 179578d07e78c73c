import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareDecimals } from '../../../../domain/cftc/decimal.ts';
import { ROUNDING_BANDS, roundingBandOf, roundNotional } from '../../../../domain/cftc/part43/rounding.ts';

/** Amounts of every size with up to 25 digits, half of them near the start of a band. */
const wholes = fc.bigInt({ min: 0n, max: 10n ** 25n - 1n });
const nearEdges = fc
  .tuple(fc.constantFrom(...ROUNDING_BANDS), fc.bigInt({ min: -600n, max: 600n }))
  .map(([{ from, precision }, steps]) => BigInt(from) + (steps * precision) / 4n)
  .filter((value) => value >= 0n);
const amounts = fc
  .tuple(fc.oneof(wholes, nearEdges), fc.constantFrom('', '.5', '.49999', '.00001', '.99999'))
  .map(([whole, fraction]) => `${whole}${fraction}`);

describe('rounding of published notional amounts', () => {
  test.each([
    ['0', '0'],
    ['0.00', '0'],
    ['-0', '0'],
    ['0.00001', '5'],
    ['2.49999', '5'],
    ['7.49999', '5'],
    ['7.5', '10'],
    ['997.49999', '995'],
    ['997.5', '1000'],
    ['999.5', '1000'],
    ['999.99999', '1000'],
    ['1000', '1000'],
    ['1049.99999', '1000'],
    ['1050', '1100'],
    ['9949.99', '9900'],
    ['9950', '10000'],
    ['9999.5', '10000'],
    ['10000', '10000'],
    ['10499.99999', '10000'],
    ['10500', '11000'],
    ['99499', '99000'],
    ['99500', '100000'],
    ['100000', '100000'],
    ['104999.99999', '100000'],
    ['105000', '110000'],
    ['994999', '990000'],
    ['995000', '1000000'],
    ['1000000', '1000000'],
    ['1499999.99999', '1000000'],
    ['1500000', '2000000'],
    ['99499999', '99000000'],
    ['99500000', '100000000'],
    ['104999999', '100000000'],
    ['105000000', '110000000'],
    ['494999999', '490000000'],
    ['495000000', '500000000'],
    ['524999999', '500000000'],
    ['525000000', '550000000'],
    ['974999999', '950000000'],
    ['975000000', '1000000000'],
    ['1049999999', '1000000000'],
    ['1050000000', '1100000000'],
    ['99949999999', '99900000000'],
    ['99950000000', '100000000000'],
    ['104999999999.99999', '100000000000'],
    ['105000000000', '110000000000'],
    ['1000000000000000000000000', '1000000000000000000000000'],
    ['9999999999999999999999999', '10000000000000000000000000'],
    ['0001234', '1200'],
    ['-999.5', '-1000'],
    ['-1', '-5'],
    ['-1050', '-1100'],
  ])('makes %s to %s', (amount, rounded) => {
    expect(roundNotional(amount)).toBe(rounded);
  });

  test.each(['', 'x', '1e6', '1,000', '470000000+', ' 5', '9'.repeat(61), '9'.repeat(100_000)])(
    'leaves what is no amount of money alone (case %#)',
    (text) => {
      expect(roundNotional(text)).toBeNull();
    },
  );

  test('gives a multiple of the precision of the band it ends in, and twice rounded is once rounded', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const rounded = roundNotional(amount)!;
        expect(BigInt(rounded) % roundingBandOf(amount)!.precision).toBe(0n);
        expect(BigInt(rounded) % roundingBandOf(rounded)!.precision).toBe(0n);
        expect(roundNotional(rounded)).toBe(rounded);
      }),
      { numRuns: 500 },
    );
  });

  test('never puts a larger amount below a smaller one, and keeps the two signs equal', () => {
    fc.assert(
      fc.property(amounts, amounts, (left, right) => {
        const order = compareDecimals(left, right);
        const rounded = compareDecimals(roundNotional(left)!, roundNotional(right)!);
        expect(rounded === 0 || rounded === order).toBe(true);
        expect(roundNotional(`-${left}`)).toBe(roundNotional(left) === '0' ? '0' : `-${roundNotional(left)}`);
      }),
      { numRuns: 500 },
    );
  });

  test('moves no amount by more than half of the precision, the smallest apart', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const whole = BigInt(amount.split('.')[0]!);
        const distance = BigInt(roundNotional(amount)!) - whole;
        const { precision } = roundingBandOf(amount)!;
        const limit = whole < 5n ? 5n : precision / 2n + 1n;
        expect(distance <= limit && -distance <= limit).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
