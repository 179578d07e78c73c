/** What is wrong with a file in a few lines: per rule and element how often, and where first. */
import type { Issue } from '../contracts/issues.ts';
import { elementByNumber } from '../domain/cftc/elements.ts';
import { formatTable } from './print.ts';

type IssueCount = { issues: number; readonly issue: Issue; readonly firstLine: number };

export type IssueCounts = {
  readonly counts: ReadonlyMap<string, IssueCount>;
  /** Counts the issues of a record that begins at `line`. */
  readonly add: (issues: readonly Issue[], line: number) => void;
};

export function countIssues(): IssueCounts {
  const counts = new Map<string, IssueCount>();
  return {
    counts,
    add(issues, line) {
      for (const issue of issues) {
        const key = `${issue.ruleId} ${issue.element}`;
        const known = counts.get(key);
        if (known) known.issues += 1;
        else counts.set(key, { issues: 1, issue, firstLine: line });
      }
    },
  };
}

/** The most frequent first. */
export function tabulateIssues({ counts }: IssueCounts): string {
  const rows = [...counts.values()]
    .sort((one, other) => other.issues - one.issues)
    .map(({ issues, issue, firstLine }) => [
      issues,
      issue.severity,
      issue.ruleId,
      issue.element === null ? '' : `#${issue.element} ${elementByNumber.get(issue.element)?.name ?? ''}`,
      firstLine,
    ]);
  return formatTable([['issues', 'severity', 'rule', 'element', 'first line'], ...rows]);
}
