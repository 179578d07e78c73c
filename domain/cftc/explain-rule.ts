/** Conditional rules in words, made from the very conditions by which records are judged. */
import type { Issue } from '../../contracts/issues.ts';
import { quote, type Language } from '../../contracts/texts/shape.ts';
import type { ConditionalRule } from './conditional-rule.ts';
import type { Condition } from './conditions.ts';
import { elementByNumber } from './elements.ts';
import { ENGLISH_RULE_WORDS } from './rule-words-en.ts';
import { KOREAN_RULE_WORDS } from './rule-words-ko.ts';
import { ASSET_CLASSES, type AssetClass, type MessageType } from './scopes.ts';

/** How a language says conditions and rules. Names, codes and values come as they are written. */
export type RuleWords = {
  readonly is: (name: string, codes: readonly string[], negated: boolean) => string;
  readonly filled: (name: string, negated: boolean) => string;
  readonly product: (attribute: string, values: readonly string[], negated: boolean) => string;
  readonly lei: (name: string, negated: boolean) => string;
  readonly midnight: (name: string, negated: boolean) => string;
  /** `other` is the name of an element or a literal; `isTime` says whether moments are compared. */
  readonly compare: (name: string, op: string, other: string, isTime: boolean, negated: boolean) => string;
  readonly join: (clauses: readonly string[], kind: 'all' | 'any') => string;
  /** Where a rule applies: kinds of messages, asset classes (null: all), a leg of its own. */
  readonly scope: (
    messages: readonly MessageType[],
    assetClasses: readonly AssetClass[] | null,
    legs: ConditionalRule['legs'],
  ) => string;
  /** The rule, for the catalogue; `when` is null when it always applies. */
  readonly rule: (kind: ConditionalRule['kind'], name: string, when: string | null, holds: string) => string;
  /** What is wrong with a record, and what to change; `others` are the values that were compared with. */
  readonly broken: (
    kind: ConditionalRule['kind'],
    value: string,
    scope: string,
    when: string | null,
    holds: string,
    others: string,
  ) => string;
};

const WORDS: Readonly<Record<Language, RuleWords>> = { en: ENGLISH_RULE_WORDS, ko: KOREAN_RULE_WORDS };

const nameOf = (number: string): string => `${elementByNumber.get(number)?.name ?? ''} (#${number})`;

/** A condition as a clause. */
export function explainCondition(condition: Condition, language: Language): string {
  return explain(condition, WORDS[language], false);
}

function explain(condition: Condition, words: RuleWords, negated: boolean): string {
  switch (condition.kind) {
    case 'not':
      return explain(condition.of, words, !negated);
    case 'all':
    case 'any': {
      // Not (a and b) is (not a) or (not b).
      const kind = negated ? (condition.kind === 'all' ? 'any' : 'all') : condition.kind;
      const clauses = condition.of.map((one) => {
        const clause = explain(one, words, negated);
        const nests = one.kind === 'all' || one.kind === 'any';
        return nests ? `(${clause})` : clause;
      });
      return words.join(clauses, kind);
    }
    case 'is':
      return words.is(nameOf(condition.element), condition.codes, negated);
    case 'filled':
      return words.filled(nameOf(condition.element), negated);
    case 'product':
      return words.product(condition.attribute, condition.values, negated);
    case 'lei':
    case 'midnight':
      return words[condition.kind](nameOf(condition.element), negated);
    case 'compare': {
      const other = 'literal' in condition.to ? condition.to.literal : nameOf(condition.to.element);
      return words.compare(nameOf(condition.element), condition.op, other, condition.as === 'time', negated);
    }
  }
}

/** When a rule applies; null when it always does, or whenever there is a value that could be wrong. */
function explainPremise({ kind, element, when }: ConditionalRule, language: Language): string | null {
  const isPlain = when === null || (kind === 'agrees' && when.kind === 'filled' && when.element === element);
  return isPlain ? null : explainCondition(when, language);
}

/** A rule in a sentence or two, as the catalogue has it. */
export function explainRule(rule: ConditionalRule, language: Language): string {
  const words = WORDS[language];
  const when = explainPremise(rule, language);
  const holds = rule.holds === null ? '' : explainCondition(rule.holds, language);
  const text = words.rule(rule.kind, nameOf(rule.element), when, holds);
  return `${text} ${words.scope(rule.messages, classesOf(rule), rule.legs)}`;
}

/** What is wrong in a record that breaks a rule, and what to change. */
export function explainBroken(rule: ConditionalRule, issue: Issue, language: Language): string {
  const words = WORDS[language];
  const when = explainPremise(rule, language);
  const holds = rule.holds === null ? '' : explainCondition(rule.holds, language);
  const scope = words.scope(rule.messages, classesOf(rule), 'any');
  const value = issue.value === null ? '' : quote(issue.value);
  const others = Object.entries(issue.params).map(([number, other]) => `${number}: ${quote(String(other))}`);
  return words.broken(rule.kind, value, scope, when, holds, others.join(', '));
}

const classesOf = ({ assetClasses }: ConditionalRule): readonly AssetClass[] | null =>
  assetClasses.length === ASSET_CLASSES.length ? null : assetClasses;
