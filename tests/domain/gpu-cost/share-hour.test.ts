import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { shareOut } from '../../../domain/gpu-cost/share-out.ts';
import { COST_KINDS, shareHour, type HeldSpan } from '../../../domain/gpu-cost/share-hour.ts';
import { spansOf } from '../../../domain/gpu-cost/held-spans.ts';

const HOUR = 3_600_000;
const hour = (slices: number, micros: number) => ({ fromMs: 0, toMs: HOUR, slices, micros });
const span = (jobId: string, slices: number, fromMs = 0, toMs = HOUR): HeldSpan => ({
  ...{ jobId, kind: 'kept', slices, fromMs, toMs },
});

describe('the cost of an hour', () => {
  it('of a whole card is borne by time, and what is left by nobody', () => {
    expect(shareHour(hour(1, 1_000_000), [span('a', 1, 0, HOUR / 4)])).toEqual({
      lines: [{ jobId: 'a', kind: 'kept', micros: 250_000 }],
      idleMicros: 750_000,
    });
  });

  it('of a card in memory slices is borne by slices: 3g takes four of eight, 1g one', () => {
    const { lines, idleMicros } = shareHour(hour(8, 800_000), [span('a', 4), span('b', 1)]);

    expect(lines.map(({ micros }) => micros)).toEqual([400_000, 100_000]);
    expect(idleMicros).toBe(300_000);
  });

  it('of a card with seven instances of 1g leaves the eighth memory slice to nobody', () => {
    const spans = [1, 2, 3, 4, 5, 6, 7].map((one) => span(`j${one}`, 1));

    expect(shareHour(hour(8, 800), spans).idleMicros).toBe(100);
  });

  it('of a shared card is borne by shares', () => {
    expect(shareHour(hour(4, 1001), [span('a', 1), span('b', 3)])).toEqual({
      lines: [
        { jobId: 'a', kind: 'kept', micros: 250 },
        { jobId: 'b', kind: 'kept', micros: 751 },
      ],
      idleMicros: 0,
    });
  });

  it('names what was held while frozen, and what was lost, apart', () => {
    const spans = spansOf({
      ...{ jobId: 'a', slices: 1, fromMs: 0, toMs: 100 },
      keptUntilMs: 60,
      frozen: [[20, 30]],
    });

    expect(spans.map(({ kind, fromMs, toMs }) => [kind, fromMs, toMs])).toEqual([
      ['kept', 0, 20],
      ['frozen', 20, 30],
      ['kept', 30, 60],
      ['wasted', 60, 100],
    ]);
  });

  it('is, whoever held what, the sum of all lines and what is idle', () => {
    const spans = fc.array(
      fc.record({
        jobId: fc.constantFrom('a', 'b', 'c', 'd'),
        kind: fc.constantFrom(...COST_KINDS),
        fromMs: fc.integer({ min: -HOUR, max: HOUR }),
        ms: fc.integer({ min: 1, max: HOUR }),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(fc.constantFrom(4, 8), fc.nat(2_000_000_000), spans, (slices, micros, some) => {
        // Each on a cell of its own, so that they do not overlap.
        const held = some
          .slice(0, slices)
          .map(({ ms, ...one }) => ({ ...one, slices: 1, toMs: one.fromMs + ms }));
        const { lines, idleMicros } = shareHour(hour(slices, micros), held);

        expect(lines.reduce((sum, line) => sum + line.micros, idleMicros)).toBe(micros);
        expect(Math.min(idleMicros, ...lines.map((line) => line.micros))).toBeGreaterThanOrEqual(0);
        // Whose share is larger does not pay less.
        for (const line of lines) {
          const ms = held
            .filter(({ jobId, kind }) => jobId === line.jobId && kind === line.kind)
            .reduce((sum, one) => sum + Math.max(0, Math.min(one.toMs, HOUR) - Math.max(one.fromMs, 0)), 0);
          expect(Math.abs(line.micros - (micros * ms) / (slices * HOUR))).toBeLessThan(1.001);
        }
        expect(shareHour(hour(slices, micros), [...held].reverse())).toEqual({ lines, idleMicros });
      }),
    );
  });

  it('has spans that make up what was held, whatever froze and was lost', () => {
    const holding = fc.record({
      jobId: fc.constant('a'),
      slices: fc.constant(1),
      fromMs: fc.integer({ min: 0, max: 500 }),
      toMs: fc.integer({ min: 500, max: 1000 }),
      keptUntilMs: fc.option(fc.integer({ min: -10, max: 1200 })),
      frozen: fc
        .uniqueArray(fc.integer({ min: -10, max: 1200 }), { maxLength: 6 })
        .map((marks) => marks.sort((a, b) => a - b))
        .map((marks) => marks.flatMap((mark, at) => (at % 2 === 1 ? [[marks[at - 1]!, mark] as const] : []))),
    });
    fc.assert(
      fc.property(holding, (one) => {
        const spans = spansOf(one);

        expect(spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(one.toMs - one.fromMs);
        spans.forEach(({ fromMs }, at) => expect(fromMs).toBe(spans[at - 1]?.toMs ?? one.fromMs));
      }),
    );
  });
});

describe('sharing out', () => {
  it('gives what is left to the largest remainders', () => {
    expect(shareOut(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(shareOut(10, [0, 2, 1])).toEqual([0, 7, 3]);
    expect(shareOut(5, [0, 0])).toEqual([0, 0]);
  });
});
