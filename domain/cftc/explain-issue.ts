/** An issue in words, with the specification's name of its element. */
import type { Issue } from '../../contracts/issues.ts';
import { describeIssue } from '../../contracts/texts/en.ts';
import { elementByNumber } from './elements.ts';

/** One sentence that says what is wrong and what to change. */
export function explainIssue(issue: Issue): string {
  return describeIssue(issue, issue.element === null ? undefined : elementByNumber.get(issue.element)?.name);
}
