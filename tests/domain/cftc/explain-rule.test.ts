import { describe, expect, it, test } from '@jest/globals';
import type { Issue } from '../../../contracts/issues.ts';
import { LANGUAGES } from '../../../contracts/texts/shape.ts';
import { toClause } from '../../../domain/cftc/clauses.ts';
import { CONDITIONAL_RULES, conditionalRuleById } from '../../../domain/cftc/conditional-rules.ts';
import { all, any, compare, filled, is, isBlank, not, product } from '../../../domain/cftc/conditions.ts';
import { explainBroken, explainRule } from '../../../domain/cftc/explain-rule.ts';

const issue = (ruleId: string, value: string | null, params: Issue['params'] = {}): Issue => ({
  ruleId,
  severity: 'error',
  element: null,
  column: null,
  value,
  params,
});
const explain = (of: Issue, language: 'en' | 'ko'): string =>
  explainBroken(conditionalRuleById.get(of.ruleId)!, of, language);

describe('a broken rule in words', () => {
  test.each([
    [issue('required.2', null), 'the value is missing; it must be given when Cleared (#1) is Y.'],
    [issue('required.1', null), 'the value is missing; it must be given in transaction reports.'],
    [issue('blank.2', 'x'), '"x" is not expected here; leave it blank when Cleared (#1) is N.'],
    [
      issue('agrees.83', '0.5', { '#84': '0.4' }),
      '"0.5" (#84: "0.4") does not fit; CDS index attachment point (#83) must be less than CDS index detachment point (#84).',
    ],
  ])('says in English what is wrong and what to do', (of, said) => {
    expect(explain(of, 'en')).toBe(said);
  });

  test.each([
    [
      issue('required.2', null),
      '값이 없습니다. Cleared (#1) 값이 Y이면 이 값을 입력해야 합니다. 값을 입력하십시오.',
    ],
    [
      issue('required.1', null),
      '값이 없습니다. 이 값을 입력해야 합니다 (적용 대상: 거래 보고). 값을 입력하십시오.',
    ],
    [
      issue('blank.2', 'x'),
      '"x" 값은 필요하지 않습니다. Cleared (#1) 값이 N이면 이 값을 비워 두어야 합니다. 값을 삭제하십시오.',
    ],
    [
      issue('agrees.83', '0.5', { '#84': '0.4' }),
      '"0.5" (#84: "0.4") 값이 맞지 않습니다. CDS index attachment point (#83) 값이 CDS index detachment point (#84) 값보다 작아야 합니다. 값을 수정하십시오.',
    ],
  ])('says the same in Korean', (of, said) => {
    expect(explain(of, 'ko')).toBe(said);
  });

  it.each(LANGUAGES)('is said in the same %s whichever order its parameters are kept in', (language) => {
    const [params, kept] = [
      { '#21': 'A', '#18': 'B' },
      { '#18': 'B', '#21': 'A' },
    ];

    expect(explain(issue('agrees.20.direction', 'A', kept), language)).toBe(
      explain(issue('agrees.20.direction', 'A', params), language),
    );
  });

  it.each(LANGUAGES)('cannot be made to steer a terminal in %s, whatever the value', (language) => {
    for (const { id } of CONDITIONAL_RULES)
      expect(explain(issue(id, '\u001b[31m\u202e', { '#1': '\u0007' }), language)).not.toMatch(
        /[\u0000-\u001f\u202e]|undefined/,
      );
  });
});

describe('a rule in words', () => {
  const say = (id: string, language: 'en' | 'ko' = 'en') =>
    explainRule(conditionalRuleById.get(id)!, language);

  it('gives the reason where it is not the letter of the specification', () => {
    expect(say('required.42')).toContain('A multiplier belongs to a frequency (#41)');
    expect(say('required.67.CO')).toContain('Read as "where both are blank"');
    expect(say('required.67.IR')).not.toContain('Read as');
    expect(say('required.57', 'ko')).toContain('신용 스왑');
  });

  it('says which reports may do without the value, and who sets it', () => {
    expect(say('required.94')).toContain('Under spec, TERM, PRTO and EROR reports may leave it out.');
    expect(say('required.1')).toContain('may leave it out, unless the event is CLRG.');
    expect(say('required.D4.dissemination')).toContain('Under public, TERM');
    expect(say('required.13')).not.toContain('leave it out');
    expect(say('required.110.valuation')).not.toContain('leave it out');
    expect(say('required.22')).toContain('Not asked for under spec: Tain sets it.');
    expect(say('required.22', 'ko')).toContain('spec 프로필에서는 Tain이 값을 넣으므로 요구하지 않습니다.');
  });

  it('has no parentheses in parentheses in Korean', () => {
    expect(say('agrees.31', 'ko')).not.toMatch(/\([^()]*\(/);
  });
});

describe('a condition as clauses', () => {
  it('has its negations at the single statements', () => {
    expect(toClause(not(all(is('1', 'Y'), isBlank('2'))))).toMatchObject({
      kind: 'any',
      of: [
        { kind: 'is', name: 'Cleared (#1)', negated: true },
        { kind: 'filled', name: 'Central counterparty (#2)', negated: false },
      ],
    });
  });

  it('is one group where groups of a kind stand in each other, and none around a single statement', () => {
    const nested = all(all(filled('1'), all(filled('2'))), any(filled('3')));

    expect(toClause(nested)).toMatchObject({ kind: 'all', of: [{}, {}, { kind: 'filled' }] });
    expect(toClause(any(product('deliveryType', 'CASH')))).toMatchObject({ kind: 'product', negated: false });
  });

  it('compares with several elements at once, but not across negations or operators', () => {
    const equals = (other: string) => compare('18', '=', other, 'text');

    expect(toClause(any(equals('13'), equals('14')))).toMatchObject({
      kind: 'compare',
      others: ['Counterparty 1 (reporting counterparty) (#13)', 'Counterparty 2 (#14)'],
    });
    for (const apart of [all(equals('13'), equals('14')), any(equals('13'), not(equals('14')))])
      expect(toClause(apart)).toMatchObject({
        of: [{ others: [expect.anything()] }, { others: [expect.anything()] }],
      });
  });
});
