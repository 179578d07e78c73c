/** Issues of a record: what was found, told by column, element and value. */
import type { Issue, IssueParams } from '../../contracts/issues.ts';
import type { Broken } from '../cftc/conditional-check.ts';
import type { ConditionalRule } from '../cftc/conditional-rule.ts';
import type { Finding } from '../cftc/findings.ts';
import { RULES, type RuleId } from '../cftc/rules.ts';
import type { Column } from './header.ts';

/** Longest part of an offending value that an issue keeps. */
export const MAX_VALUE_LENGTH = 200;
const NO_PARAMS: IssueParams = {};

/** The columns of a layout, and those of each element by its number. */
export type ColumnLookup = {
  readonly columns: readonly Column[];
  readonly byElement: ReadonlyMap<string | undefined, readonly Column[]>;
};

/** The issue of what a check found in a cell. */
export function toIssue(finding: Finding, column: Column, cell: string): Issue {
  return {
    ruleId: finding.ruleId,
    severity: finding.severity,
    element: column.element?.number ?? null,
    column: column.name,
    value: cut(cell, MAX_VALUE_LENGTH),
    params: finding.params,
  };
}

/** An issue of a rule of the table, with the value cut to what is kept. */
export function makeIssue(
  ruleId: RuleId,
  column: Column | null,
  cell: string | null,
  params: IssueParams,
): Issue {
  return {
    ruleId,
    severity: RULES[ruleId].severity,
    element: column?.element?.number ?? null,
    column: column?.name ?? null,
    value: cell === null ? null : cut(cell, MAX_VALUE_LENGTH),
    params,
  };
}

/** The issue of a conditional rule; the values that others have are its parameters, by their numbers. */
export function toRecordIssue(broken: Broken, lookup: ColumnLookup, values: readonly string[]): Issue {
  const { columns } = lookup;
  if (broken.rule === undefined) {
    const column = broken.column < 0 ? null : columns[broken.column]!;
    const { ruleId, params } = broken.finding;
    return makeIssue(ruleId, column, column && values[column.index]!, params);
  }
  if (broken.rule === null) {
    const rules = broken.undetermined.map(({ id }) => id);
    return makeIssue('record.undetermined', null, null, { count: rules.length, rules: rules.join(', ') });
  }
  const { rule } = broken;
  const own = broken.column < 0 ? null : columns[broken.column]!;
  // What does not agree is a value: where the rule's own element has none in this column, another one that is given.
  const isBlank = own === null || values[own.index] === '';
  const column = (rule.kind === 'agrees' && isBlank ? findFilled(rule, lookup, values) : null) ?? own;
  const value = column === null ? '' : values[column.index]!;
  return {
    ruleId: rule.id,
    severity: rule.severity,
    element: column?.element?.number ?? rule.element,
    column: column?.name ?? null,
    value: value === '' ? null : cut(value, MAX_VALUE_LENGTH),
    params: rule.kind === 'agrees' ? otherValues(rule, column, lookup, values) : NO_PARAMS,
  };
}

/** The first column of an element that has a value. */
function filledOf(
  number: string,
  { byElement }: ColumnLookup,
  values: readonly string[],
): Column | undefined {
  return byElement.get(number)?.find(({ index }) => values[index] !== '');
}

/** The first column with a value, in the order in which the rule names its elements. */
function findFilled(
  { elements }: ConditionalRule,
  lookup: ColumnLookup,
  values: readonly string[],
): Column | null {
  for (const number of elements) {
    const column = filledOf(number, lookup, values);
    if (column) return column;
  }
  return null;
}

/** Values of the other elements that a rule compares with. */
function otherValues(
  { elements }: ConditionalRule,
  own: Column | null,
  lookup: ColumnLookup,
  values: readonly string[],
): IssueParams {
  const params: Record<string, string> = {};
  for (const number of elements.slice(1)) {
    if (number === own?.element?.number) continue;
    const column = filledOf(number, lookup, values);
    if (column) params[`#${number}`] = cut(values[column.index]!, MAX_VALUE_LENGTH);
  }
  return params;
}

/** Cuts a text without leaving half a character, which JSON in the database would refuse. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).toWellFormed();
}
