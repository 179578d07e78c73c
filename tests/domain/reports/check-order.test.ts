import { describe, expect, it } from '@jest/globals';
import { checkOrder, type Asked } from '../../../domain/reports/check-order.ts';

const DAY = '2026-03-16';
const ask = (asked: Partial<Asked>) => checkOrder({ kind: 'open-swaps', format: 'csv', ...asked });

const fieldsOf = (asked: Partial<Asked>): string[] => {
  const checked = ask(asked);
  return 'problems' in checked ? checked.problems.map(({ field }) => field) : [];
};

describe('what is asked of a report', () => {
  it('is taken with what does not apply as null', () => {
    expect(ask({ asOf: DAY, filters: { assetClass: 'IR', counterparty: undefined } })).toEqual({
      order: {
        kind: 'open-swaps',
        format: 'csv',
        from: null,
        to: null,
        asOf: DAY,
        knownAt: null,
        filters: { assetClass: 'IR' },
      },
    });
  });

  it.each<[string, Partial<Asked>, string[]]>([
    ['a state without its day', {}, ['asOf']],
    ['a period without its days', { kind: 'activity' }, ['from', 'to']],
    ['a period for a state', { from: DAY, to: DAY, asOf: DAY }, ['from', 'to']],
    ['a day that is none', { asOf: '2026-02-30' }, ['asOf']],
    ['a day with a time', { asOf: `${DAY}T00:00:00Z` }, ['asOf']],
    ['knownAt for what is known at once', { kind: 'late', from: DAY, to: DAY, knownAt: DAY }, ['knownAt']],
    ['an end before the beginning', { kind: 'late', from: DAY, to: '2026-03-15' }, ['to']],
    ['a filter of another kind', { asOf: DAY, filters: { outcome: 'applied' } }, ['filters.outcome']],
    ['an asset class that is none', { asOf: DAY, filters: { assetClass: 'XX' } }, ['filters.assetClass']],
    ['a party with a blank', { asOf: DAY, filters: { counterparty: 'A B' } }, ['filters.counterparty']],
    ['a verification of nobody', { kind: 'verification', asOf: DAY }, ['filters.counterparty']],
    [
      'everything at once',
      { kind: 'counts', from: DAY, filters: { state: 'sent' } },
      ['from', 'asOf', 'filters.state'],
    ],
  ])('is refused with %s, naming the field', (_what, asked, fields) => {
    expect(fieldsOf(asked)).toEqual(fields);
  });

  it('may be ten years and more', () => {
    expect(fieldsOf({ kind: 'activity', from: '2016-01-01', to: '2026-12-31' })).toEqual([]);
  });
});
