/**
 * Conditions on one record, as data: the rules are written in them, judged by them (conditional-plan.ts) and put into
 * words from them (clauses.ts), so that what is checked and what is said cannot differ. An element is named
 * by its number. An element with legs is meant in any of its legs, unless the rule is one per leg.
 */
/** What a UPI says of a product and rules ask for. CFTC technical specification v3.2, references of the form UPI.x. */
export type ProductAttribute = 'instrumentType' | 'underlierType' | 'deliveryType' | 'notionalSchedule';

/** How two values are compared: as decimals, as dates and timestamps, or as texts. */
export type Comparison = 'decimal' | 'time' | 'text';

/**
 * How a value is written: a well-formed LEI, something that begins with one, a well-formed UPI, a pair of currencies
 * instead of a single one, a timestamp that is the first second of its day.
 */
export type Writing = 'lei' | 'leiPrefix' | 'upi' | 'currencyPair' | 'midnight';

export type Condition =
  /** The element has one of the codes; of a list one member is enough. A blank element has none. */
  | { readonly kind: 'is'; readonly element: string; readonly codes: readonly string[] }
  /** The element has a value. */
  | { readonly kind: 'filled'; readonly element: string }
  | { readonly kind: 'product'; readonly attribute: ProductAttribute; readonly values: readonly string[] }
  /** The value stands to the value of another element, or to a literal, as `op` says; unknown when one is blank. */
  | {
      readonly kind: 'compare';
      readonly element: string;
      readonly op: '=' | '<' | '<=' | '>' | '>=';
      readonly to: { readonly element: string } | { readonly literal: string };
      readonly as: Comparison;
    }
  /** The value is written in a certain way; unknown when blank. */
  | { readonly kind: Writing; readonly element: string }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition };

export const is = (element: string, ...codes: string[]): Condition => ({ kind: 'is', element, codes });
export const filled = (element: string): Condition => ({ kind: 'filled', element });
export const product = (attribute: ProductAttribute, ...values: string[]): Condition => ({
  kind: 'product',
  attribute,
  values,
});
export const all = (...of: Condition[]): Condition => ({ kind: 'all', of });
export const any = (...of: Condition[]): Condition => ({ kind: 'any', of });
export const not = (of: Condition): Condition => ({ kind: 'not', of });

export const isLei = (element: string): Condition => ({ kind: 'lei', element });
export const startsWithLei = (element: string): Condition => ({ kind: 'leiPrefix', element });
export const isUpi = (element: string): Condition => ({ kind: 'upi', element });
export const isCurrencyPair = (element: string): Condition => ({ kind: 'currencyPair', element });
export const isMidnight = (element: string): Condition => ({ kind: 'midnight', element });

export const isBlank = (element: string): Condition => not(filled(element));
export const isNot = (element: string, ...codes: string[]): Condition => not(is(element, ...codes));

/** The one element's value stands to the other's as `op` says. */
export const compare = (
  element: string,
  op: '=' | '<' | '<=' | '>' | '>=',
  other: string,
  as: Comparison,
): Condition => ({ kind: 'compare', element, op, to: { element: other }, as });

/** The element's number stands to a literal as `op` says. */
export const compareTo = (element: string, op: '>' | '=', literal: string): Condition => ({
  kind: 'compare',
  element,
  op,
  to: { literal },
  as: 'decimal',
});

/** Numbers of the elements that a condition looks at, each once, in the order of their first mention. */
export function elementsOf(condition: Condition): string[] {
  const found = new Set<string>();
  visit(condition, (one) => {
    if ('element' in one) found.add(one.element);
    if (one.kind === 'compare' && 'element' in one.to) found.add(one.to.element);
  });
  return [...found];
}

/** What a condition asks of the product. */
export function productsIn(condition: Condition): Extract<Condition, { kind: 'product' }>[] {
  const found: Extract<Condition, { kind: 'product' }>[] = [];
  visit(condition, (one) => {
    if (one.kind === 'product') found.push(one);
  });
  return found;
}

function visit(condition: Condition, look: (one: Condition) => void): void {
  look(condition);
  if (condition.kind === 'not') visit(condition.of, look);
  else if (condition.kind === 'all' || condition.kind === 'any')
    for (const one of condition.of) visit(one, look);
}
