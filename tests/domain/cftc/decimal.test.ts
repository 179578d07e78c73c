import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compareDecimals,
  fitsNum,
  fractionDigits,
  integerDigits,
  isDecimal,
  plainDecimal,
  roundHalfUp,
  scanDecimal,
  signOf,
} from '../../../domain/cftc/decimal.ts';

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

/** Decimals as people write them, with superfluous zeros, up to 40 digits on either side. */
const decimals = fc
  .tuple(fc.constantFrom('', '-'), digits(1, 40), fc.oneof(fc.constant(''), digits(1, 40)))
  .map(([sign, integer, fraction]) => sign + integer + (fraction === '' ? '' : `.${fraction}`));

/** The number times ten to the power of 40, exactly. */
function scaled(decimal: string): bigint {
  const [integer = '', fraction = ''] = decimal.replace('-', '').split('.');
  const magnitude = BigInt(integer + fraction.padEnd(40, '0'));
  return decimal.startsWith('-') ? -magnitude : magnitude;
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

/** 1234567 to 1,234,567. */
const group = (integer: string): string => integer.replaceAll(/\B(?=(\d{3})+$)/g, ',');

describe('the written form of a decimal', () => {
  test.each(['0', '-0', '00012', '1.0', '0.5', '-12.50', '9'.repeat(5000)])('%s is one', (text) => {
    expect(isDecimal(text)).toBe(true);
  });

  test.each([
    '',
    '-',
    '.',
    '1.',
    '.5',
    '-.5',
    '1e5',
    '+5',
    '5+',
    ' 5',
    '5 ',
    '1,000',
    '1.2.3',
    '--1',
    '1-',
    '٣',
    '0x1',
  ])('"%s" is none', (text) => {
    expect(isDecimal(text)).toBe(false);
  });

  test('is what the pattern of the specification describes, for any text of its characters', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'0123456789.-+,e '), maxLength: 8 });
    fc.assert(
      fc.property(texts, (text) => isDecimal(text) === /^-?\d+(\.\d+)?$/.test(text)),
      { numRuns: 2000 },
    );
  });

  test.each(['1,234,567.89', '-12,345', '470,000,000+', '1,000.5+', '5+', '100', '0', '1234567', '999,999'])(
    '%s is one in public dissemination files',
    (text) => {
      expect(scanDecimal(text, true)).toBeGreaterThanOrEqual(0);
    },
  );

  test.each([
    '1,23',
    '1,2345',
    '1234,567',
    ',123',
    '1,,234',
    '1,234,',
    '12,34,567',
    '1.234,5',
    '+5',
    '5++',
    '+',
    '1,234.',
    '5+0',
  ])('"%s" is none in public dissemination files either', (text) => {
    expect(scanDecimal(text, true)).toBeLessThan(0);
  });

  test('thousands separators and the mark of a cap change nothing else', () => {
    const parts = fc.tuple(fc.constantFrom('', '-'), digits(1, 30), fc.constantFrom('', '.5', '.050'));
    fc.assert(
      fc.property(parts, fc.constantFrom('', '+'), ([sign, integer, fraction], cap) => {
        const plain = sign + integer + fraction;
        const published = sign + group(integer) + fraction + cap;
        expect(scanDecimal(published, true)).toBe(scanDecimal(plain));
        expect(plainDecimal(published)).toBe(plain);
      }),
    );
  });
});

describe('what a scan counts', () => {
  test.each([
    ['0', 0, 0, 0],
    ['-0', 0, 0, 0],
    ['-0.000', 0, 0, 0],
    ['00012', 2, 0, 1],
    ['120', 3, 0, 1],
    ['-1.2300', 1, 2, -1],
    ['0.0010', 0, 3, 1],
    ['10.01', 2, 2, 1],
  ])(
    '%s has %i significant integer digits, %i of the fraction and the sign %i',
    (text, integer, fraction, sign) => {
      const scan = scanDecimal(text);
      expect([integerDigits(scan), fractionDigits(scan), signOf(scan)]).toEqual([integer, fraction, sign]);
    },
  );

  test('stops at 1023, far beyond every format, and keeps the sign', () => {
    const scan = scanDecimal(`-${'9'.repeat(3000)}.${'9'.repeat(3000)}`);
    expect([integerDigits(scan), fractionDigits(scan), signOf(scan)]).toEqual([1023, 1023, -1]);
  });
});

