import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ACTION_TYPES, EVENT_TYPES, isWithoutEvent } from '../../../domain/cftc/action-events.ts';
import { compareEvents, compareFoldKeys } from '../../../domain/swaps/fold-key.ts';
import { foldPortfolio } from '../../../domain/swaps/fold-portfolio.ts';
import { foldSwap } from '../../../domain/swaps/fold-swap.ts';
import type { RecordValues } from '../../../domain/swaps/record-content.ts';
import { writeRecord } from '../../../domain/swaps/record-text.ts';

import { toSequenceIssue } from '../../../domain/swaps/sequence-finding.ts';
import { readSwapEvent, type SwapEvent } from '../../../domain/swaps/swap-event.ts';
import { eventOf, hashContent, message, uti } from '../../support/swap-events.ts';

// Few values, so that times are equal, messages come twice and events contradict each other.
const times = fc.constantFrom(
  '2026-03-02T09:00:00',
  '2026-03-02T09:00:01',
  '2026-03-05T12:00:00',
  '2026-04-02T00:00:00',
);
const kinds = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('NEWT-TRAD', 'MODI-TRAD', 'CORR', 'EROR', 'REVI', 'TERM-ETRM', 'VALU'),
  },
  fc
    .tuple(fc.constantFrom(...ACTION_TYPES), fc.constantFrom(...EVENT_TYPES))
    .map(([action, event]) => (isWithoutEvent(action) ? action : `${action}-${event}`)),
);
const optional = <T extends string>(slot: string, ...values: T[]): fc.Arbitrary<RecordValues> =>
  fc.option(fc.constantFrom(...values), { nil: '' }).map((value) => (value === '' ? {} : { [slot]: value }));

const messages: fc.Arbitrary<RecordValues> = fc
  .record({
    kind: kinds,
    at: fc.oneof(times, fc.constant('')),
    more: fc.tuple(
      optional('reportingTimestamp', '2026-03-02T09:30:00Z', '2026-03-06T00:00:00Z'),
      optional('notionalAmountLeg1', '1000', '1000.0', '900'),
      optional('amendmentIndicator', 'True', 'False'),
      optional('expirationDate', '2026-03-04', '2027-01-01'),
      optional('executionTimestamp', '2026-03-02T09:00:00Z'),
      optional('valuationTimestamp', '2026-03-04', '2026-03-05T00:00:00Z'),
    ),
  })
  .map(({ kind, at, more }) => message(kind, 'A', at, Object.assign({}, ...more) as RecordValues));

const lists: fc.Arbitrary<SwapEvent[]> = fc
  .array(messages, { minLength: 1, maxLength: 14 })
  .map((list) => list.map((values, index) => eventOf(values, String(index))));

/** The events, and the same in another order. */
const arrivals = lists.chain((events) =>
  fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
);

describe('the fold', () => {
  test('knows a duplicate of whichever message of an event it repeats', () => {
    const amounts = ['1000', '1000.0', '2000', '2000.00', '3000'];
    const events = amounts.map((notionalAmountLeg1, index) =>
      eventOf(message('NEWT-TRAD', 'A', '2026-03-02T09:00:00', { notionalAmountLeg1 }), String(index)),
    );
    const kinds = foldSwap(events, null).outcomes.map(({ outcome }) => outcome.kind);

    expect(kinds.sort()).toEqual(['applied', 'conflict', 'conflict', 'duplicate', 'duplicate']);
  });

  test('gives the same state and outcomes in whatever order the messages arrive', () => {
    fc.assert(
      fc.property(arrivals, ([events, arrived]) => {
        expect(foldSwap(arrived, '2026-06-01')).toEqual(foldSwap(events, '2026-06-01'));
      }),
      { numRuns: 400 },
    );
  });

  test('gives every event one outcome', () => {
    fc.assert(
      fc.property(lists, (events) => {
        const places = foldSwap(events, null).outcomes.map(({ event }) => event.place);
        expect(places.sort()).toEqual(events.map(({ place }) => place).sort());
      }),
    );
  });

  test('does not change by messages that it has seen already', () => {
    fc.assert(
      fc.property(lists, (events) => {
        const again = events.map((event) => ({ ...event, place: `${event.place} again` }));
        const once = foldSwap(events, null);
        const twice = foldSwap([...again, ...events], null);

        expect(twice.state).toEqual(once.state);
        for (const { event, outcome } of twice.outcomes) {
          if (event.place.endsWith('again')) expect(['duplicate', 'conflict']).toContain(outcome.kind);
        }
      }),
    );
  });

  test('says of a portfolio the same in whatever order its margin arrives', () => {
    const margins = fc.array(
      fc.record({ at: times, amount: fc.constantFrom('1', '2', '3') }).map(({ at, amount }) => ({
        ...message('MARU', '', at, {
          initialMarginCollateralPortfolioCode: 'P1',
          currencyOfVariationMarginPosted: 'USD',
          variationMarginPostedByTheReportingCounterpartyPreHaircut: amount,
        }),
        uniqueTransactionIdentifierUti: '',
      })),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(margins, (list) => {
        const events = list.map((values, index) => eventOf(values, String(index)));
        expect(foldPortfolio([...events].reverse())).toEqual(foldPortfolio(events));
      }),
    );
  });
});

