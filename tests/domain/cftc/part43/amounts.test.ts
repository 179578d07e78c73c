import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { publishAmounts, type AmountsQuestion } from '../../../../domain/cftc/part43/amounts.ts';
import type { CapAnswer } from '../../../../domain/cftc/part43/caps.ts';
import { rateTableOf } from '../../../../domain/cftc/part43/rates.ts';
import { roundNotional } from '../../../../domain/cftc/part43/rounding.ts';

const DATE = '2026-10-02';
const RATES = rateTableOf([
  { currency: 'EUR', date: DATE, usdPerUnit: '1.25' },
  { currency: 'KRW', date: DATE, usdPerUnit: '0.00073' },
]);
const capOf = (usd: string): CapAnswer => ({ usd, citation: 'table', confidence: 'source' });
const leg = (value: string, currency: string | null = 'USD', number = 1) => ({
  field: `31-${number}`,
  value,
  currency,
});
const publish = (legs: AmountsQuestion['legs'], rest: Partial<AmountsQuestion> = {}) =>
  publishAmounts({ legs, related: [], cap: capOf('250000000'), rates: RATES, date: DATE, ...rest });
const shown = (answer: ReturnType<typeof publish>): string[] =>
  answer.known
    ? answer.amounts.map(({ value, capped }) => (capped ? `${value} capped` : value))
    : [answer.gap];

describe('published amounts', () => {
  test('up to the cap are rounded, each in its own currency', () => {
    expect(shown(publish([leg('123456789'), leg('98765432', 'EUR', 2)]))).toEqual(['120000000', '99000000']);
    expect(shown(publish([leg('250000000')]))).toEqual(['250000000']);
  });

  test('above the cap are the cap and a flag, never text with a plus', () => {
    expect(publish([leg('250000000.00001')])).toMatchObject({
      known: true,
      capUsd: '250000000',
      amounts: [{ field: '31-1', value: '250000000', capped: true, confidence: 'source' }],
    });
  });

  test('are capped in the currency of the leg, in whole units', () => {
    expect(shown(publish([leg('1000000000', 'EUR'), leg('1000000000', 'EUR', 2)]))).toEqual([
      '200000000 capped',
      '200000000 capped',
    ]);
    expect(shown(publish([leg('900000000000', 'KRW')]))).toEqual(['342465753425 capped']);
  });

  test('of the smaller leg and of whatever depends on the notional are scaled in proportion', () => {
    const related = [
      { field: '33', value: '500000000', currency: 'USD' },
      { field: '44', value: '12345.5', currency: null },
    ];
    expect(shown(publish([leg('500000000'), leg('300000000', 'EUR', 2)], { related }))).toEqual([
      '250000000 capped',
      '150000000 capped',
      '250000000 capped',
      '6173 capped',
    ]);
    expect(shown(publish([leg('1234567')], { related }))).toEqual(['1000000', '500000000', '12345.5']);
  });

  test('need a rate of every currency', () => {
    expect(shown(publish([leg('1', 'JPY')]))).toEqual(['rate-unknown']);
    expect(shown(publish([leg('999999999'), leg('1', 'JPY', 2)]))).toEqual(['rate-unknown']);
    expect(shown(publish([leg('5', null)]))).toEqual(['rate-unknown']);
    expect(shown(publish([leg('5', 'EUR')], { date: '2026-12-01' }))).toEqual(['rate-unknown']);
  });

  test('need none where nothing is capped', () => {
    const cap = { usd: null, gap: null, citation: 'table', confidence: 'source' } as const;
    expect(shown(publish([leg('1234567890', 'JPY')], { cap }))).toEqual(['1200000000']);
  });

  test('are known below a cap that is only known to be no less', () => {
    const cap = { usd: null, gap: 'block-size-unknown', atLeast: '75000000' } as const;
    expect(shown(publish([leg('75000000')], { cap }))).toEqual(['75000000']);
    expect(shown(publish([leg('75000001')], { cap }))).toEqual(['block-size-unknown']);
    expect(shown(publish([leg('1')], { cap: { ...cap, atLeast: null } }))).toEqual(['block-size-unknown']);
  });

  test('are shown as they would be without a cap, where the cap is not known', () => {
    expect(publish([leg('1234567', 'JPY')])).toMatchObject({
      known: false,
      ifUncapped: [{ value: '1000000', capped: false }],
    });
  });

  test('cannot be told of what is no amount, and of nothing', () => {
    expect(shown(publish([leg('470,000,000+')]))).toEqual(['not-an-amount']);
    expect(shown(publish([leg('9'.repeat(10_000))]))).toEqual(['not-an-amount']);
    expect(shown(publish([]))).toEqual(['no-legs']);
  });

  test('are never above cap and rounding, and never drop a leg', () => {
    const values = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(String);
    fc.assert(
      fc.property(values, values, (first, second) => {
        const answer = publish([leg(first), leg(second, 'USD', 2)]);
        if (!answer.known) throw new Error(answer.gap);
        expect(answer.amounts).toHaveLength(2);
        for (const [index, { value, capped }] of answer.amounts.entries()) {
          const limit = capped ? 250_000_000n : BigInt(roundNotional([first, second][index]!)!);
          expect(BigInt(value) <= limit).toBe(true);
        }
      }),
    );
  });
});
