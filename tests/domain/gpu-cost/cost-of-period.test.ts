import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  costOfPeriod,
  HOUR_MS,
  type CardUse,
  type CostInput,
} from '../../../domain/gpu-cost/cost-of-period.ts';

const START = Date.parse('2026-11-01T00:00:00Z');
const USD = 1_000_000;

const card = (change: Partial<CardUse> = {}): CardUse => ({
  device: 'GPU-1',
  model: 'H100-80GB',
  slices: 1,
  fromMs: START,
  toMs: START + 1000 * HOUR_MS,
  writtenOffFromMs: change.fromMs ?? START,
  tdpWatts: 700,
  idleWatts: 95,
  powerByHour: new Map(),
  holdings: [],
  ...change,
});

const holding = (jobId: string, fromHour: number, toHour: number, slices = 1) => ({
  ...{ jobId, slices, fromMs: START + fromHour * HOUR_MS, toMs: START + toHour * HOUR_MS },
  keptUntilMs: null,
  frozen: [],
});

const period = (hours: number, cards: CardUse[], change: Partial<CostInput> = {}): CostInput => ({
  fromMs: START,
  toMs: START + hours * HOUR_MS,
  cardRates: new Map([
    [
      'H100-80GB',
      [{ fromMs: 0, purchaseMicros: 30_000 * USD, salvageMicros: 0, lifeYears: 5, maintenanceShare: 0 }],
    ],
  ]),
  siteRates: [
    { fromMs: 0, pue: 1.2, kwhMicros: 0.08 * USD, labourMicrosPerMonth: 0, infraMicrosPerMonth: 0 },
  ],
  cards,
  ...change,
});

describe('the cost of a period', () => {
  it('of a card that came back is that of one card, as old as it is, for each time that it was there', () => {
    const whole = card({ fromMs: START - 24 * HOUR_MS });
    const labour = {
      fromMs: 0,
      pue: 1,
      kwhMicros: 0,
      labourMicrosPerMonth: 720 * USD,
      infraMicrosPerMonth: 0,
    };
    const written = { writtenOffFromMs: whole.fromMs };
    const [first, second] = [
      card({ ...written, fromMs: whole.fromMs, toMs: START + HOUR_MS / 4 }),
      card({ ...written, fromMs: START + HOUR_MS / 2 }),
    ];
    const costOf = (cards: CardUse[]) => costOfPeriod(period(2, cards, { siteRates: [labour] }));

    const [all, two] = [costOf([whole]), costOf([first, second])];
    expect(all.parts.labour).toBe(2 * USD);
    expect(two.parts.labour).toBe(1.75 * USD);
    expect(two.parts.depreciation).toBeCloseTo((all.parts.depreciation * 1.75) / 2, -1);
  });

  it('is that of each hour: at work by its power, idle by what it draws then', () => {
    const found = costOfPeriod(period(2, [card({ holdings: [holding('a', 0, 1)] })]));

    // 0.684932 + 0.7 kW × 1.2 × 0.08, and 0.684932 + 0.095 kW × 1.2 × 0.08.
    expect(found.jobs).toEqual([{ jobId: 'a', kept: 752_132, wasted: 0, frozen: 0, totalMicros: 752_132 }]);
    expect(found.idleMicros).toBe(684_932 + 9120);
    expect(found.totalMicros).toBe(752_132 + 694_052);
  });

  it('takes the power that was measured before any other', () => {
    const powerByHour = new Map([[START, 500]]);

    expect(costOfPeriod(period(1, [card({ powerByHour })])).parts.electricity).toBe(48_000);
  });

  it('changes with its rates in the hour that they begin', () => {
    const changed = period(2, [card()], {
      siteRates: [
        { fromMs: 0, pue: 1, kwhMicros: 0, labourMicrosPerMonth: 0, infraMicrosPerMonth: 0 },
        {
          fromMs: START + HOUR_MS,
          pue: 1,
          kwhMicros: 0,
          labourMicrosPerMonth: 720 * USD,
          infraMicrosPerMonth: 0,
        },
      ],
    });

    expect(costOfPeriod(changed).parts.labour).toBe(USD);
  });

  it('shares labour and infrastructure among the cards that are there', () => {
    const siteRates = [
      { fromMs: 0, pue: 1, kwhMicros: 0, labourMicrosPerMonth: 720 * USD, infraMicrosPerMonth: 1440 * USD },
    ];
    const found = costOfPeriod(period(1, [card(), card({ device: 'GPU-2' })], { siteRates }));

    expect(found.parts).toMatchObject({ labour: USD, infrastructure: 2 * USD });
  });

  it('counts the hours of cards that have no price, which are no free ones', () => {
    const found = costOfPeriod(period(3, [card({ model: 'RTX-4090-24GB' }), card({ device: 'GPU-2' })]));

    expect(found.unpricedHours).toBe(3);
    expect(found.totalMicros).toBeGreaterThan(0);
  });

  it('takes a card that goes into service or leaves within an hour by its time', () => {
    const found = costOfPeriod(period(1, [card({ fromMs: START + HOUR_MS / 2 })]));

    expect(found.totalMicros).toBe(Math.round((684_932 + 9120) / 2));
    expect(found.parts.depreciation + found.parts.electricity).toBe(found.totalMicros);
  });

  it('is, whatever ran, the sum of its jobs, what is idle, and of its five parts', () => {
    const uses = fc.array(
      fc.record({ cell: fc.nat(7), from: fc.nat(900), length: fc.integer({ min: 1, max: 500 }) }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(uses, fc.integer({ min: 0, max: 100 }), (some, late) => {
        // One after the other on each cell.
        const free = new Map<number, number>();
        const holdings = some.map(({ cell, from, length }, at) => {
          const start = Math.max(from, free.get(cell) ?? 0);
          free.set(cell, start + length);
          return holding(`j${at % 5}`, start / 100, (start + length) / 100);
        });
        const shared = card({ slices: 8, fromMs: START + late * 10_000, holdings });
        const found = costOfPeriod(period(12, [shared, card({ device: 'GPU-2' })]));

        const jobs = found.jobs.reduce((sum, { totalMicros }) => sum + totalMicros, 0);
        expect(jobs + found.idleMicros).toBe(found.totalMicros);
        const { total, ...parts } = found.parts;
        expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
        expect(total).toBe(found.totalMicros);
      }),
      { numRuns: 50 },
    );
  });
});
