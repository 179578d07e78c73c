import { describe, expect, test } from '@jest/globals';
import { readSourcedEvent, sourceName, type EventSource } from '../../../domain/swaps/event-source.ts';
import { applyAll, applyBehind, openAccount } from '../../../domain/swaps/ledger-account.ts';
import { day, eventOf, hashContent, message, TERMS } from '../../support/swap-events.ts';

const FILE: EventSource = { kind: 'file', name: `20261121-${'a'.repeat(32)}`, fileId: 7, revision: 1 };

describe('the place of an event', () => {
  test('is the file and the number of its record, without what the database calls the file', () => {
    const origin = { source: FILE, position: 41, hash: hashContent };
    const read = readSourcedEvent(message('NEWT-TRAD', 'A', day(2)), origin);

    expect(read).toMatchObject({ position: 41, event: { place: `${FILE.name}/41`, part: null } });
    expect(sourceName({ ...FILE, revision: 2 })).toBe(`${FILE.name}.2`);
    expect(sourceName({ kind: 'feed', feed: 'desk', session: 's1' })).toBe('desk@s1');
  });

  test('is nowhere when a record names neither a swap nor a portfolio', () => {
    const origin = { source: FILE, position: 1, hash: hashContent };

    expect(readSourcedEvent({ actionType: 'NEWT' }, origin)).toBeNull();
  });
});

describe('an account', () => {
  const began = eventOf(message('NEWT-TRAD', 'A', day(2), TERMS), '1');
  const ended = eventOf(message('TERM-ETRM', 'A', day(5)), '2');
  const between = eventOf(message('VALU', 'A', day(3), { valuationAmount: '5' }), '3');
  const nobody = (): undefined => undefined;

  test('is the same step by step and folded at once', () => {
    const first = applyBehind(openAccount('swap'), [began], nobody)!;
    const second = applyBehind(first.account, [ended], nobody)!;

    expect(second.account).toEqual(applyAll('swap', [ended, began]).account);
  });

  test('asks for all events when one is late, and not when one is known already', () => {
    const { account } = applyAll('swap', [began, ended]);

    expect(applyBehind(account, [between], nobody)).toBeNull();
    const again = applyBehind(account, [{ ...began, place: '4' }], () => began);
    expect(again).toMatchObject({ account, outcomes: [{ outcome: { kind: 'duplicate', first: '1' } }] });
    expect(applyBehind(account, [{ ...began, place: '0' }], () => began)).toBeNull();
  });
});
