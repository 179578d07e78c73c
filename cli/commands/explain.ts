/** tain explain RULE: what a rule asks for, how sure it is, and where it stands. */
import type { Command } from 'commander';
import { TainError } from '../../contracts/errors.ts';
import { RULE_TEXTS } from '../../contracts/texts/describe-rules.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import { nameElement } from '../../domain/cftc/clauses.ts';
import { RULE_SET_VERSION } from '../../domain/cftc/elements.ts';
import { nearestRules } from '../../domain/cftc/nearest-rules.ts';
import {
  catalogueRuleById,
  rulesOfElement,
  tellRule,
  type CatalogueRule,
} from '../../domain/cftc/rule-catalogue.ts';
import { print, styled } from '../print.ts';
import { readerLanguage } from '../reader.ts';

/** Elements that a rule of formats names; more are counted. */
const SHOWN_ELEMENTS = 8;

/** Generated from the tables by which the rules of sequence judge. */
const SEQUENCE_PAGE = 'docs/rules/sequence.md';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .argument(
      '<rule>',
      'id of a rule (required.67.IR), or number of an element (67, D1) for all of its rules',
    )
    .description('explain a rule: what it asks for, how sure that is, and where it is written')
    .option('--json', 'one JSON object')
    .action((text: string, { json }: { json?: boolean }) => {
      const language = readerLanguage();
      const rules = findRules(text);
      if (json) {
        const told = rules.map((rule) => tellRule(rule, language));
        print(JSON.stringify({ ruleSetVersion: RULE_SET_VERSION, rules: told }));
        return;
      }
      print(rules.map((rule) => describeRule(rule, language)).join('\n\n'));
    });
}

/** @throws TainError rule.unknown, with the ids that were perhaps meant */
function findRules(text: string): readonly CatalogueRule[] {
  const rule = catalogueRuleById.get(text);
  if (rule) return [rule];
  const ofElement = rulesOfElement(text.replace(/^#/, '').toUpperCase());
  if (ofElement.length > 0) return ofElement;
  throw new TainError('rule.unknown', { rule: text, nearest: nearestRules(text).join(', ') });
}

function describeRule(rule: CatalogueRule, language: Language): string {
  const { levels, severities, confidences, labels } = RULE_TEXTS[language];
  const severity = severities[rule.severity];
  const confidence = confidences[rule.confidence];
  const colour = rule.severity === 'error' ? 'red' : 'yellow';
  const heading = [
    styled('bold', rule.id),
    levels[rule.level].name,
    styled(colour, severity.name),
    confidence.name,
  ];
  const shown = rule.elements.slice(0, SHOWN_ELEMENTS).map(nameElement);
  const left = rule.elements.length - shown.length;
  const elements = shown.length === 0 ? labels.wholeRecord : shown.join('; ');
  const facts = [
    `${labels.elements}: ${elements}${left > 0 ? ` … +${left}` : ''}`,
    `${labels.inForce}: ${labels.days(rule.effectiveFrom, rule.effectiveTo)}`,
    `${labels.citation}: ${rule.citation}`,
    `${labels.confidence}: ${confidence.meaning}`,
    ...(rule.ledgerOnly ? [labels.ledgerOnly] : []),
    ...(rule.level === 'sequence' ? [`${labels.tables}: ${SEQUENCE_PAGE}`] : []),
  ];
  return [heading.join(' · '), rule.text[language], ...facts.map((fact) => styled('dim', fact))].join('\n  ');
}
