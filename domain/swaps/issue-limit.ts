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
  const byRank = [0, 0, 0];
  const ranks = issues.map(({ severity, column }) => {
    const rank = severity !== 'error' ? 2 : columns.has(column) ? 1 : 0;
    if (rank === 0) columns.add(column);
    byRank[rank]! += 1;
    return rank;
  });
  let free = MAX_FINDINGS;
  const named = byRank.map((count) => {
    const taken = Math.min(count, free);
    free -= taken;
    return taken;
  });
  // The first ones of each rank, as they come: no sorting, since a record that is all wrong must not cost much.
  const inOrder = issues.filter((_issue, at) => (named[ranks[at]!]! -= 1) >= 0);
  return [...inOrder, leftOut(issues.length - inOrder.length)];
}
