import { describe, expect, it } from '@jest/globals';
import { hourPrices } from '../../../domain/gpu-cost/hour-prices.ts';

const NOW = Date.UTC(2026, 10, 21);
const YEAR_MS = 8760 * 3_600_000;
const MODEL = 'H100-80GB';
/** A dollar an hour for a year, nothing afterwards; a tenth of a dollar of electricity at 1000 W. */
const card = { purchaseMicros: 8760e6, salvageMicros: 0, lifeYears: 1, maintenanceShare: 0, fromMs: 0 };
const site = { pue: 1, kwhMicros: 100_000, labourMicrosPerMonth: 0, infraMicrosPerMonth: 720e6, fromMs: 0 };
const at = (fromMs: number, model = MODEL) => ({ model, tdpWatts: 1000, fromMs });
const price = (
  cards: readonly ReturnType<typeof at>[],
  cardRates = new Map([[MODEL, [card]]]),
  siteRates = [site],
) => hourPrices({ cards, cardRates, siteRates, nowMs: NOW });

describe('the price of an hour of a card', () => {
  it('is what it is written off by, what it draws at most, and its part of what all share', () => {
    // 720 hours in November, shared by two.
    expect(price([at(NOW - 1), at(NOW - 1)]).get(MODEL)).toBe(1_000_000 + 100_000 + 500_000);
  });

  it('is the mean of the cards of its model, some of which may be written off', () => {
    expect(price([at(NOW - 1), at(NOW - 2 * YEAR_MS)]).get(MODEL)).toBe(500_000 + 100_000 + 500_000);
  });

  it('is by the prices that hold, not by those to come', () => {
    const rates = new Map([[MODEL, [card, { ...card, purchaseMicros: 0, fromMs: NOW + 1 }]]]);

    expect(price([at(NOW - 1), at(NOW - 1)], rates).get(MODEL)).toBe(1_600_000);
  });

  it('is not known of a model without one, nor where no prices are set', () => {
    expect([...price([at(NOW - 1), at(NOW - 1, 'A30-24GB')]).keys()]).toEqual([MODEL]);
    expect(price([at(NOW - 1)], undefined, []).size).toBe(0);
  });
});
