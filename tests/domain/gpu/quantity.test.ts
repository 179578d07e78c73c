import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countDown, countUp, MEBI, MILLI, ONE, parseQuantity } from '../../../domain/gpu/quantity.ts';

const SUFFIXES = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 } as const;
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

describe('a quantity of Kubernetes', () => {
  it.each([
    ['3920m', 3_920_000_000n],
    ['15Gi', 15n * 1024n ** 3n * ONE],
    ['4e3', 4000n * ONE],
    ['4E3', 4000n * ONE],
    ['4E', 4n * 10n ** 18n * ONE],
    ['1k', 1000n * ONE],
    ['0', 0n],
    ['+2', 2n * ONE],
    ['1.5Gi', (3n * 1024n ** 3n * ONE) / 2n],
    ['.5', ONE / 2n],
    ['5.', 5n * ONE],
    ['1.5e-3', 1_500_000n],
    ['100n', 100n],
    // Finer than Kubernetes keeps: up.
    ['0.1n', 1n],
    ['1e-10', 1n],
  ])('%s is read exactly', (text, billionths) => {
    expect(parseQuantity(text)).toBe(billionths);
  });

  it.each([
    '',
    '.',
    'm',
    'Gi',
    '1 Gi',
    '1gi',
    '1K',
    '1ki',
    '1e',
    '1ee3',
    '1.2.3',
    '-1',
    '-1m',
    '0x10',
    '1Gi ',
    'many',
  ])('is not %p', (text) => {
    expect(parseQuantity(text)).toBeNull();
  });

  it('means the same with any suffix that can say it', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.constantFrom(...Object.keys(SUFFIXES)), (value, suffix) => {
        const exponent = SUFFIXES[suffix as keyof typeof SUFFIXES];
        expect(parseQuantity(`${value}${suffix}`)).toBe(parseQuantity(`${value}e${exponent}`));
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 1, max: 6 }), (value, at) => {
        expect(parseQuantity(`${value}${BINARY[at - 1]!}`)).toBe(value * 1024n ** BigInt(at) * ONE);
      }),
    );
  });

  it('is counted up where it is asked for and down where it is there', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 24n), fc.constantFrom(MILLI, ONE, MEBI), (billionths, of) => {
        const [up, down] = [countUp(billionths, of), countDown(billionths, of)];
        fc.pre(Number.isSafeInteger(up));
        expect(BigInt(down) * of).toBeLessThanOrEqual(billionths);
        expect(BigInt(up) * of).toBeGreaterThanOrEqual(billionths);
        expect(up - down).toBe(billionths % of === 0n ? 0 : 1);
      }),
    );
  });
});
