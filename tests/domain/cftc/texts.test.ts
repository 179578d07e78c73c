import { describe, expect, test } from '@jest/globals';
import type { Issue, IssueParams } from '../../../contracts/issues.ts';
import { describeIssue } from '../../../contracts/texts/describe.ts';
import { ENGLISH } from '../../../contracts/texts/en.ts';
import { KOREAN } from '../../../contracts/texts/ko.ts';
import { LANGUAGES, type Language, type Texts } from '../../../contracts/texts/shape.ts';
import { RULES, type RuleId } from '../../../domain/cftc/rules.ts';

const TEXTS: Record<Language, Texts> = { en: ENGLISH, ko: KOREAN };
const EVERY_TEXT = LANGUAGES.flatMap((language) =>
  (Object.keys(RULES) as RuleId[]).map((ruleId) => [language, ruleId] as const),
);
const SAYS_WHAT_TO_CHANGE: Record<Language, RegExp> = { en: /[;,] |must be/, ko: /십시오[.:]/ };

const issue = (ruleId: string, params: IssueParams = {}, rest: Partial<Issue> = {}): Issue => ({
  ruleId,
  severity: 'error',
  element: '31',
  column: 'Notional amount-Leg 1',
  value: '12x',
  params,
  ...rest,
});
const inEnglish = (of: Issue, elementName?: string): string => describeIssue(of, elementName, 'en');
const withEveryParam = (ruleId: RuleId): IssueParams =>
  Object.fromEntries(RULES[ruleId].params.map((name) => [name, name === 'range' ? '>0' : 7]));
const ofRecord = { element: null, column: null, value: null };

describe('the texts', () => {
  test.each(LANGUAGES)('in %s are there for every rule, and for no other', (language) => {
    expect(Object.keys(TEXTS[language].issues).sort()).toEqual(Object.keys(RULES).sort());
  });

  test.each(EVERY_TEXT)('in %s of %s lack no parameter and fit on a screen', (language, ruleId) => {
    const text = describeIssue(issue(ruleId, withEveryParam(ruleId)), undefined, language);

    expect(text).toMatch(/^#31 Notional amount-Leg 1: \S.*\.$/);
    expect(text).not.toMatch(/undefined|null|\?/);
    expect(text.length).toBeLessThan(260);
  });

  test.each(EVERY_TEXT)('in %s of %s say what to change', (language, ruleId) => {
    const text = describeIssue(issue(ruleId, withEveryParam(ruleId)), undefined, language);

    expect(text).toMatch(SAYS_WHAT_TO_CHANGE[language]);
  });

  test.each(Object.keys(RULES) as RuleId[])('of %s tell the same facts in both languages', (ruleId) => {
    for (const problem of ['shape', 'calendar']) {
      const asked = LANGUAGES.map((language) => {
        const names = new Set<string>();
        TEXTS[language].issues[ruleId]!('"12x"', (name) => {
          names.add(name);
          return name === 'problem' ? problem : '7';
        });
        return [...names].sort();
      });
      expect(asked[1]).toEqual(asked[0]);
    }
  });

  test.each(Object.keys(RULES) as RuleId[])('of %s are Korean whatever the value ends in', (ruleId) => {
    for (const value of ['12x', null]) {
      const text = describeIssue(issue(ruleId, withEveryParam(ruleId), { value }), undefined, 'ko');
      expect(text).toMatch(/[가-힣]{2}/);
      expect(text).not.toMatch(/"(12x|7)"[가-힣]/);
    }
  });
});

describe('describing an issue', () => {
  test('names element, column, value and remedy', () => {
    expect(inEnglish(issue('format.decimal'))).toBe(
      '#31 Notional amount-Leg 1: "12x" is not a decimal number; write digits with an optional point, ' +
        'like 1000000.50, without blanks, signs of currency or an exponent.',
    );
  });

  test('shows the element by its name in the specification, and the column of the file', () => {
    const of = issue('format.boolean');

    expect(describeIssue(of, 'Cleared', 'en')).toMatch(
      /^#31 Cleared \(column "Notional amount-Leg 1"\): "12x" is neither/,
    );
    expect(describeIssue(of, 'Cleared', 'ko')).toMatch(
      /^#31 Cleared \("Notional amount-Leg 1" 열\): "12x" 값은/,
    );
  });

  test('begins with a capital where no element is concerned', () => {
    expect(inEnglish(issue('csv.field-count', { expected: 110, actual: 1 }, ofRecord))).toBe(
      'The record has 1 field where the header has 110; ' +
        'add or remove commas, and put values that contain a comma in double quotes.',
    );
  });

  test('tells a wrong date from a date written wrongly', () => {
    expect(inEnglish(issue('format.date', { problem: 'calendar' }))).toMatch(/calendar does not have/);
    expect(inEnglish(issue('format.date', { problem: 'shape' }))).toMatch(/YYYY-MM-DD/);
  });

  test('shows the code at fault inside a value that is more than the code', () => {
    const of = issue('code.currency', { code: 'XQX' }, { value: 'EUR/XQX' });

    expect(describeIssue(of, undefined, 'en')).toContain('"XQX" in "EUR/XQX" is not a currency code');
    expect(describeIssue(of, undefined, 'ko')).toContain('"EUR/XQX" 값에 있는 "XQX" 코드는');
  });

  test('names no events for part 43 where the action has none there', () => {
    const of = (allowed: string) =>
      issue('sequence.pair-part-43', { action: 'PRTO', allowed }, { value: 'PTNG' });

    expect(inEnglish(of('-'))).toMatch(/not reported under part 43 .*; leave the message out there\.$/);
    expect(inEnglish(of('TRAD'))).toContain('or report one of TRAD.');
    expect(describeIssue(of('-'), undefined, 'ko')).toMatch(/파트 43 보고에서 제외하십시오\.$/);
  });

  test.each(LANGUAGES)('in %s shortens long values and keeps control characters out', (language) => {
    const value = `\u001b[31m\n\u202e${'x'.repeat(300)}`;
    const text = describeIssue(issue('format.mic', {}, { value }), undefined, language);

    expect(text).toContain('…');
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text.length).toBeLessThan(300);
  });

  test.each(['format.future', 'toString'])('has words for %s, a rule that it does not know', (ruleId) => {
    expect(describeIssue(issue(ruleId), undefined, 'en')).toBe(
      `#31 Notional amount-Leg 1: "12x" breaks the rule ${ruleId}; see the list of rules.`,
    );
    expect(describeIssue(issue(ruleId), undefined, 'ko')).toBe(
      `#31 Notional amount-Leg 1: "12x" 값은 다음 규칙에 어긋납니다: ${ruleId}. 규칙 목록을 확인하여 수정하십시오.`,
    );
  });
});
