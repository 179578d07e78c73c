import { describe, expect, test } from '@jest/globals';
import {
  ACTION_TYPES,
  allowedEvents,
  EVENT_TYPES,
  isAllowed,
  isWithoutEvent,
  pairOf,
  type ActionType,
  type EventType,
} from '../../../domain/cftc/action-events.ts';
import { elementByNumber } from '../../../domain/cftc/elements.ts';

/** Written out once more, action by action, so that a slip in the compact matrix is seen. */
const PART_43: Partial<Record<ActionType, EventType[]>> = {
  NEWT: ['TRAD', 'NOVA', 'COMP', 'EXER', 'CORP'],
  MODI: ['TRAD', 'NOVA', 'COMP', 'CREV', 'CORP', 'UPDT'],
  TERM: ['NOVA', 'COMP', 'ETRM', 'CLRG', 'EXER', 'CLAL', 'CREV', 'CORP'],
};
const PART_45_ONLY: Partial<Record<ActionType, EventType[]>> = {
  NEWT: ['CLRG', 'ALOC', 'CLAL', 'PTNG', 'UPDT'],
  MODI: ['EXER', 'ALOC'],
  TERM: ['ALOC'],
  PRTO: ['PTNG'],
};
/** Named by one source alone; all other allowed pairs are named by two. */
const ONE_SOURCE =
  'NEWT-CORP NEWT-UPDT MODI-COMP MODI-ALOC MODI-CORP MODI-UPDT TERM-CLAL TERM-CREV TERM-CORP';

const CELLS = ACTION_TYPES.flatMap((action) => EVENT_TYPES.map((event) => [action, event] as const));
const has = (
  table: Partial<Record<ActionType, EventType[]>>,
  action: ActionType,
  event: EventType,
): boolean => table[action]?.includes(event) ?? false;

describe('the matrix of actions and events', () => {
  test.each(CELLS)('has for %s with %s what the specification has', (action, event) => {
    const part43 = has(PART_43, action, event);
    const part45 = part43 || has(PART_45_ONLY, action, event);

    expect([isAllowed(action, event, 43), isAllowed(action, event, 45)]).toEqual([part43, part45]);
    if (isWithoutEvent(action)) expect(pairOf(action, event)).toBeNull();
    else {
      const named = ONE_SOURCE.split(' ').includes(`${action}-${event}`) ? 'one source' : 'two sources';
      expect(pairOf(action, event)).toEqual({
        part43,
        part45,
        evidence: part45 ? named : 'absence',
        confidence: 'source',
      });
    }
  });

  test.each(ACTION_TYPES)('takes a blank event with %s only where no event may be', (action) => {
    expect(isAllowed(action, null, 45)).toBe(['CORR', 'EROR', 'REVI', 'VALU', 'MARU'].includes(action));
    expect(isAllowed(action, null, 43)).toBe(['CORR', 'EROR', 'REVI'].includes(action));
  });

  test('never allows under part 43 what part 45 does not know', () => {
    for (const action of ACTION_TYPES) {
      expect(allowedEvents(action, 45)).toEqual(expect.arrayContaining(allowedEvents(action, 43)));
    }
  });

  test('has the codes of the elements', () => {
    expect(new Set(ACTION_TYPES)).toEqual(codesOf('26'));
    expect(new Set(EVENT_TYPES)).toEqual(codesOf('27'));
  });
});

function codesOf(number: string): Set<string> {
  const allowed = elementByNumber.get(number)!.allowed;
  if (allowed?.kind !== 'codes') throw new Error(`#${number} has no codes`);
  return new Set(allowed.codes);
}
