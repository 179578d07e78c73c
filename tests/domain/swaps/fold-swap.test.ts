import { describe, expect, test } from '@jest/globals';
import { foldSwap, type EventOutcome, type FoldedSwap } from '../../../domain/swaps/fold-swap.ts';
import type { RecordValues } from '../../../domain/swaps/record-content.ts';
import { notionalOn } from '../../../domain/swaps/swap-terms.ts';
import { day, eventOf, fold, message, REPORTER, TERMS, type Message } from '../../support/swap-events.ts';

const outcomesOf = ({ outcomes }: FoldedSwap): Record<string, string> =>
  Object.fromEntries(
    outcomes.map(({ event, outcome }) => [
      event.place,
      [outcome.kind, ...outcome.findings.map(({ ruleId }) => ruleId)].join(' '),
    ]),
  );
const outcomeAt = (folded: FoldedSwap, place: string): EventOutcome =>
  folded.outcomes.find(({ event }) => event.place === place)!.outcome;

const NEW: Message = ['NEWT-TRAD', 2, TERMS];

describe('the terms of a swap', () => {
  test.each(['MODI-TRAD', 'CORR'])('are stated in full by %s: what is blank no longer holds', (kind) => {
    const { state } = fold([
      ['NEWT-TRAD', 2, { ...TERMS, embeddedOptionType: 'CANC' }],
      [kind, 3, { ...TERMS, amendmentIndicator: 'True', notionalAmountLeg1: '900.50' }],
    ]);

    expect(state.terms).toEqual({ ...TERMS, notionalAmountLeg1: '900.5' });
  });

  test.each(['TERM-ETRM', 'PRTO-PTNG', 'EROR', 'VALU', 'MARU'])('are never changed by %s', (kind) => {
    const { state, outcomes } = fold([NEW, [kind, 3, { embeddedOptionType: 'CANC' }]]);

    expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['applied', 'applied']);
    expect(state.terms).toEqual(TERMS);
  });

  test.each(['TERM-ETRM', 'PRTO-PTNG', 'EROR'])('may not be contradicted by %s', (kind) => {
    const folded = fold([NEW, [kind, 3, { notionalAmountLeg1: '999', notionalCurrencyLeg1: 'USD' }]]);

    expect(folded.status).toBe('open');
    expect(outcomeAt(folded, '2')).toEqual({
      kind: 'violated',
      findings: [
        {
          ruleId: 'sequence.terms-changed',
          severity: 'error',
          params: { action: kind.slice(0, 4), was: '1000' },
          element: '31',
          value: '999',
        },
      ],
    });
  });

  test('are not contradicted by the same number written otherwise, nor by the price of ending the swap', () => {
    const folded = fold([
      NEW,
      ['TERM-ETRM', 3, { notionalAmountLeg1: '1000.00', otherPaymentType: ['UWIN'] }],
    ]);

    expect(outcomesOf(folded)).toEqual({ 1: 'applied', 2: 'applied' });
  });

  test('are not contradicted by a value that stands for "not available"', () => {
    const folded = fold([NEW, ['TERM-ETRM', 3, { notionalAmountLeg1: '99999999999999999999.99999' }]]);

    expect(outcomesOf(folded)[2]).toBe('applied');
    expect(folded.state.terms).toEqual(TERMS);
  });

  test.each(['MODI-TRAD', 'CORR'])('must be changed by %s, or something else about the swap', (kind) => {
    const same = { ...TERMS, amendmentIndicator: 'True', notionalAmountLeg1: '1000.000' };

    expect(outcomesOf(fold([NEW, [kind, 3, same]]))[2]).toBe('applied sequence.nothing-changed');
    const joined = { ...same, eventIdentifier: `${REPORTER}E1` };
    expect(outcomesOf(fold([NEW, [kind, 3, joined]]))[2]).toBe('applied');
    const received = { ...same, clearingReceiptTimestamp: '2026-03-02T10:00:00Z' };
    expect(outcomesOf(fold([NEW, [kind, 3, received]]))[2]).toBe('applied');
  });

  test('that were agreed are changed by an amendment, and added without one', () => {
    const lower = { ...TERMS, notionalAmountLeg1: '400' };
    const without: Message = ['MODI-TRAD', 3, { ...lower, amendmentIndicator: 'False' }];
    const added: Message = [
      'MODI-TRAD',
      3,
      { ...TERMS, amendmentIndicator: 'False', otherPaymentType: ['UWIN'] },
    ];

    const partialTermination = fold([NEW, ['MODI-TRAD', 3, { ...lower, amendmentIndicator: 'True' }]]);
    expect(outcomesOf(partialTermination)[2]).toBe('applied');
    expect(partialTermination.state.terms['notionalAmountLeg1']).toBe('400');
    expect(outcomesOf(fold([NEW, without]))[2]).toBe('applied sequence.amendment-expected');
    expect(outcomesOf(fold([NEW, added]))[2]).toBe('applied');
  });

  test('give the notional amount of the schedule on a date', () => {
    const { state } = fold([
      [
        'NEWT-TRAD',
        2,
        {
          ...TERMS,
          notionalAmountScheduleNotionalAmountInEffectOnAssociatedEffectiveDateLeg1: ['900', '800', '700'],
          notionalAmountScheduleUnadjustedEffectiveDateOfTheNotionalAmountLeg1: [
            '2026-04-01',
            '2026-07-01',
            '2026-10-01',
          ],
          notionalAmountScheduleUnadjustedEndDateOfTheNotionalAmountLeg1: [
            '2026-07-01',
            '2026-10-01',
            '2027-01-01',
          ],
        },
      ],
    ]);

    const onDates = ['2026-03-31', '2026-04-01', '2026-07-01', '2026-12-31', '2027-01-01'];
    expect(onDates.map((date) => notionalOn(state.terms, 1, date))).toEqual([
      '1000',
      '900',
      '800',
      '700',
      '1000',
    ]);
    expect(notionalOn(state.terms, 2, '2026-07-01')).toBeNull();
  });
});

