/**
 * Currencies that were withdrawn, judged by the day of the swap: an error when it was executed later, right when it
 * was executed before. A value alone cannot say; where the day is not known, the warning of the value stays.
 */
import type { Issue } from '../../contracts/issues.ts';
import { checkCurrencyOn } from '../cftc/check-value.ts';
import { isTimestamp } from '../cftc/dates.ts';
import type { Finding } from '../cftc/findings.ts';
import type { Column } from './header.ts';

const EXECUTION_TIMESTAMP = '96';

/** Whether there is something to settle; looked at only in records that have issues. */
export const namesWithdrawnCurrency = (issues: readonly Issue[]): boolean =>
  issues.some(({ ruleId }) => ruleId === 'code.currency-withdrawn');

/**
 * The issues of a record with the warnings about withdrawn currencies settled by its execution timestamp.
 * @param toIssue the issue of a finding in a column
 * @param most how many findings of one cell are worth naming
 */
export function settleWithdrawnCurrencies(
  issues: readonly Issue[],
  { columns, values }: { readonly columns: readonly Column[]; readonly values: readonly string[] },
  toIssue: (found: Finding, column: Column, cell: string) => Issue,
  most: number,
): Issue[] {
  const executed = columns.find(({ element }) => element?.number === EXECUTION_TIMESTAMP);
  const executedOn = executed ? values[executed.index]! : '';
  if (!isTimestamp(executedOn)) return [...issues];
  const settled = new Set<string | null>();
  return issues.flatMap((issue) => {
    if (issue.ruleId !== 'code.currency-withdrawn') return issue;
    // All of a cell at once: a value with two currencies, or a long list, names only the first of them.
    if (settled.has(issue.column)) return [];
    settled.add(issue.column);
    const column = columns.find(({ name }) => name === issue.column)!;
    const cell = values[column.index]!;
    const found: Finding[] = [];
    for (const code of cell.split(/[;/]/)) {
      const expired = checkCurrencyOn(code, executedOn);
      if (expired !== null && found.push(expired) >= most) break;
    }
    return found.map((one) => toIssue(one, column, cell));
  });
}