describe('the fold key', () => {
  test('orders all events, and none twice', () => {
    fc.assert(
      fc.property(lists, fc.nat(), fc.nat(), fc.nat(), (events, first, second, third) => {
        const [a, b, c] = [first, second, third].map((at) => events[at % events.length]!) as [
          SwapEvent,
          SwapEvent,
          SwapEvent,
        ];
        expect(Math.sign(compareEvents(a, b))).toBe(-Math.sign(compareEvents(b, a)) + 0);
        if (compareEvents(a, b) <= 0 && compareEvents(b, c) <= 0)
          expect(compareEvents(a, c)).toBeLessThanOrEqual(0);
        if (compareEvents(a, b) === 0) expect(a).toBe(b);
        if (compareFoldKeys(a, b) === 0) expect(a.contentHash).toBe(b.contentHash);
      }),
    );
  });

  test.each([
    [
      'the reporting timestamp before all',
      { reportingTimestamp: '2026-03-09T00:00:00Z' },
      '2026-03-01T00:00:00',
      {},
      '2026-03-08T00:00:00',
      -1,
    ],
    ['the event timestamp where none was reported', {}, '2026-03-01T00:00:00', {}, '2026-03-02T00:00:00', 1],
  ] as const)('takes %s', (_, early, earlyAt, late, lateAt, sign) => {
    const one = eventOf(message('NEWT-TRAD', 'A', earlyAt, early));
    const other = eventOf(message('NEWT-TRAD', 'A', lateAt, late));

    expect(Math.sign(compareFoldKeys(other, one))).toBe(sign);
  });

  test('puts NEWT first and EROR last at the same time, and a swap out before it comes in', () => {
    const events = [
      'EROR',
      'NEWT-PTNG',
      'VALU',
      'PRTO-PTNG',
      'TERM-ETRM',
      'MODI-TRAD',
      'XXXX',
      'NEWT-TRAD',
    ].map((kind) => eventOf(message(kind, 'A', '2026-03-02T09:00:00')));
    const sorted = events.sort(compareFoldKeys).map(({ action, event }) => `${action}-${event ?? ''}`);

    expect([sorted[0], sorted.at(-1)]).toEqual(['NEWT-TRAD', 'EROR-']);
    expect(sorted.indexOf('PRTO-PTNG')).toBe(sorted.indexOf('NEWT-PTNG') - 1);
  });

  test('lets NEWT without a time begin the swap, and puts what cannot be placed behind everything', () => {
    const events = [
      message('VALU', 'A', ''),
      message('MODI-TRAD', 'A', '9999-12-31T23:59:59'),
      message('NEWT-TRAD', 'A', ''),
    ].map((values) => eventOf(values));

    expect(events.sort(compareFoldKeys).map(({ action }) => action)).toEqual(['NEWT', 'MODI', 'VALU']);
  });
});

