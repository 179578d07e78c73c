/** Rules as a machine-readable copy of the specification states them, read into conditions and compared by truth. */
import {
  all,
  any,
  compareTo,
  filled,
  is,
  not,
  product,
  type Condition,
  type ProductAttribute,
} from '../../../domain/cftc/conditions.ts';

const TOKEN =
  /\s*(?:(?<word>populated|not in|not|and|or|in)\b|(?<open>\()|(?<close>\))|(?<comma>,)|(?<op><>|=|>)|(?<element>#D?\d+)|UPI\.(?<attribute>\w+)|'(?<text>[^']*)'|(?<number>\d+))/y;

/** Reads an expression like "not populated(#73) and #57<>'UFRO'"; null when it is a sentence for people. */
export function readCondition(expression: string): Condition | null {
  const tokens: Record<string, string | undefined>[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const found = TOKEN.exec(expression);
    if (!found) return null;
    tokens.push({ ...found.groups });
  }
  let at = 0;
  const take = () => tokens[at++] ?? {};
  const takeWord = (word: string): boolean => tokens[at]?.['word'] === word && ++at > 0;

  const readAny = (): Condition => {
    const parts = [readAll()];
    while (takeWord('or')) parts.push(readAll());
    return parts.length === 1 ? parts[0]! : any(...parts);
  };
  const readAll = (): Condition => {
    const parts = [readOne()];
    while (takeWord('and')) parts.push(readOne());
    return parts.length === 1 ? parts[0]! : all(...parts);
  };
  const readOne = (): Condition => {
    if (takeWord('not')) return not(readOne());
    if (takeWord('populated')) {
      take();
      const { element } = take();
      take();
      return filled(element!.slice(1));
    }
    if (tokens[at]?.['open']) {
      take();
      const inner = readAny();
      take();
      return inner;
    }
    return readComparison();
  };
  const readComparison = (): Condition => {
    const { element, attribute } = take();
    const test = (values: string[]): Condition =>
      element ? is(element.slice(1), ...values) : product(attribute as ProductAttribute, ...values);
    const { op, word } = take();
    if (op === '>') return compareTo(element!.slice(1), '>', take()['number']!);
    if (op) return op === '=' ? test([take()['text']!]) : not(test([take()['text']!]));
    const values: string[] = [];
    take();
    do values.push(take()['text']!);
    while (take()['comma']);
    return word === 'in' ? test(values) : not(test(values));
  };
  const condition = readAny();
  return at === tokens.length ? condition : null;
}

type Values = ReadonlyMap<string, string>;

function isTrue(condition: Condition, values: Values): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((one) => isTrue(one, values));
    case 'any':
      return condition.of.some((one) => isTrue(one, values));
    case 'not':
      return !isTrue(condition.of, values);
    case 'is':
      return condition.codes.includes(values.get(condition.element)!);
    case 'product':
      return condition.values.some((one) => one.toLowerCase() === values.get(condition.attribute));
    case 'filled':
      return values.get(condition.element) !== '';
    case 'compare':
      return Number(values.get(condition.element)) > Number((condition.to as { literal: string }).literal);
    case 'lei':
    case 'leiPrefix':
    case 'upi':
    case 'currencyPair':
    case 'midnight':
      throw new Error(`No rule of the specification is stated with ${condition.kind}.`);
  }
}

/** Values that can make a difference to the conditions: blank, each that is named, and one that none names. */
function domainsOf(conditions: readonly Condition[]): Map<string, Set<string>> {
  const domains = new Map<string, Set<string>>();
  const add = (name: string, ...values: string[]): void => {
    const known = domains.get(name) ?? new Set<string>();
    for (const value of values) known.add(value);
    domains.set(name, known);
  };
  const visit = (one: Condition): void => {
    if (one.kind === 'all' || one.kind === 'any') one.of.forEach(visit);
    else if (one.kind === 'not') visit(one.of);
    else if (one.kind === 'product')
      add(one.attribute, 'something else', ...one.values.map((value) => value.toLowerCase()));
    else if (one.kind === 'is') add(one.element, '', 'something else', ...one.codes);
    else if (one.kind === 'compare') add(one.element, '', '0', '5');
    else if (one.kind === 'filled') add(one.element, '', 'something else');
  };
  conditions.forEach(visit);
  return domains;
}

/** Is the first true wherever the second is? Tried with every combination of values that can matter. */
export function follows(first: Condition, second: Condition): boolean {
  const domains = [...domainsOf([first, second])];
  const values = new Map<string, string>();
  const holds = (at: number): boolean => {
    if (at === domains.length) return isTrue(first, values) || !isTrue(second, values);
    const [name, candidates] = domains[at]!;
    return [...candidates].every((value) => {
      values.set(name, value);
      return holds(at + 1);
    });
  };
  return holds(0);
}

export const isEquivalent = (one: Condition, other: Condition): boolean =>
  follows(one, other) && follows(other, one);
