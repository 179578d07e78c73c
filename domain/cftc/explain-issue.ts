/** An issue in words, with the specification's name of its element. */
import type { Issue } from '../../contracts/issues.ts';
import { describeIssue, placeSentence } from '../../contracts/texts/describe.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import { conditionalRuleById } from './conditional-rules.ts';
import { elementByNumber } from './elements.ts';
import { explainBroken } from './explain-rule.ts';

/** What is wrong and what to change; the element's name stays as the specification has it. */
export function explainIssue(issue: Issue, language: Language): string {
  const elementName = issue.element === null ? undefined : elementByNumber.get(issue.element)?.name;
  const rule = conditionalRuleById.get(issue.ruleId);
  return rule
    ? placeSentence(issue, elementName, explainBroken(rule, issue, language), language)
    : describeIssue(issue, elementName, language);
}
