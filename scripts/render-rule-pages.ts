/** Pages of docs/rules with the rules themselves: of a group of elements, of records, of the order of messages. */
import { RULE_TEXTS } from '../contracts/texts/describe-rules.ts';
import { LANGUAGES } from '../contracts/texts/shape.ts';
import type { RuleLevel } from '../contracts/rules.ts';
import { conditionalRuleById } from '../domain/cftc/conditional-rules.ts';
import type { Element } from '../domain/cftc/element-format.ts';
import { ELEMENTS, elementByNumber } from '../domain/cftc/elements.ts';
import { formatRulesOf } from '../domain/cftc/format-rules.ts';
import {
  catalogueRuleById,
  RULE_CATALOGUE,
  rulesOfElement,
  type CatalogueRule,
} from '../domain/cftc/rule-catalogue.ts';
import { RULE_GAPS } from '../domain/cftc/rule-gaps.ts';
import { EFFECTIVE_FROM } from '../domain/cftc/specification.ts';
import { describeFormat } from './describe-format.ts';
import { conditionalities, headingOf, linkElement, linkRule, marksOf, MESSAGES } from './rule-page-parts.ts';

const BACK = '[All rules / 전체 규칙](README.md)';

/** A page with the elements of a group. */
export function renderGroup(group: string): string {
  const elements = ELEMENTS.filter((element) => element.group === group);
  return [`# ${group}`, BACK, ...elements.flatMap(renderElement)].join('\n\n');
}

function renderElement(element: Element): string[] {
  const { number, since, key, part43, part45, disseminated } = element;
  const own = rulesOfElement(number).filter(
    ({ level, elements }) => level === 'conditional' && elements[0] === number,
  );
  const alwaysBlank = own.filter(isAlwaysBlank);
  const others = rulesOfElement(number).filter(
    ({ level, elements }) => level === 'sequence' || (level === 'conditional' && elements[0] !== number),
  );
  const formats = formatRulesOf(element).map((id) => linkRule(catalogueRuleById.get(id)!));
  const reports = [
    ...(part43 ? ['part 43'] : []),
    ...(part45 ? ['part 45'] : []),
    ...(disseminated ? ['public'] : []),
  ];
  const facts = [
    `Format / 형식: ${describeFormat(element)}`,
    `Key / 키: \`${key}\`; ${reports.join(', ')}; since / 도입: ${since}`,
    ...MESSAGES.map((message) => [message, conditionalities(number, message)] as const)
      // That an element is published, and not asked for there, the reports say.
      .filter(([message, found]) => found !== 'NR' && !(message === 'dissemination' && found === 'O'))
      .map(([message, found]) => `${message}: ${found}`),
    ...(formats.length > 0 ? [`Rules of the format / 형식 규칙: ${formats.join(', ')}`] : []),
    ...(alwaysBlank.length > 0
      ? [
          `Left blank under the profile strict / strict 프로필에서 비워 둠: ${alwaysBlank.map(describeBlank).join(', ')}`,
        ]
      : []),
    ...(others.length > 0
      ? [`Also looked at by / 함께 검사하는 규칙: ${others.map(linkRule).join(', ')}`]
      : []),
    ...RULE_GAPS.filter((gap) => gap.element === number).map(
      ({ reason }) => `Note / 참고: ${reason.en} / ${reason.ko}`,
    ),
  ];
  const rules = own.filter((rule) => !isAlwaysBlank(rule)).map(renderRule);
  return [`## ${headingOf(element)}`, facts.map((fact) => `- ${fact}`).join('\n'), ...rules];
}

const isAlwaysBlank = ({ id }: CatalogueRule): boolean => {
  const rule = conditionalRuleById.get(id);
  return rule?.kind === 'blank' && rule.when === null;
};

const describeBlank = ({ id, appliesTo }: CatalogueRule): string => {
  const classes = appliesTo.assetClasses.length === 5 ? '' : ` ${appliesTo.assetClasses.join(' ')}`;
  return `${appliesTo.messages.join(', ')}${classes} (\`${id}\`)`;
};

const renderRule = (rule: CatalogueRule): string =>
  [`**\`${rule.id}\`** ${marksOf(rule)}${lateStart(rule)}`, `- ${rule.text.en}\n- ${rule.text.ko}`].join(
    '\n\n',
  );

/** The days of a rule that is not in force as long as most. */
const lateStart = (rule: CatalogueRule): string =>
  [null, EFFECTIVE_FROM['3.1']].includes(rule.effectiveFrom as never) && rule.effectiveTo === null
    ? ''
    : ` (${daysOf(rule)})`;

const daysOf = ({ effectiveFrom, effectiveTo }: CatalogueRule): string =>
  LANGUAGES.map((language) => RULE_TEXTS[language].labels.days(effectiveFrom, effectiveTo)).join(' / ');

/** A page with the rules of some levels, each under a heading of its own. */
export function renderLevels(title: string, levels: readonly RuleLevel[]): string {
  const sections = levels.map((level) => {
    const rules = RULE_CATALOGUE.filter((rule) => rule.level === level);
    const [en, ko] = [RULE_TEXTS.en.levels[level], RULE_TEXTS.ko.levels[level]];
    return [
      `## ${en.name.charAt(0).toUpperCase()}${en.name.slice(1)} / ${ko.name}`,
      `- ${en.meaning}\n- ${ko.meaning}`,
      ...rules.map((rule) => renderWithFacts(rule)),
    ].join('\n\n');
  });
  return [`# ${title}`, BACK, ...sections].join('\n\n');
}

function renderWithFacts(rule: CatalogueRule): string {
  const { citation, elements } = rule;
  const named = elements.map((number) => linkElement(elementByNumber.get(number)!)).join(', ');
  return [
    `### ${rule.id}`,
    marksOf(rule),
    `- ${rule.text.en}\n- ${rule.text.ko}`,
    ...(rule.ledgerOnly
      ? [LANGUAGES.map((language) => `- ${RULE_TEXTS[language].labels.ledgerOnly}`).join('\n')]
      : []),
    `${citation}; ${daysOf(rule)}.${named === '' ? '' : ` ${named}.`}`,
  ].join('\n\n');
}
