/** docs/rules/coverage.md: what every element is checked by, counted from the tables. */
import { RULE_LEVELS } from '../contracts/rules.ts';
import { SEVERITIES } from '../contracts/issues.ts';
import { ELEMENTS } from '../domain/cftc/elements.ts';
import { formatRulesOf } from '../domain/cftc/format-rules.ts';
import { RULE_CATALOGUE, rulesOfElement } from '../domain/cftc/rule-catalogue.ts';
import { RULE_GAPS } from '../domain/cftc/rule-gaps.ts';
import { conditionalities, MESSAGES, pageOfGroup, table } from './rule-page-parts.ts';

export function renderCoverage(): string {
  const levels = RULE_LEVELS.map((level) => {
    const rules = RULE_CATALOGUE.filter((rule) => rule.level === level);
    const bySeverity = SEVERITIES.map(
      (severity) => rules.filter((rule) => rule.severity === severity).length,
    );
    return [level, rules.length, ...bySeverity, rules.filter(({ strictOnly }) => strictOnly).length];
  });
  const elements = ELEMENTS.map((element) => {
    const rules = rulesOfElement(element.number);
    const count = (...wanted: string[]): number => rules.filter(({ level }) => wanted.includes(level)).length;
    return [
      `[#${element.number}](${pageOfGroup(element.group)})`,
      element.name,
      element.since,
      formatRulesOf(element).length,
      rules.filter(({ level, elements: [first] }) => level === 'conditional' && first === element.number)
        .length,
      rules.filter(({ level, elements: [first] }) => level === 'conditional' && first !== element.number)
        .length,
      count('sequence'),
      ...MESSAGES.map((message) => conditionalities(element.number, message)),
    ];
  });
  return [
    '# Coverage / 적용 범위',
    '[All rules / 전체 규칙](README.md)',
    `Counted from the tables of the code. M mandatory, C conditional, O optional, NR not required; where asset classes differ, each is named. "Own" rules blame the element, "other" rules look at it and blame another one.`,
    `코드의 표에서 집계했습니다. M 필수, C 조건부, O 선택, NR 불필요이며, 자산군마다 다르면 각각 표시합니다. "own"은 이 항목의 잘못을 찾는 규칙, "other"는 이 항목을 참조하여 다른 항목의 잘못을 찾는 규칙의 수입니다.`,
    '## Rules / 규칙',
    table(['level', 'rules', ...SEVERITIES, 'strict only'], levels),
    '## Elements / 항목',
    table(['element', 'name', 'since', 'format', 'own', 'other', 'sequence', ...MESSAGES], elements),
    '## Read otherwise, or not at all / 달리 읽거나 검사하지 않는 것',
    RULE_GAPS.map(
      ({ element, assetClass, reason }) =>
        `- #${element}${assetClass === null ? '' : ` ${assetClass}`}: ${reason.en}\n  ${reason.ko}`,
    ).join('\n'),
  ].join('\n\n');
}
