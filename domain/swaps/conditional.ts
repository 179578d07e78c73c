/**
 * The conditional rules on the columns of a layout: which column holds what, and what its cells and the registers tell
 * of the product. The pair of action and event is judged here too: it depends on nothing else.
 */
import { checkPair } from '../cftc/check-pair.ts';
import { createConditionalCheck, type Broken, type RecordView } from '../cftc/conditional-check.ts';
import { finding } from '../cftc/findings.ts';
import { createProductResolver, type ProductFacts } from '../cftc/products.ts';
import type { Profile } from '../cftc/profiles.ts';
import type { Registers } from '../cftc/registers.ts';
import { streamOf } from './column-slots.ts';
import type { Layout } from './header.ts';
import { PRODUCT_FACTS, PRODUCT_SLOTS } from './product-facts.ts';

export function createRecordCheck(
  layout: Layout,
  context: {
    readonly profile: Profile;
    readonly submittedOn: string | null;
    readonly registers: Registers;
  },
): (record: RecordView) => Broken[] | null {
  const { profile, submittedOn, registers } = context;
  const columnOf = (slot: string): number => layout.columns.findIndex((column) => column.slot === slot);
  const places = layout.columns.flatMap(({ index, element, leg, slot }) => {
    if (element === null || slot === null) return [];
    return [{ index, number: element.number, leg, stream: streamOf(slot, element) ?? '' }];
  });
  const columnsOfFact = PRODUCT_FACTS.map((fact) =>
    PRODUCT_SLOTS[fact].map(columnOf).filter((column) => column >= 0),
  );
  const [action, event] = [columnOf('actionType'), columnOf('eventType')];
  const part = profile.dialect === 'public' ? 43 : null;
  const resolve = createProductResolver(registers);
  const productOf = (values: readonly string[]) => {
    const facts = columnsOfFact.map((columns) => {
      const filled = columns.find((column) => values[column] !== '');
      return filled === undefined ? '' : values[filled]!;
    });
    return resolve(Object.fromEntries(PRODUCT_FACTS.map((fact, at) => [fact, facts[at]])) as ProductFacts);
  };

  return createConditionalCheck(places, {
    profile,
    submittedOn,
    columnCount: layout.columns.length,
    messageColumn: columnOf('messageType'),
    assetClassColumn: columnOf('assetClass'),
    productOf,
    productColumns: columnsOfFact.flat(),
    findingsOf: (values) => {
      const findings = [];
      // That a needed event is missing is a conditional rule.
      const pair =
        action < 0 || event < 0 || values[event] === ''
          ? null
          : checkPair(values[action]!, values[event]!, part);
      if (pair !== null) findings.push({ finding: pair, column: event });
      const { conflicts } = productOf(values);
      if (conflicts.length > 0) {
        const attributes = { attributes: conflicts.join(', ') };
        findings.push({
          finding: finding('record.product-conflict', attributes),
          column: columnOf('uniqueProductIdentifier'),
        });
      }
      return findings;
    },
  });
}
