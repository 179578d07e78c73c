import { describe, expect, it } from '@jest/globals';
import { CONDITIONAL_RULES } from '../../../domain/cftc/conditional-rules.ts';
import {
  all,
  any,
  compare,
  compareTo,
  elementsOf,
  filled,
  is,
  not,
  product,
  productsIn,
  type Condition,
} from '../../../domain/cftc/conditions.ts';
import { elementByNumber } from '../../../domain/cftc/elements.ts';

const DEEP = all(
  is('26', 'NEWT'),
  any(not(filled('67')), compare('30', '>=', '96', 'time'), product('instrumentType', 'Option')),
  not(all(compareTo('79', '>', '0'), product('deliveryType', 'CASH'), filled('26'))),
);

describe('a condition', () => {
  it('names each element that it looks at once, in the order of mention', () => {
    expect(elementsOf(DEEP)).toEqual(['26', '67', '30', '96', '79']);
  });

  it('names what it asks of the product, however deep', () => {
    expect(productsIn(DEEP).map(({ attribute, values }) => [attribute, ...values])).toEqual([
      ['instrumentType', 'Option'],
      ['deliveryType', 'CASH'],
    ]);
  });
});

/** Every condition inside a rule. */
function* conditionsIn(condition: Condition | null): Generator<Condition> {
  if (condition === null) return;
  yield condition;
  if (condition.kind === 'not') yield* conditionsIn(condition.of);
  if (condition.kind === 'all' || condition.kind === 'any')
    for (const one of condition.of) yield* conditionsIn(one);
}

describe('the conditions of the rules', () => {
  const conditions = CONDITIONAL_RULES.flatMap(({ when, holds }) => [
    ...conditionsIn(when),
    ...conditionsIn(holds),
  ]);

  it('name elements that exist', () => {
    const named = CONDITIONAL_RULES.flatMap(({ elements }) => elements);
    expect(named.filter((number) => !elementByNumber.has(number))).toEqual([]);
  });

  it('ask for codes that their element can have', () => {
    for (const one of conditions) {
      if (one.kind !== 'is') continue;
      const { allowed, format, placeholders } = elementByNumber.get(one.element)!;
      const possible =
        format.kind === 'boolean'
          ? ['True', 'False']
          : [...(allowed?.kind === 'codes' ? allowed.codes : []), ...placeholders];
      expect(one.codes.filter((code) => !possible.includes(code))).toEqual([]);
    }
  });

  it('ask nothing of the product in what must agree: it would be passed where the product is unknown', () => {
    const held = CONDITIONAL_RULES.flatMap(({ holds }) => (holds ? productsIn(holds) : []));
    expect(held).toEqual([]);
  });
});
