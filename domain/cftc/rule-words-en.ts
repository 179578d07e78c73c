/** Conditional rules in English. */
import { isGroup, type Clause, type Statement } from './clauses.ts';
import type { RuleWords, SpokenRule } from './explain-rule.ts';
import { SPARSE_ACTIONS } from './profiles.ts';

/** "is" in a condition, "must be" in a duty. */
type Mood = 'fact' | 'duty';

const listed = (values: readonly string[], word: 'or' | 'and'): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} ${word} ${values.at(-1)}`;

const ATTRIBUTES: Readonly<Record<string, string>> = {
  instrumentType: 'instrument type',
  underlierType: 'underlier type',
  deliveryType: 'delivery type',
  notionalSchedule: 'notional schedule',
};

const COMPARED: Readonly<Record<string, readonly [time: string, number: string, negated: string]>> = {
  '=': ['is the same as', 'equals', 'differs from'],
  '<': ['is before', 'is less than', 'is not less than'],
  '<=': ['is not after', 'is at most', 'is more than'],
  '>': ['is after', 'is greater than', 'is not greater than'],
  '>=': ['is not before', 'is at least', 'is less than'],
};

/** What is said of the subject, with its verb in front: "is Y", "is not before Execution timestamp (#96)". */
function predicate(statement: Statement): string {
  const be = statement.negated ? 'is not' : 'is';
  switch (statement.kind) {
    case 'is':
    case 'product':
      return `${be} ${listed(statement.values, 'or')}`;
    case 'filled':
      return statement.negated ? 'is blank' : 'is given';
    case 'lei':
      return `${be} an LEI`;
    case 'leiPrefix':
      return statement.negated ? 'does not begin with an LEI' : 'begins with an LEI';
    case 'upi':
      return `${be} a UPI`;
    case 'currencyPair':
      return statement.negated ? 'is a single currency' : 'is a currency pair';
    case 'midnight':
      return `${be} 00:00:00`;
    case 'compare': {
      const [time, number, opposite] = COMPARED[statement.op]!;
      const verb = statement.negated ? opposite : statement.isTime ? time : number;
      return `${verb} ${listed(statement.others, 'or')}`;
    }
  }
}

const subject = ({ kind, name }: Statement): string =>
  kind === 'product'
    ? `the product's ${ATTRIBUTES[name] ?? name}`
    : kind === 'midnight'
      ? `the time of ${name}`
      : name;

const asDuty = (said: string): string =>
  said
    .replace(/^is not /, 'must not be ')
    .replace(/^is /, 'must be ')
    .replace(/^begins /, 'must begin ')
    .replace(/^equals /, 'must equal ')
    .replace(/^differs from /, 'must differ from ');

function say(clause: Clause, mood: Mood): string {
  const verb = (statement: Statement): string =>
    mood === 'duty' ? asDuty(predicate(statement)) : predicate(statement);
  if (!isGroup(clause)) return `${subject(clause)} ${verb(clause)}`;
  const said = clause.of.map((one, at) => {
    if (isGroup(one)) return `(${say(one, mood)})`;
    const before = clause.of[at - 1];
    // Who has just been named needs no name.
    const isNamed = before && !isGroup(before) && subject(before) === subject(one);
    return isNamed ? verb(one) : `${subject(one)} ${verb(one)}`;
  });
  const word = clause.kind === 'all' ? 'and' : 'or';
  // Clauses have lists in them: from three on, commas show where one ends.
  return said.length > 2 ? `${said.slice(0, -1).join(', ')}, ${word} ${said.at(-1)}` : said.join(` ${word} `);
}

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const when = (clause: Clause | null): string => (clause === null ? '' : ` when ${say(clause, 'fact')}`);

function scope({ messages, assetClasses, legs }: SpokenRule): string {
  const classes =
    assetClasses === null
      ? ''
      : ` of the asset class${assetClasses.length > 1 ? 'es' : ''} ${listed(assetClasses, 'and')}`;
  const eachLeg = legs === 'each' ? ', in each leg' : legs === 'second' ? ', in leg 2' : '';
  return `${listed(messages, 'and')} reports${classes}${eachLeg}`;
}

function exempt({ exemption }: SpokenRule): string {
  if (exemption === null) return '';
  const { sparse, excused } = exemption;
  const except = sparse?.exceptEvent ? `, unless the event is ${sparse.exceptEvent}` : '';
  const mayLack = sparse
    ? ` Under ${listed(sparse.profiles, 'and')}, ${listed([...SPARSE_ACTIONS], 'and')} reports may leave it out${except}.`
    : '';
  const isSet = excused.length > 0 ? ` Not asked for under ${listed(excused, 'and')}: Tain sets it.` : '';
  return mayLack + isSet;
}

export const ENGLISH_RULE_WORDS: RuleWords = {
  rule: (rule) => {
    const duty =
      rule.kind === 'required'
        ? `${rule.name} must be given`
        : rule.kind === 'blank'
          ? `${rule.name} must be left blank`
          : say(rule.holds!, 'duty');
    const strict = rule.strictOnly ? ' Judged under the profile strict only.' : '';
    const said = rule.whereGiven ? `Where given, ${duty}` : capitalise(duty);
    return `${said}${when(rule.when)}. Applies to ${scope(rule)}.${strict}${exempt(rule)}`;
  },
  broken: (rule, value, others) => {
    const premise = rule.when === null ? ` in ${scope(rule)}` : when(rule.when);
    if (rule.kind === 'required') return `the value is missing; it must be given${premise}.`;
    if (rule.kind === 'blank') return `${value} is not expected here; leave it blank${premise}.`;
    const seen = others === '' ? '' : ` (${others})`;
    return `${value}${seen} does not fit; ${say(rule.holds!, 'duty')}${when(rule.when)}.`;
  },
};
