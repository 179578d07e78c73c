import { describe, expect, test } from '@jest/globals';
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

  test('says which events the action may have', () => {
    expect(checkPair('TERM', 'TRAD', null)?.params).toEqual({
      action: 'TERM',
      allowed: 'NOVA, COMP, ETRM, CLRG, EXER, ALOC, CLAL, CREV, CORP',
    });
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

  test('name elements that exist, and stand among all rules', () => {
    for (const [id, { elements }] of Object.entries(SEQUENCE_RULES)) {
      expect(RULES).toHaveProperty([id]);
      for (const number of elements) expect(elementByNumber.has(number)).toBe(true);
    }
  });
});
