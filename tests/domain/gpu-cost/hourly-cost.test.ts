import { describe, expect, it } from '@jest/globals';
import { costOfCardHour, effectiveHourMicros, type CardHour } from '../../../domain/gpu-cost/hourly-cost.ts';
import { hoursInMonthOf } from '../../../domain/gpu-cost/cost-of-period.ts';

const USD = 1_000_000;

/** The reference's H100: 30,000 USD over five years, 700 W, PUE 1.2, 0.08 USD a kWh. */
const H100: CardHour = {
  card: { purchaseMicros: 30_000 * USD, salvageMicros: 0, lifeYears: 5, maintenanceShare: 0.05 },
  site: {
    pue: 1.2,
    kwhMicros: 0.08 * USD,
    labourMicrosPerMonth: 7200 * USD,
    infraMicrosPerMonth: 3600 * USD,
  },
  powerWatts: 700,
  hoursInMonth: 720,
  cards: 8,
  ageHours: 0,
};

describe('the cost of an hour of a card', () => {
  it('is made up of the five parts of the formulas', () => {
    expect(costOfCardHour(H100)).toEqual({
      // 30,000 / 43,800; 0.7 kW × 1.2 × 0.08; 30,000 × 5 % / 8760; 7200 / 5760; 3600 / 5760
      depreciation: 684_932,
      electricity: 67_200,
      maintenance: 171_233,
      labour: 1_250_000,
      infrastructure: 625_000,
      total: 2_798_365,
    });
  });

  it.each([
    ['H100', 30_000, 700, 684_932, 67_200],
    ['H200', 35_000, 700, 799_087, 67_200],
    ['B200', 40_000, 1000, 913_242, 96_000],
    ['A100', 10_000, 400, 228_311, 38_400],
  ])(
    'of an %s that cost %d and draws %d W has these',
    (_model, purchase, watts, depreciation, electricity) => {
      const card = { ...H100.card, purchaseMicros: purchase * USD };

      expect(costOfCardHour({ ...H100, card, powerWatts: watts })).toMatchObject({
        depreciation,
        electricity,
      });
    },
  );

  it('writes off only what is not got back', () => {
    const card = { ...H100.card, salvageMicros: 3000 * USD };

    expect(costOfCardHour({ ...H100, card }).depreciation).toBe(Math.round((27_000 * USD) / 43_800));
  });

  it('has no depreciation from the end of the life on', () => {
    const last = costOfCardHour({ ...H100, ageHours: 43_799 });
    const after = costOfCardHour({ ...H100, ageHours: 43_800 });

    expect(last.depreciation).toBe(684_932);
    expect(after).toMatchObject({ depreciation: 0, total: last.total - 684_932 });
  });

  it('is higher by what nobody uses: at 70 % of 0.95 USD it is 1.357143', () => {
    expect(effectiveHourMicros(950_000, 0.7)).toBe(1_357_143);
    expect(effectiveHourMicros(950_000, 0)).toBeNull();
  });
});

describe('the hours of a month', () => {
  it.each([
    ['2026-02-10T12:00:00Z', 672],
    ['2028-02-29T23:59:59Z', 696],
    ['2026-11-30T23:59:59Z', 720],
    ['2026-12-01T00:00:00Z', 744],
  ])('that %s lies in are %d', (instant, hours) => {
    expect(hoursInMonthOf(Date.parse(instant))).toBe(hours);
  });
});
