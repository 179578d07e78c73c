/** An issue in words, with the specification's name of its element. */
import type { Issue } from '../../contracts/issues.ts';
import { describeIssue } from '../../contracts/texts/describe.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import { elementByNumber } from './elements.ts';

/** What is wrong and what to change; the element's name stays as the specification has it. */
export function explainIssue(issue: Issue, language: Language): string {
  const elementName = issue.element === null ? undefined : elementByNumber.get(issue.element)?.name;
  return describeIssue(issue, elementName, language);
}