describe('bad messages', () => {
  const garbage = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\0',
      '\ud800',
      '\u202e',
      '24:00:00',
      '2026-02-29',
      '1e9',
      '-',
      'NaN',
      'constructor',
      '9'.repeat(5000),
    ),
  );
  const slots = fc.constantFrom(
    'actionType',
    'eventType',
    'amendmentIndicator',
    'eventTimestamp',
    'reportingTimestamp',
    'executionTimestamp',
    'expirationDate',
    'notionalAmountLeg1',
    'notionalAmountScheduleNotionalAmountInEffectOnAssociatedEffectiveDateLeg1',
    'otherPaymentType',
    'clearingSwapUtis',
    'valuationTimestamp',
    'initialMarginCollateralPortfolioCode',
    'upi.Anything',
    '__proto__',
  );
  const values = fc.dictionary(slots, fc.oneof(garbage, fc.array(garbage, { maxLength: 4 })), {
    noNullPrototype: true,
  });

  test('never throw, whatever they say', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), lists, (broken, sound) => {
        const events = broken.map((record, index) =>
          eventOf({ ...record, uniqueTransactionIdentifierUti: uti('A') }, `x${index}`),
        );
        const { outcomes } = foldSwap([...sound, ...events], '2026-06-01');
        expect(outcomes).toHaveLength(sound.length + events.length);
        for (const { outcome } of outcomes) {
          const issues = outcome.findings.map(toSequenceIssue);
          for (const { value } of issues) expect((value ?? '').isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('with an action that does not exist are refused by the list of codes', () => {
    const { outcomes } = foldSwap([eventOf(message('BUST-TRAD', 'A', '2026-03-02T09:00:00'))], null);

    expect(outcomes[0]!.outcome).toMatchObject({
      kind: 'violated',
      findings: [{ ruleId: 'code.unknown', element: '26' }],
    });
  });

  test('with an event that does not exist are refused too, and change nothing', () => {
    const { state, outcomes } = foldSwap([eventOf(message('NEWT-GIFT', 'A', '2026-03-02T09:00:00'))], null);

    expect(outcomes[0]!.outcome).toMatchObject({
      kind: 'violated',
      findings: [{ ruleId: 'code.unknown', element: '27' }],
    });
    expect(state.status).toBe('none');
  });

  test('without swap and portfolio are no events', () => {
    const read = (record: RecordValues) => readSwapEvent(record, { place: 'here', hash: hashContent });

    expect(read({ actionType: 'NEWT' })).toBeNull();
    expect(read({ actionType: 'VALU', initialMarginCollateralPortfolioCode: 'P1' })).toBeNull();
    expect(read({ actionType: 'MARU', initialMarginCollateralPortfolioCode: 'TRANSACTIONLEVEL' })).toBeNull();
    expect(read({ actionType: 'NEWT', uniqueSwapIdentifierUsi: 'U1' })?.subject).toEqual({
      kind: 'swap',
      key: 'U1',
    });
  });
});

describe('many events of one swap', () => {
  /** Events whose reporting timestamp is counted when it is read: once per comparison and side. */
  function countReads(length: number): number {
    let reads = 0;
    const events = Array.from({ length }, (_, index): SwapEvent => {
      const second = new Date(Date.UTC(2026, 2, 2) + ((index * 7919) % length) * 1000).toISOString();
      const event = eventOf(
        message(index === 0 ? 'NEWT-TRAD' : 'VALU', 'A', second.slice(0, 19), {
          valuationAmount: String(index),
        }),
        String(index),
      );
      return Object.defineProperty({ ...event }, 'reportingTimestamp', {
        get: () => {
          reads += 1;
          return null;
        },
      });
    });
    const { outcomes } = foldSwap(events, null);
    expect(outcomes.map(({ outcome }) => outcome.kind)).not.toContain('violated');
    return reads;
  }

  test('are compared n log n times, and 10,000 are no exception', () => {
    const length = 10_000;

    expect(countReads(length)).toBeLessThan(2 * length * Math.ceil(Math.log2(length)));
  });
});

describe('the content of a record', () => {
  test('is the same in whatever order its columns come and however its numbers are written', () => {
    const one = {
      notionalAmountLeg1: '1000',
      jurisdiction: ['CFTC', 'SECH'],
      priceNotation: '1',
      price: '0.10',
    };
    const other = {
      price: '.1',
      priceNotation: '1',
      notionalAmountLeg1: '01000.00',
      jurisdiction: ['CFTC', 'SECH'],
    };

    expect(writeRecord({ ...other, price: '0.1000' }).content).toBe(writeRecord(one).content);
    expect(writeRecord({ packageIndicator: 'TRUE' }).content).toBe(
      writeRecord({ packageIndicator: 'True' }).content,
    );
    expect(eventOf(message('MODI-TRAD', 'A', '', { amendmentIndicator: 'false' })).amendment).toBe(false);
    expect(writeRecord({ ...one, jurisdiction: ['SECH', 'CFTC'] }).content).not.toBe(
      writeRecord(one).content,
    );
  });
});
