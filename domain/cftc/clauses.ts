/**
 * Conditions made ready for words: negations stand at the single statements, groups of one kind are one group, and
 * what is said of one element in several comparisons is said at once. The languages only have to speak it.
 */
import type { Condition, Writing } from './conditions.ts';
import { elementByNumber } from './elements.ts';

/** One statement; `negated` says that it must not be so. Names, codes and values come as they are written. */
export type Statement = { readonly name: string; readonly negated: boolean } & (
  | { readonly kind: 'is' | 'product'; readonly values: readonly string[] }
  | { readonly kind: 'filled' | Writing }
  | {
      readonly kind: 'compare';
      readonly op: '=' | '<' | '<=' | '>' | '>=';
      /** Names of elements, of which one is enough, or a literal. */
      readonly others: readonly string[];
      readonly isLiteral: boolean;
      /** Are moments compared, so that one is earlier and not smaller? */
      readonly isTime: boolean;
    }
);

export type Group = { readonly kind: 'all' | 'any'; readonly of: readonly Clause[] };
export type Clause = Statement | Group;

export const isGroup = (clause: Clause): clause is Group => clause.kind === 'all' || clause.kind === 'any';

/** Name and number of an element, as all texts show it: "Fixed rate (#67)". */
export const nameElement = (number: string): string =>
  `${elementByNumber.get(number)?.name ?? ''} (#${number})`;

/** A condition as clauses. */
export function toClause(condition: Condition, negated = false): Clause {
  switch (condition.kind) {
    case 'not':
      return toClause(condition.of, !negated);
    case 'all':
    case 'any': {
      // Not (a and b) is (not a) or (not b).
      const kind = negated ? (condition.kind === 'all' ? 'any' : 'all') : condition.kind;
      return group(
        kind,
        condition.of.map((one) => toClause(kind === 'any' ? choiceOf(one) : one, negated)),
      );
    }
    case 'is':
      return { kind: 'is', name: nameElement(condition.element), values: condition.codes, negated };
    case 'product':
      return { kind: 'product', name: condition.attribute, values: condition.values, negated };
    case 'filled':
    case 'lei':
    case 'leiPrefix':
    case 'upi':
    case 'currencyPair':
    case 'midnight':
      return { kind: condition.kind, name: nameElement(condition.element), negated };
    case 'compare': {
      const { to, op, as } = condition;
      const isLiteral = 'literal' in to;
      const others = [isLiteral ? to.literal : nameElement(to.element)];
      const name = nameElement(condition.element);
      return { kind: 'compare', name, op, others, isLiteral, isTime: as === 'time', negated };
    }
  }
}

/** Of "x is given and equals y" as one of several choices only the comparison is said: it cannot be made otherwise. */
function choiceOf(condition: Condition): Condition {
  if (condition.kind !== 'all') return condition;
  const compared = condition.of.filter(({ kind }) => kind !== 'filled');
  return compared.length === 1 && compared[0]!.kind === 'compare' ? compared[0]! : condition;
}

/** A group without groups of its own kind in it, and with comparisons of one element made one. */
function group(kind: Group['kind'], parts: readonly Clause[]): Clause {
  const of: Clause[] = [];
  for (const part of parts.flatMap((one) => (isGroup(one) && one.kind === kind ? one.of : [one]))) {
    const last = of.at(-1);
    const merged = kind === 'any' && last ? merge(last, part) : null;
    if (merged) of[of.length - 1] = merged;
    else of.push(part);
  }
  return of.length === 1 ? of[0]! : { kind, of };
}

/** "a equals b or a equals c" as "a equals b or c"; null where there is nothing to join. */
function merge(one: Clause, other: Clause): Statement | null {
  if (one.kind !== 'compare' || other.kind !== 'compare') return null;
  const isSame = one.name === other.name && one.op === other.op && !one.negated && !other.negated;
  if (!isSame || one.isLiteral || other.isLiteral) return null;
  return { ...one, others: [...one.others, ...other.others] };
}
