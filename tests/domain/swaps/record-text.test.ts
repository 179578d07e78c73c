import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ELEMENT_SLOTS } from '../../../domain/swaps/column-slots.ts';
import { foldSwap } from '../../../domain/swaps/fold-swap.ts';
import { readRecord, writeRecord } from '../../../domain/swaps/record-text.ts';
import { readState, writeState } from '../../../domain/swaps/state-text.ts';
import { day, eventOf, message, TERMS } from '../../support/swap-events.ts';

const SLOTS = [...new Set([...ELEMENT_SLOTS.values()].map(({ slot }) => slot))];

/** Any text whatever, with NUL, quotes, line breaks and halves of characters in it. */
const anyText = fc.string({ unit: 'binary' });
const cell = fc.oneof(
  anyText,
  fc.constantFrom('1.50', '0100', '-0', 'TRUE', 'false', '"', '\\', '\ud800', '\0'),
);
const values = fc.dictionary(
  fc.oneof(fc.constantFrom(...SLOTS, 'messageType'), anyText),
  fc.oneof(cell, fc.array(cell)),
  { noNullPrototype: true },
);

describe('the text of a record', () => {
  test('says all that the record says', () => {
    fc.assert(
      fc.property(values, (record) => {
        const { text } = writeRecord(record);
        const read = readRecord(text);

        expect(Object.keys(read).sort()).toEqual(Object.keys(record).sort());
        expect(writeRecord(read).text).toBe(text);
        for (const slot of Object.keys(record).filter((one) => !SLOTS.includes(one)))
          expect(read[slot]).toEqual(record[slot]);
      }),
    );
  });

  test('is something that a database can hold, whatever the record says', () => {
    fc.assert(
      fc.property(values, (record) => {
        const { text } = writeRecord(record);

        expect(text.isWellFormed()).toBe(true);
        expect([...text].every((character) => character >= ' ')).toBe(true);
      }),
    );
  });

  test('does not depend on the order of the columns', () => {
    fc.assert(
      fc.property(values, (record) => {
        const backwards = Object.fromEntries(Object.entries(record).reverse());

        expect(writeRecord(backwards)).toEqual(writeRecord(record));
      }),
    );
  });

  test('names every element by its number, its leg and its stream, no two alike', () => {
    const every = Object.fromEntries(SLOTS.map((slot) => [slot, slot]));
    const { content, text } = writeRecord({ ...every, messageType: 'transaction' });

    expect(readRecord(`{${content}}`)).toEqual(every);
    expect(readRecord(text)).toEqual({ ...every, messageType: 'transaction' });
    expect(writeRecord({ notionalAmountLeg2: '5', fixedRateDayCountConventionLeg1: 'A004' }).text).toBe(
      '{"#31.2":"5","#53fixed.1":"A004"}',
    );
  });

  test('keeps what is no element out of the content', () => {
    const { content } = writeRecord({ ...TERMS, messageType: 'transaction' });

    expect(content).toBe(writeRecord(TERMS).content);
  });
});

describe('the text of a state', () => {
  const LIFE = [
    message('NEWT-TRAD', 'A', day(2), { ...TERMS, priorUti: 'before' }),
    message('VALU', 'A', day(3), { valuationAmount: '5.0', valuationTimestamp: `${day(3)}Z` }),
    message('MARU', 'A', day(4), { initialMarginCollateralPortfolioCode: 'P1' }),
    message('EROR', 'A', day(5)),
    message('REVI', 'A', day(6), TERMS),
  ].map((record, index) => eventOf(record, String(index + 1)));

  test.each([0, 1, 2, 3, 4, 5])('gives the state back as it is after %s events', (count) => {
    const subject = { kind: 'swap', state: foldSwap(LIFE.slice(0, count), null).state } as const;

    expect(readState('swap', writeState(subject))).toEqual(subject);
  });

  test.each([null, { asOf: '2026-03-02', values: { eventIdentifier: '\0' }, place: 'file/1' }])(
    'gives the margin of a portfolio back: %j',
    (state) => {
      const subject = { kind: 'portfolio', state } as const;

      expect(readState('portfolio', writeState(subject))).toEqual(subject);
    },
  );

  test('leaves out what nothing is known of', () => {
    expect(writeState({ kind: 'swap', state: foldSwap([], null).state })).toBe(
      '{"status":"none","terms":{}}',
    );
  });
});