describe('the life of a swap', () => {
  test('begins with NEWT: what stands before it is wrong, and waits while there is none', () => {
    const early: Message[] = [
      ['MODI-TRAD', 2, TERMS],
      ['VALU', 3],
    ];
    const waiting = { 1: 'pending sequence.prior-missing', 2: 'pending sequence.prior-missing' };

    expect(outcomesOf(fold(early))).toEqual(waiting);
    expect(outcomesOf(fold([...early, ['NEWT-TRAD', 4, TERMS], ['VALU', 5]]))).toEqual({
      1: 'violated sequence.prior-missing',
      2: 'violated sequence.prior-missing',
      3: 'applied',
      4: 'applied',
    });
    // It comes from another repository, and what was before may have its NEWT there.
    expect(outcomesOf(fold([...early, ['NEWT-PTNG', 4, TERMS]]))).toEqual({ ...waiting, 3: 'applied' });
  });

  test('begins when its NEWT was reported, also for what was reported seconds before', () => {
    const reportedAt = (time: string) => ({ reportingTimestamp: `2026-03-02T${time}Z` });
    const folded = fold([
      ['NEWT-TRAD', 2, { ...TERMS, ...reportedAt('09:30:09') }],
      ['TERM-ETRM', 2, reportedAt('09:30:05')],
    ]);

    expect(outcomesOf(folded)).toEqual({ 1: 'applied', 2: 'violated sequence.prior-missing' });
    expect(folded.status).toBe('open');
  });

  test.each([
    ['TERM-ETRM', 'NEWT-TRAD', 'sequence.new-known'],
    ['TERM-ETRM', 'TERM-ETRM', 'sequence.action-in-state'],
    ['EROR', 'VALU', 'sequence.errored'],
    ['EROR', 'NEWT-TRAD', 'sequence.errored'],
    ['PRTO-PTNG', 'VALU', 'sequence.transferred-out'],
    ['PRTO-PTNG', 'NEWT-TRAD', 'sequence.transferred-out'],
    ['VALU', 'NEWT-TRAD', 'sequence.new-known'],
    ['VALU', 'REVI', 'sequence.action-in-state'],
  ])('after %s does not take %s', (first, second, ruleId) => {
    const folded = fold([NEW, [first, 3], [second, 4]]);

    expect(outcomesOf(folded)[3]).toBe(`violated ${ruleId}`);
    expect(folded.state).toEqual(fold([NEW, [first, 3]]).state);
  });

  test.each([
    [
      [
        ['TERM-ETRM', 3],
        ['REVI', 4],
      ],
      'open',
    ],
    [
      [
        ['EROR', 3],
        ['REVI', 4],
      ],
      'open',
    ],
    [
      [
        ['TERM-ETRM', 3],
        ['EROR', 4],
      ],
      'errored',
    ],
    [
      [
        ['TERM-ETRM', 3],
        ['EROR', 4],
        ['REVI', 5],
      ],
      'terminated',
    ],
    [
      [
        ['TERM-ETRM', 3],
        ['PRTO-PTNG', 4],
      ],
      'transferred-out',
    ],
    [
      [
        ['PRTO-PTNG', 3],
        ['NEWT-PTNG', 4, TERMS],
      ],
      'open',
    ],
    [
      [
        ['TERM-ETRM', 3],
        ['CORR', 4, { ...TERMS, notionalAmountLeg1: '7' }],
      ],
      'terminated',
    ],
  ] as [Message[], string][])('goes by %j to %s', (messages, status) => {
    const folded = fold([NEW, ...messages]);

    expect(folded.status).toBe(status);
    expect(new Set(Object.values(outcomesOf(folded)))).toEqual(new Set(['applied']));
  });

  test('has limits: an error outranks a revival at one instant, a transfer forgets a termination', () => {
    const atOnce = fold([NEW, ['REVI', 3], ['EROR', 3]]);
    expect([atOnce.status, outcomesOf(atOnce)[2]]).toEqual(['errored', 'violated sequence.action-in-state']);

    const moved = fold([NEW, ['TERM-ETRM', 3], ['PRTO-PTNG', 4], ['NEWT-PTNG', 4, TERMS]]);
    expect(moved.status).toBe('open');
  });

  test('is past without a message when the expiration date has passed, and not before', () => {
    const short: Message = ['NEWT-TRAD', 2, { ...TERMS, expirationDate: '2026-03-10' }];

    expect(['2026-03-09', '2026-03-10', '2026-03-11'].map((date) => fold([short], date).status)).toEqual([
      'open',
      'open',
      'matured',
    ]);
    expect(fold([short, ['TERM-ETRM', 3]], '2026-03-11').status).toBe('terminated');
  });

  test('cannot be ended once it is past, but corrected, also to a later expiration date', () => {
    const short: Message = ['NEWT-TRAD', 2, { ...TERMS, expirationDate: '2026-03-10' }];
    const longer: Message = ['CORR', 13, { ...TERMS, expirationDate: '2026-03-20' }];

    expect(outcomesOf(fold([short, ['TERM-ETRM', 12]]))[2]).toBe('violated sequence.action-in-state');
    expect(outcomesOf(fold([short, longer, ['TERM-ETRM', 14]]))).toEqual({
      1: 'applied',
      2: 'applied',
      3: 'applied',
    });
  });

  test('is not past yet where the evening of the expiration date is the next day in UTC', () => {
    const events = [
      message('NEWT-TRAD', 'A', day(2), { ...TERMS, expirationDate: '2026-03-10' }),
      message('TERM-EXER', 'A', '2026-03-11T02:30:00'),
    ].map((values) => eventOf(values));

    expect(foldSwap(events, null).status).toBe('terminated');
  });

  test('has no event before the swap was executed', () => {
    const folded = fold([NEW, ['TERM-ETRM', 1], ['VALU', 1]]);
    const reported = { reportingTimestamp: `${day(5)}Z` };

    expect(outcomesOf(folded)[2]).toBe('violated sequence.prior-missing');
    expect(outcomesOf(fold([NEW, ['TERM-ETRM', 1, reported]]))[2]).toBe(
      'violated sequence.event-before-execution',
    );
  });

  test.each([
    ['nothing says when it was reported', {}, {}],
    ['all is reported at once', { reportingTimestamp: '2026-03-03T10:00:00Z' }, null],
    [
      'each is reported in its time',
      { reportingTimestamp: '2026-03-02T10:00:00Z' },
      { reportingTimestamp: '2026-03-03T10:00:00Z' },
    ],
  ])('has margin and value on the day of its trade, when %s', (_, ofTrade, ofReports) => {
    const code = { initialMarginCollateralPortfolioCode: 'TRANSACTIONLEVEL' };
    const reports = [
      message('MARU', 'A', '2026-03-02T00:00:00', code),
      message('VALU', 'A', '', { valuationTimestamp: '2026-03-02' }),
    ].map((values) => ({ ...values, ...(ofReports ?? ofTrade) }));
    const trade = { ...message('NEWT-TRAD', 'A', '2026-03-02T09:00:00', TERMS), ...ofTrade };
    const events = [...reports, trade].map((values, index) => eventOf(values, String(index)));

    expect(outcomesOf(foldSwap(events, null))).toEqual({ 0: 'applied', 1: 'applied', 2: 'applied' });
  });

  test('under part 43 knows what is commonly known, and only warns', () => {
    const folded = fold(
      [NEW, ['TERM-ETRM', 3], ['MODI-TRAD', 4, { notionalAmountLeg1: '5', amendmentIndicator: 'True' }]],
      null,
      43,
    );

    expect(outcomesOf(folded)[3]).toBe('applied sequence.action-part-43');
    expect(outcomesOf(fold([NEW, ['TERM-ALOC', 3]], null, 43))[2]).toBe('violated sequence.pair-part-43');
    expect(outcomesOf(fold([NEW, ['TERM-ALOC', 3]], null, 45))[2]).toBe('applied');
  });

  test('has every failure of a message named', () => {
    const folded = fold([NEW, ['TERM-TRAD', 3, { notionalAmountLeg1: '1', notionalCurrencyLeg1: 'EUR' }]]);

    expect(outcomesOf(folded)[2]).toBe(
      'violated sequence.pair sequence.terms-changed sequence.terms-changed',
    );
  });
});

