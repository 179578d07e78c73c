import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { wasKnown } from '../../../domain/swaps/as-of.ts';
import { compareEvents } from '../../../domain/swaps/fold-key.ts';
import type { RecordValues } from '../../../domain/swaps/record-content.ts';
import { eventOf, message } from '../../support/swap-events.ts';

const known = (kind: string, at: string, asOf: string, values: RecordValues = {}): boolean =>
  wasKnown(eventOf(message(kind, 'A', at, values)), asOf);

describe('an event', () => {
  test('was known from the time of its report, not from when it happened', () => {
    const reported = { reportingTimestamp: '2026-03-05T10:00:00Z' };

    expect(known('MODI-TRAD', '2026-03-02T10:00:00', '2026-03-04', reported)).toBe(false);
    expect(known('MODI-TRAD', '2026-03-02T10:00:00', '2026-03-05T09:59:59Z', reported)).toBe(false);
    expect(known('MODI-TRAD', '2026-03-02T10:00:00', '2026-03-05T10:00:00Z', reported)).toBe(true);
    expect(known('MODI-TRAD', '2026-03-02T10:00:00', '2026-03-04')).toBe(true);
  });

  test('of the end of a day was known with the whole day, and not within it', () => {
    expect(known('MARU', '2026-03-02T00:00:00', '2026-03-02')).toBe(true);
    expect(known('MARU', '2026-03-02T00:00:00', '2026-03-02T23:59:59Z')).toBe(false);
    expect(known('VALU', '', '2026-03-02', { valuationTimestamp: '2026-03-02' })).toBe(true);
  });

  test('without a time was known to nobody, but for the beginning of its swap', () => {
    expect(known('NEWT-TRAD', '', '1900-01-01')).toBe(true);
    expect(known('MODI-TRAD', '', '9999-12-31')).toBe(false);
  });

  test('was known whenever one behind it in the fold was', () => {
    const day = fc.integer({ min: 1, max: 9 }).map((number) => `2026-03-0${number}`);
    const time = fc
      .tuple(day, fc.constantFrom('T00:00:00', 'T12:00:00', 'T23:59:59'))
      .map((parts) => parts.join(''));
    const event = fc
      .record({
        kind: fc.constantFrom('NEWT-TRAD', 'MODI-TRAD', 'TERM-ETRM', 'VALU', 'MARU', 'EROR'),
        at: fc.option(time, { nil: '' }),
        reported: fc.option(time, { nil: null }),
        valued: fc.option(day, { nil: null }),
      })
      .map(({ kind, at, reported, valued }) =>
        eventOf(
          message(kind, 'A', at, {
            ...(reported && { reportingTimestamp: `${reported}Z` }),
            ...(valued && { valuationTimestamp: valued }),
          }),
        ),
      );
    const asOf = fc.oneof(
      day,
      time.map((text) => `${text}Z`),
    );

    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), asOf, (events, moment) => {
        const flags = [...events].sort(compareEvents).map((one) => wasKnown(one, moment));
        expect(flags).toEqual([...flags].sort((left, right) => Number(right) - Number(left)));
      }),
    );
  });
});
