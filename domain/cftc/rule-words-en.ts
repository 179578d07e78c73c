/** Conditional rules in English. */
import type { RuleWords } from './explain-rule.ts';

const listed = (values: readonly string[], word: 'or' | 'and'): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} ${word} ${values.at(-1)}`;

const ATTRIBUTES: Readonly<Record<string, string>> = {
  instrumentType: 'instrument type',
  underlierType: 'underlier type',
  deliveryType: 'delivery type',
  notionalSchedule: 'notional schedule',
};

const COMPARED: Readonly<Record<string, readonly [time: string, number: string, negated: string]>> = {
  '=': ['is', 'equals', 'differs from'],
  '<': ['is before', 'is less than', 'is not less than'],
  '<=': ['is not after', 'is at most', 'is more than'],
  '>': ['is after', 'is greater than', 'is not greater than'],
  '>=': ['is not before', 'is at least', 'is less than'],
};

const not = (negated: boolean): string => (negated ? 'is not' : 'is');

export const ENGLISH_RULE_WORDS: RuleWords = {
  is: (name, codes, negated) => `${name} ${not(negated)} ${listed(codes, 'or')}`,
  filled: (name, negated) => `${name} is ${negated ? 'blank' : 'given'}`,
  product: (attribute, values, negated) =>
    `the product's ${ATTRIBUTES[attribute] ?? attribute} ${not(negated)} ${listed(values, 'or')}`,
  lei: (name, negated) => `${name} ${not(negated)} an LEI`,
  midnight: (name, negated) => `the time of ${name} ${not(negated)} 00:00:00`,
  compare: (name, op, other, isTime, negated) => {
    const [time, number, opposite] = COMPARED[op]!;
    return `${name} ${negated ? opposite : isTime ? time : number} ${other}`;
  },
  join: (clauses, kind) => clauses.join(kind === 'all' ? ' and ' : ' or '),
  scope: (messages, assetClasses, legs) => {
    const kinds = listed(messages, 'and');
    const classes = assetClasses === null ? '' : ` of asset class ${listed(assetClasses, 'and')}`;
    const eachLeg = legs === 'each' ? ', in each leg' : legs === 'second' ? ', in leg 2' : '';
    return `In ${kinds} reports${classes}${eachLeg}.`;
  },
  rule: (kind, name, when, holds) => {
    const condition = when === null ? '' : ` when ${when}`;
    if (kind === 'required') return `${name} must be given${condition}.`;
    if (kind === 'blank') return `${name} must be blank${condition}.`;
    return when === null ? `It must hold that ${holds}.` : `When ${when}, it must hold that ${holds}.`;
  },
  broken: (kind, value, scope, when, holds, others) => {
    const where = `${scope[0]!.toLowerCase()}${scope.slice(1, -1)}`;
    if (kind === 'required')
      return `the value is missing; it must be given ${when === null ? where : `when ${when}`}.`;
    if (kind === 'blank')
      return `${value} is superfluous; leave it blank ${when === null ? where : `when ${when}`}.`;
    const seen = others === '' ? '' : ` (${others})`;
    const condition = when === null ? '' : `when ${when}, `;
    return `${value}${seen} does not agree; ${condition}it must hold that ${holds}.`;
  },
};
