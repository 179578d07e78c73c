/**
 * All rules in one list and one shape: what `tain explain`, the API and docs/rules show. It is made from the tables
 * that records are judged by, so that no rule can be missing.
 */
import type { Severity } from '../../contracts/issues.ts';
import type { Confidence, RuleLevel } from '../../contracts/rules.ts';
import { RULE_TEXTS } from '../../contracts/texts/describe-rules.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import { CONDITIONAL_RULES } from './conditional-rules.ts';
import type { ConditionalRule } from './conditional-rule.ts';
import { elementByNumber } from './elements.ts';
import { explainRule } from './explain-rule.ts';
import { elementsOfFormatRule } from './format-rules.ts';
import { RULES, type Rule, type RuleId } from './rules.ts';
import { ASSET_CLASSES, MESSAGE_TYPES, type AssetClass, type MessageType } from './scopes.ts';
import { EFFECTIVE_FROM } from './specification.ts';

export type CatalogueRule = {
  readonly id: string;
  readonly level: RuleLevel;
  /** Numbers of the elements it looks at, the one at fault first; empty when it looks at the record as a whole. */
  readonly elements: readonly string[];
  readonly appliesTo: {
    readonly messages: readonly MessageType[];
    readonly assetClasses: readonly AssetClass[];
  };
  readonly severity: Severity;
  /** Judged under the profile `strict` only. */
  readonly strictOnly: boolean;
  /** Judged where all swaps and the part of each report are known, and so not on a file alone. */
  readonly ledgerOnly: boolean;
  readonly citation: string;
  readonly confidence: Confidence;
  /** First day of submission on which it is in force, YYYY-MM-DD; null: it always was. */
  readonly effectiveFrom: string | null;
  /** The last one; null while it is in force. */
  readonly effectiveTo: string | null;
  /** What it asks for, in a sentence or two. */
  readonly text: Readonly<Record<Language, string>>;
};

const EVERY_MESSAGE: readonly MessageType[] = [...MESSAGE_TYPES, 'dissemination'];
/** What parties send is in an order; what is published of it is not looked at that way. */
const messagesOf = (level: RuleLevel): readonly MessageType[] =>
  level === 'sequence' || level === 'feed' ? MESSAGE_TYPES : EVERY_MESSAGE;

function fromTable(id: RuleId): CatalogueRule {
  const rule: Rule = RULES[id];
  const { level, severity, citation, confidence } = rule;
  const elements = rule.elements ?? elementsOfFormatRule(id);
  return {
    id,
    level,
    elements,
    appliesTo: { messages: messagesOf(level), assetClasses: ASSET_CLASSES },
    severity,
    strictOnly: false,
    ledgerOnly: rule.ledgerOnly ?? false,
    citation,
    confidence,
    effectiveFrom: firstDayOf(elements),
    effectiveTo: null,
    text: { en: RULE_TEXTS.en.sentences[id], ko: RULE_TEXTS.ko.sentences[id] },
  };
}

/** How a value is written is judged whatever the day, but for elements that a later version of the specification brought. */
function firstDayOf(elements: readonly string[]): string | null {
  const versions = new Set(elements.map((number) => elementByNumber.get(number)!.since));
  return versions.size === 1 && versions.has('3.2') ? EFFECTIVE_FROM['3.2'] : null;
}

const fromConditional = (rule: ConditionalRule): CatalogueRule => ({
  id: rule.id,
  level: rule.level,
  elements: rule.elements,
  appliesTo: { messages: rule.messages, assetClasses: rule.assetClasses },
  severity: rule.severity,
  strictOnly: rule.strictOnly,
  ledgerOnly: false,
  citation: rule.citation,
  confidence: rule.confidence,
  effectiveFrom: rule.effectiveFrom,
  effectiveTo: rule.effectiveTo,
  text: { en: explainRule(rule, 'en'), ko: explainRule(rule, 'ko') },
});

/** Every rule there is: the table's in its order, then the conditional ones in the order of the elements. */
export const RULE_CATALOGUE: readonly CatalogueRule[] = [
  ...(Object.keys(RULES) as RuleId[]).map(fromTable),
  ...CONDITIONAL_RULES.map(fromConditional),
];

export const catalogueRuleById: ReadonlyMap<string, CatalogueRule> = new Map(
  RULE_CATALOGUE.map((rule) => [rule.id, rule]),
);

/** A rule as a reader of one language sees it. */
export const tellRule = (
  rule: CatalogueRule,
  language: Language,
): Omit<CatalogueRule, 'text'> & { text: string } => ({
  ...rule,
  text: rule.text[language],
});

/** The rules that look at an element, those that blame it first. */
export function rulesOfElement(number: string): readonly CatalogueRule[] {
  const looking = RULE_CATALOGUE.filter(({ elements }) => elements.includes(number));
  const blames = ({ level, elements }: CatalogueRule): boolean =>
    level !== 'conditional' || elements[0] === number;
  return [...looking.filter(blames), ...looking.filter((rule) => !blames(rule))];
}
