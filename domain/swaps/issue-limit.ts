/**
 * How much is said of one record. Whatever comes, a verdict can be stored, told and read: a record that is wrong
 * throughout says nothing new behind its first hundred mistakes.
 */
import type { Issue } from '../../contracts/issues.ts';

/** Findings that a verdict names, of all columns together and of the members of one list. */
export const MAX_FINDINGS = 100;

/**
 * The issues that a verdict names, in their order: errors go before what rejects nothing, and one of each column before
 * more of a column.
 * @param leftOut the issue that says how many are left out
 */
export function limitIssues(issues: readonly Issue[], leftOut: (count: number) => Issue): readonly Issue[] {
  if (issues.length <= MAX_FINDINGS) return issues;
  const columns = new Set<string | null>();
  const ranked = issues.map(({ severity, column }, at) => {
    if (severity !== 'error') return { at, rank: 2 };
    const isFirst = !columns.has(column);
    columns.add(column);
    return { at, rank: isFirst ? 0 : 1 };
  });
  const named = ranked
    .sort((one, other) => one.rank - other.rank || one.at - other.at)
    .slice(0, MAX_FINDINGS);
  const inOrder = named.sort((one, other) => one.at - other.at).map(({ at }) => issues[at]!);
  return [...inOrder, leftOut(issues.length - inOrder.length)];
}
