/** Conditional rules in words, made from the very conditions by which records are judged. */
import type { Issue } from '../../contracts/issues.ts';
import { quote, type Language } from '../../contracts/texts/shape.ts';
import { nameElement, toClause, type Clause } from './clauses.ts';
import type { ConditionalRule } from './conditional-rule.ts';
import { exemptionOf, type Exemption } from './profiles.ts';
import { findGap } from './rule-gaps.ts';
import { ENGLISH_RULE_WORDS } from './rule-words-en.ts';
import { KOREAN_RULE_WORDS } from './rule-words-ko.ts';
import { ASSET_CLASSES, type AssetClass, type MessageType } from './scopes.ts';

/** What a conditional rule says, ready for a language. */
export type SpokenRule = {
  readonly kind: ConditionalRule['kind'];
  /** The element at fault. */
  readonly name: string;
  /** Null when the rule always applies, or whenever there is a value that could be wrong. */
  readonly when: Clause | null;
  /** The element may be blank as far as this rule goes: it judges the value, where there is one. */
  readonly whereGiven: boolean;
  /** What must be so; null where the element just has to be given or blank. */
  readonly holds: Clause | null;
  readonly messages: readonly MessageType[];
  /** Null: all. */
  readonly assetClasses: readonly AssetClass[] | null;
  readonly legs: ConditionalRule['legs'];
  readonly strictOnly: boolean;
  /** Where a value that must be given is not asked for; null where nothing must be given. */
  readonly exemption: Exemption | null;
};

/** How a language says conditional rules. */
export type RuleWords = {
  /** The rule, for the catalogue. */
  readonly rule: (rule: SpokenRule) => string;
  /** What is wrong with a record, and what to change; `others` are the values that were compared with. */
  readonly broken: (rule: SpokenRule, value: string, others: string) => string;
};

const WORDS: Readonly<Record<Language, RuleWords>> = { en: ENGLISH_RULE_WORDS, ko: KOREAN_RULE_WORDS };

/** A rule in a few sentences, as the catalogue has it: with the reason where it is not the specification's letter. */
export function explainRule(rule: ConditionalRule, language: Language): string {
  const reading =
    rule.kind === 'required'
      ? rule.assetClasses.map((one) => findGap(rule.element, 'reading', one)).find((one) => one !== null)
      : null;
  return [WORDS[language].rule(speak(rule)), reading?.reason[language]].filter(Boolean).join(' ');
}

/** What is wrong in a record that breaks a rule, and what to change. */
export function explainBroken(rule: ConditionalRule, issue: Issue, language: Language): string {
  const value = issue.value === null ? '' : quote(issue.value);
  // In the order of the rule: a database keeps parameters in an order of its own.
  const others = rule.elements
    .filter((number) => Object.hasOwn(issue.params, `#${number}`))
    .map((number) => `#${number}: ${quote(String(issue.params[`#${number}`]))}`);
  return WORDS[language].broken(speak(rule), value, others.join(', '));
}

function speak({ element, when, holds, assetClasses, ...rule }: ConditionalRule): SpokenRule {
  const whereGiven = rule.kind === 'agrees' && when?.kind === 'filled' && when.element === element;
  return {
    kind: rule.kind,
    name: nameElement(element),
    when: when === null || whereGiven ? null : toClause(when),
    whereGiven,
    holds: holds && toClause(holds),
    messages: rule.messages,
    assetClasses: assetClasses.length === ASSET_CLASSES.length ? null : assetClasses,
    legs: rule.legs,
    strictOnly: rule.strictOnly,
    exemption: rule.kind === 'required' ? exemptionOf(element, rule.messages) : null,
  };
}
