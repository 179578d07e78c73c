import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createConditionalCheck, type KnownProduct } from '../../../domain/cftc/conditional-check.ts';
import type { Place } from '../../../domain/cftc/conditional-plan.ts';
import { ELEMENTS, type Element } from '../../../domain/cftc/elements.ts';
import { PROFILES } from '../../../domain/cftc/profiles.ts';
import { LEI, OTHER_LEI } from '../../support/good-record.ts';
import { judgeNaively, type NaiveResult } from '../../support/naive-conditions.ts';

/** Few values of every sort, so that they meet. */
const POOLS: Partial<Record<Element['format']['kind'], readonly string[]>> = {
  boolean: ['True', 'False', 'TRUE', 'false', 'Yes'],
  party: [LEI, OTHER_LEI, 'SOMEBODY'],
  lei: [LEI, OTHER_LEI, 'x'],
  num: ['0', '1', '1.0', '2.5', '-1', '1e5', '99999999999999999999.99999'],
  notated: ['0', '1', '9.9999999999', 'x'],
  date: ['2026-01-01', '2026-01-02', '2026-02-29'],
  timestamp: ['2026-01-02T00:00:00Z', '2026-01-02T08:30:00Z', '2026-01-02T24:00:00Z'],
  dateOrTimestamp: ['2026-01-02'],
  currency: ['USD', 'EUR'],
};

const places: Place[] = ELEMENTS.flatMap(({ number, legs, streams }) =>
  (streams ? ['', 'fixedRate', 'floatingRate'] : ['']).flatMap((stream) =>
    (legs ? ([1, 2] as const) : [null]).map((leg) => ({ number, leg, stream })),
  ),
).map((place, index) => ({ ...place, index }));

function valueOf({ format, allowed, repeatable }: Element): fc.Arbitrary<string> {
  const codes = allowed?.kind === 'codes' ? [...allowed.codes, '?'] : null;
  const one = fc.constantFrom(...(codes ?? POOLS[format.kind] ?? ['A', 'B', 'TRANSACTIONLEVEL']));
  if (!repeatable) return one;
  return fc.array(one, { minLength: 1, maxLength: 3 }).map((members) => members.join(';'));
}

const anyValue = ELEMENTS.map(valueOf);
/** The actions and events decide most: they are seldom blank. */
const cells = fc.tuple(
  ...places.map(({ number }) => {
    const value = anyValue[ELEMENTS.findIndex((one) => one.number === number)]!;
    const blanks = ['1', '26', '27', '68', '115'].includes(number) ? 1 : 4;
    return fc.oneof({ arbitrary: value, weight: 4 }, { arbitrary: fc.constant(''), weight: blanks });
  }),
);

const orNull = <T>(...values: T[]): fc.Arbitrary<T | null> => fc.constantFrom(null, ...values);
const product: fc.Arbitrary<KnownProduct> = fc.record({
  assetClass: orNull('CR', 'CO', 'EQ', 'FX', 'IR'),
  instrumentType: orNull('Swap', 'Forward', 'Option', 'Other'),
  underlierType: orNull('Fixed - Fixed', 'Fixed - Floating', 'Index', 'Index tranche'),
  deliveryType: orNull('CASH', 'PHYS'),
  notionalSchedule: orNull('Constant', 'Custom'),
});
const stated = fc.record({
  message: fc.constantFrom('', 'transaction', 'valuation', 'collateral', 'nonsense'),
  assetClass: fc.constantFrom('', 'IR', 'XX', '__proto__'),
});

const record = fc.record({
  layout: fc.record({ kept: fc.uniqueArray(fc.nat(places.length - 1)), isDrop: fc.boolean() }),
  rows: fc.array(fc.record({ values: cells, product, stated }), { minLength: 1, maxLength: 4 }),
  profile: fc.constantFrom(...Object.values(PROFILES)),
  maxPlans: fc.constantFrom(0, 1, 500),
  submittedOn: fc.constantFrom(null, '2022-01-01', '2023-06-01', '2026-01-01'),
});

describe('the conditional check', () => {
  it('says of every record what the rules say, read one by one', () => {
    fc.assert(
      fc.property(record, ({ layout, rows, profile, submittedOn, maxPlans }) => {
        const chosen = places.filter(({ index }) => !layout.isDrop || !layout.kept.includes(index));
        const messageColumn = places.length;
        let current: KnownProduct | null = null;
        const check = createConditionalCheck(chosen, {
          profile,
          submittedOn,
          columnCount: places.length + 3,
          messageColumn,
          assetClassColumn: messageColumn + 1,
          productOf: () => current!,
          productColumns: [messageColumn + 2],
          maxPlans,
        });
        for (const row of rows) {
          current = row.product;
          const values = [
            ...row.values.map((value, index) => (chosen.some((one) => one.index === index) ? value : '')),
            row.stated.message,
            row.stated.assetClass,
            Object.values(row.product).join('/'),
          ];
          const filled = values.flatMap((value, index) => (value === '' ? [] : [index]));
          const found = check({ values, filled: Int32Array.from(filled), filledCount: filled.length }) ?? [];
          const result: NaiveResult = {
            broken: found.flatMap(({ rule }) => rule?.id ?? []).sort(),
            undetermined: found
              .flatMap((one) => (one.rule === null ? one.undetermined.map(({ id }) => id) : []))
              .sort(),
          };
          const expected = judgeNaively({ ...row, places: chosen, values }, profile, submittedOn);
          expect(result).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });
});
