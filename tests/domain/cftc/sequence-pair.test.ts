import { describe, expect, test } from '@jest/globals';
import { describeIssue } from '../../../contracts/texts/describe.ts';
import type { Language } from '../../../contracts/texts/shape.ts';
import { checkPair } from '../../../domain/cftc/check-pair.ts';
import { elementByNumber } from '../../../domain/cftc/elements.ts';
import { RULES } from '../../../domain/cftc/rules.ts';
import { SEQUENCE_RULES } from '../../../domain/cftc/sequence-rules.ts';

describe('the pair of action and event', () => {
  test.each([
    ['NEWT', 'TRAD', null, null],
    ['CORR', null, 43, null],
    ['MODI', 'ETRM', null, 'sequence.pair'],
    ['PRTO', 'TRAD', 45, 'sequence.pair'],
    ['TERM', 'ALOC', 43, 'sequence.pair-part-43'],
    ['TERM', 'ALOC', 45, null],
    ['TERM', 'ALOC', null, null],
    ['PRTO', 'PTNG', 43, 'sequence.pair-part-43'],
    ['EROR', 'TRAD', null, 'sequence.event-blank'],
    ['VALU', 'XXXX', null, 'sequence.event-blank'],
    ['NEWT', null, null, 'sequence.event-missing'],
    ['PRTO', null, 43, 'sequence.event-missing'],
  ] as const)('of %s with %s under part %s breaks %s', (action, event, part, ruleId) => {
    expect(checkPair(action, event, part)?.ruleId ?? null).toBe(ruleId);
  });

  test('says which events the action may have, and what that rests on', () => {
    expect(checkPair('TERM', 'TRAD', null)?.params).toEqual({
      action: 'TERM',
      allowed: 'NOVA, COMP, ETRM, CLRG, EXER, ALOC, CLAL, CREV, CORP',
      evidence: 'absence',
    });
    expect(checkPair('TERM', 'ALOC', 43)?.params).toMatchObject({ evidence: 'two sources' });
    expect(checkPair('MODI', 'ALOC', 43)?.params).toMatchObject({ evidence: 'one source' });
  });

  test('rests on something that both languages have words for', () => {
    const described = (action: string, event: string, language: Language): string => {
      const { ruleId, params } = checkPair(action, event, 43)!;
      const place = { element: '27', column: null, value: event };
      return describeIssue({ ruleId, severity: 'error', params, ...place }, undefined, language);
    };

    expect(described('MODI', 'ETRM', 'en')).toContain('(no source lists the pair)');
    expect(described('MODI', 'ALOC', 'en')).toContain('(by one source)');
    for (const [action, event] of [
      ['MODI', 'ETRM'],
      ['MODI', 'ALOC'],
      ['TERM', 'ALOC'],
    ] as const) {
      expect(described(action, event, 'ko')).not.toMatch(/absence|source/);
    }
  });

  test.each([
    ['XXXX', 'TRAD'],
    ['', null],
    ['NEWT', 'constructor'],
    ['toString', '__proto__'],
    ['newt', 'trad'],
  ])('leaves %p with %p to the check of the codes', (action, event) => {
    expect(checkPair(action, event, 43)).toBeNull();
  });
});

describe('the rules of sequence', () => {
  test('reject only where the specification says so', () => {
    for (const { severity, confidence } of Object.values(SEQUENCE_RULES)) {
      expect(severity).toBe(confidence === 'source' ? 'error' : 'warning');
    }
  });

  test('about pairs say that the table is read through others', () => {
    for (const id of ['sequence.pair', 'sequence.pair-part-43'] as const) {
      expect(SEQUENCE_RULES[id].citation).toContain('as its examples and the encoding in ISDA DRR 6.10.0');
    }
  });

  test('name elements that exist, and stand among all rules', () => {
    for (const [id, { elements }] of Object.entries(SEQUENCE_RULES)) {
      expect(RULES).toHaveProperty([id]);
      for (const number of elements) expect(elementByNumber.has(number)).toBe(true);
    }
  });
});