describe('a message that comes again', () => {
  test('is a duplicate when it says the same, however the numbers are written', () => {
    const folded = fold([NEW, ['NEWT-TRAD', 2, { ...TERMS, notionalAmountLeg1: '1000.0' }]]);

    expect(outcomesOf(folded)).toEqual({ 1: 'applied', 2: 'duplicate sequence.duplicate' });
    expect(outcomeAt(folded, '2')).toMatchObject({ first: '1' });
  });

  test('is in conflict when it says something else, and both are named', () => {
    const messages: Message[] = [NEW, ['NEWT-TRAD', 2, { ...TERMS, notionalAmountLeg1: '2000' }]];
    const kinds = outcomesOf(fold(messages));

    expect(Object.values(kinds).sort()).toEqual(['applied', 'conflict sequence.conflict']);
    const applied = Object.keys(kinds).find((place) => kinds[place] === 'applied')!;
    const other = applied === '1' ? '2' : '1';
    expect(outcomeAt(fold(messages), other)).toMatchObject({ first: applied });
  });

  test('is another event when it was reported at another time', () => {
    const again = { ...TERMS, reportingTimestamp: `${day(9)}Z` };

    expect(outcomesOf(fold([NEW, ['NEWT-TRAD', 2, again]]))[2]).toBe('violated sequence.new-known');
  });
});

describe('a correction', () => {
  const reported = (date: number, values: RecordValues): RecordValues => ({
    ...TERMS,
    ...values,
    reportingTimestamp: `${day(date)}Z`,
  });

  test('counts when it was reported, also with the time of the event that it corrects', () => {
    const { state } = fold([
      ['NEWT-TRAD', 2, reported(2, {})],
      ['MODI-TRAD', 3, reported(3, { notionalAmountLeg1: '900', amendmentIndicator: 'True' })],
      ['CORR', 2, reported(5, { notionalAmountLeg1: '950' })],
    ]);

    expect(state.terms['notionalAmountLeg1']).toBe('950');
  });

  test('that arrives late is overtaken by what was reported after it', () => {
    const { state } = fold([
      ['NEWT-TRAD', 2, reported(2, {})],
      ['MODI-TRAD', 4, reported(6, { notionalAmountLeg1: '800', amendmentIndicator: 'True' })],
      ['CORR', 2, reported(5, { notionalAmountLeg1: '950' })],
    ]);

    expect(state.terms['notionalAmountLeg1']).toBe('800');
  });
});
