import { describe, expect, test } from '@jest/globals';
import type { Issue, IssueParams } from '../../../contracts/issues.ts';
import { describeIssue, ISSUE_TEXTS } from '../../../contracts/texts/en.ts';
import { RULES, type RuleId } from '../../../domain/cftc/rules.ts';

const issue = (ruleId: string, params: IssueParams = {}, rest: Partial<Issue> = {}): Issue => ({
  ruleId,
  severity: 'error',
  element: '31',
  column: 'Notional amount-Leg 1',
  value: '12x',
  params,
  ...rest,
});
const ofRecord = { element: null, column: null, value: null };

describe('the texts', () => {
  test('are there for every rule, and for no other', () => {
    expect(Object.keys(ISSUE_TEXTS).sort()).toEqual(Object.keys(RULES).sort());
  });

  test.each(Object.keys(RULES) as RuleId[])('of %s are one sentence that lacks no parameter', (ruleId) => {
    const params = Object.fromEntries(
      RULES[ruleId].params.map((name) => [name, name === 'range' ? '>0' : 7]),
    );
    const text = describeIssue(issue(ruleId, params));
    expect(text).toMatch(/^#31 Notional amount-Leg 1: \S.*\.$/);
    expect(text).not.toMatch(/undefined|null|\?/);
    expect(text.length).toBeLessThan(260);
  });

  test.each(Object.keys(RULES) as RuleId[])('of %s say what to change', (ruleId) => {
    const params = Object.fromEntries(RULES[ruleId].params.map((name) => [name, 7]));
    expect(describeIssue(issue(ruleId, params))).toMatch(/[;,] |must be/);
  });
});

describe('describing an issue', () => {
  test('names element, column, value and remedy', () => {
    expect(describeIssue(issue('format.decimal'))).toBe(
      '#31 Notional amount-Leg 1: "12x" is not a decimal number; write digits with an optional point, ' +
        'like 1000000.50, without blanks, signs of currency or an exponent.',
    );
  });

  test('shows the element and the column of the file', () => {
    expect(describeIssue(issue('format.boolean'), 'Cleared')).toMatch(
      /^#31 Cleared \(column "Notional amount-Leg 1"\): "12x" is neither/,
    );
  });

  test('begins with a capital where no element is concerned', () => {
    expect(describeIssue(issue('csv.field-count', { expected: 110, actual: 1 }, ofRecord))).toBe(
      'The record has 1 field where the header has 110; ' +
        'add or remove commas, and put values that contain a comma in double quotes.',
    );
  });

  test('counts in the set by the other column', () => {
    const params = { set: 'otherPayment', expected: 2, actual: 1, other: 'Other payment type' };
    expect(
      describeIssue(issue('record.set-count', params, { element: '59', column: 'Other payment currency' })),
    ).toBe(
      '#59 Other payment currency: there is 1 value where "Other payment type" has 2; ' +
        'give both the same number, separated by ";".',
    );
  });

  test('tells a wrong date from a date written wrongly', () => {
    expect(describeIssue(issue('format.date', { problem: 'calendar' }))).toMatch(/calendar does not have/);
    expect(describeIssue(issue('format.date', { problem: 'shape' }))).toMatch(/YYYY-MM-DD/);
  });

  test('shortens long values and keeps control characters out of the terminal', () => {
    const value = `\u001b[31m\n\u202e${'x'.repeat(300)}`;
    const text = describeIssue(issue('format.mic', {}, { value }));
    expect(text).toContain('…');
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text.length).toBeLessThan(300);
  });

  test('has words for a rule that it does not know', () => {
    expect(describeIssue(issue('format.future'))).toBe(
      '#31 Notional amount-Leg 1: "12x" breaks the rule format.future; see the list of rules.',
    );
  });
});