describe('rounding half-up', () => {
  test.each([
    ['1.005', 2, '1.01'],
    ['1.004999999999999999999', 2, '1'],
    ['0.5', 0, '1'],
    ['-0.5', 0, '-1'],
    ['-0.4', 0, '0'],
    ['999.995', 2, '1000'],
    ['0.000005', 5, '0.00001'],
    ['00012', 5, '12'],
    ['-0', 3, '0'],
    ['1.50', 5, '1.5'],
    ['99999999999999999999.999995', 5, '100000000000000000000'],
  ])('of %s to %i decimals is %s', (text, places, rounded) => {
    expect(roundHalfUp(text, places)).toBe(rounded);
  });

  test('agrees with exact integer arithmetic', () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 20 }), (text, places) => {
        const unit = 10n ** BigInt(40 - places);
        const magnitude = ((abs(scaled(text)) + unit / 2n) / unit) * unit;
        const rounded = roundHalfUp(text, places);
        expect(scaled(rounded)).toBe(text.startsWith('-') ? -magnitude : magnitude);
        expect(rounded).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/);
        expect(rounded).not.toBe('-0');
        expect(roundHalfUp(rounded, places)).toBe(rounded);
      }),
    );
  });

  test('refuses what is no decimal', () => {
    expect(() => roundHalfUp('1e5', 2)).toThrow(RangeError);
  });
});

describe('Num(p,s)', () => {
  test.each([
    ['99999999999999999999.99999', 25, 5, true],
    ['99999999999999999999.999994', 25, 5, true],
    ['99999999999999999999.999995', 25, 5, true],
    ['9999999999999999999999999', 25, 5, true],
    ['9999999999999999999999999.5', 25, 5, false],
    ['12345678901234567890123456', 25, 5, false],
    ['00000000000000000000000000000001.500000000000', 25, 5, true],
    ['9.9999999999', 11, 10, true],
    ['10.9999999999', 11, 10, false],
    ['10.999999999', 11, 10, true],
    ['999.4', 3, 0, true],
    ['999.5', 3, 0, false],
    ['-999', 3, 0, true],
  ])('holds %s in Num(%i,%i): %s', (text, p, s, fits) => {
    expect(fitsNum(text, p, s)).toBe(fits);
  });

  test('counts the digits that are left after rounding, as exact arithmetic does', () => {
    const formats = fc.constantFrom([25, 5], [18, 13], [11, 10], [5, 0], [3, 0]);
    fc.assert(
      fc.property(decimals, formats, (text, [p = 0, s = 0]) => {
        const unit = 10n ** BigInt(40 - s);
        const rounded = (abs(scaled(text)) + unit / 2n) / unit;
        const shortest = rounded.toString().padStart(s + 1, '0');
        const integer = shortest.slice(0, shortest.length - s).replace(/^0+/, '');
        const fraction = shortest.slice(shortest.length - s).replace(/0+$/, '');
        expect(fitsNum(text, p, s)).toBe(integer.length + (s === 0 ? 0 : fraction.length) <= p);
      }),
      { numRuns: 500 },
    );
  });
});

describe('comparing', () => {
  test('orders decimals as exact arithmetic does, however they are written', () => {
    fc.assert(
      fc.property(decimals, decimals, (left, right) => {
        const difference = scaled(left) - scaled(right);
        expect(compareDecimals(left, right)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
        expect(compareDecimals(left, `${left.includes('.') ? left : `${left}.`}0`)).toBe(0);
        expect(signOf(scanDecimal(left))).toBe(scaled(left) < 0n ? -1 : scaled(left) > 0n ? 1 : 0);
      }),
    );
  });

  test.each([
    ['0', '-0', 0],
    ['0.10', '0.1', 0],
    ['0.09', '0.1', -1],
    ['-2', '-10', 1],
    ['2', '10', -1],
    ['1.0000000000000000001', '1', 1],
  ])('%s against %s is %i', (left, right, order) => {
    expect(compareDecimals(left, right)).toBe(order);
  });
});
