import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDecimals, createDecimalSum } from '../../../domain/cftc/decimal-sum.ts';
import { createControlTotals } from '../../../domain/reports/control-totals.ts';
import { messageIdOf } from '../../../domain/reports/message-id.ts';
import { hashContent } from '../../support/swap-events.ts';

describe('control totals', () => {
  it('count actions and add up amounts by currency, exactly', () => {
    const counter = createControlTotals();
    for (const [action, amount, currency] of [
      ['NEWT', '9999999999999999999999999.99999', 'USD'],
      ['NEWT', '0.00001', 'USD'],
      ['MODI', '5', 'EUR'],
      ['TERM', null, null],
      ['NEWT', 'many', 'USD'],
    ] as const)
      counter.add(action, amount, currency);

    expect(counter.totals()).toEqual({
      actions: { MODI: 1, NEWT: 3, TERM: 1 },
      notionalLeg1: { EUR: '5', USD: '10000000000000000000000000' },
    });
    expect(Object.keys(counter.totals().actions)).toEqual(['MODI', 'NEWT', 'TERM']);
  });

  it('add decimals as integers of the last digit', () => {
    const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.constantFrom(2, 5));
    const write = ([value, places]: readonly [bigint, number]): string => {
      const digits = (value < 0n ? -value : value).toString().padStart(places + 1, '0');
      return `${value < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
    };
    const scaled = ([value, places]: readonly [bigint, number]): bigint => value * 10n ** BigInt(5 - places);
    fc.assert(
      fc.property(decimal, decimal, (one, other) => {
        const sum = addDecimals(write(one), write(other));
        const [whole = '', fraction = ''] = sum.split('.');
        const added = createDecimalSum();
        for (const amount of [write(one), write(other)]) added.add(amount);

        expect(added.total()).toBe(sum);
        expect(BigInt(whole + fraction.padEnd(5, '0'))).toBe(scaled(one) + scaled(other));
        expect(sum).not.toMatch(/\.\d*0$|^-?0\d|e/);
      }),
    );
  });
});

describe('the id of a message', () => {
  it('is the same for the same event, part and attempt, and for nothing else', () => {
    const id = messageIdOf('20261121-0/1', 45, 1, hashContent);

    expect(id).toMatch(/^45-[0-9a-f]{24}$/);
    expect(messageIdOf('20261121-0/1', 45, 1, hashContent)).toBe(id);
    const others = [
      messageIdOf('20261121-0/2', 45, 1, hashContent),
      messageIdOf('20261121-0/1', 43, 1, hashContent),
      messageIdOf('20261121-0/1', 45, 2, hashContent),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });
});
