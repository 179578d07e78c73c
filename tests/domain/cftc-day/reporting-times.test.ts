import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant } from '../../../domain/cftc/calendars/zone.ts';
import { planReportingTimes } from '../../../domain/cftc-day/reporting-times.ts';
import { compareEvents, compareFoldKeys } from '../../../domain/swaps/fold-key.ts';
import type { SwapEvent } from '../../../domain/swaps/swap-event.ts';
import { eventOf, message, REPORTER } from '../../support/swap-events.ts';

const CUT = Date.parse('2026-03-05T23:00:00Z');
const SECOND = 1000;

const TIMES = ['', '2026-03-02T09:00:00', '2026-03-02T09:00:01', '2026-03-03T09:00:00'];
const KINDS = ['NEWT-TRAD', 'NEWT-PTNG', 'MODI-TRAD', 'CORR', 'TERM-ETRM', 'EROR', 'REVI', 'VALU'];

const anEvent = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    at: fc.constantFrom(...TIMES),
    reported: fc.constantFrom(...TIMES),
    notional: fc.integer({ min: 1, max: 4 }),
    valued: fc.constantFrom('2026-03-02', '2026-03-02T09:00:00Z'),
  })
  .map(({ kind, at, reported, notional, valued }) =>
    message(kind, 'A', at, {
      ...(reported !== '' && { reportingTimestamp: `${reported}Z` }),
      ...(kind === 'VALU' ? { valuationTimestamp: valued } : { notionalAmountLeg1: String(notional) }),
    }),
  );

/** Events as a day has them: in the order of the fold, each event key once. */
const inOrder = (events: readonly SwapEvent[]): SwapEvent[] => {
  const keys = new Set<string>();
  return [...events].sort(compareEvents).filter(({ key }) => !keys.has(key) && keys.add(key) && true);
};

/** The event as the receiver reads it. */
const received = (event: SwapEvent, reportedAt: number): SwapEvent =>
  eventOf(
    { ...event.values, submitterIdentifier: REPORTER, reportingTimestamp: formatInstant(reportedAt) },
    event.place,
  );

describe('the reporting timestamps of a day', () => {
  it('have the receiver fold in our order, are never behind the cut, and lie behind all that left before', () => {
    fc.assert(
      fc.property(
        fc.array(anEvent, { maxLength: 12 }),
        fc.option(fc.integer({ min: 0, max: 20 })),
        (records, secondsBefore) => {
          const events = inOrder(records.map((values, at) => eventOf(values, `here/${at + 1}`)));
          const last = secondsBefore === null ? null : CUT - secondsBefore * SECOND;
          const times = planReportingTimes(events, CUT, last);
          if (times === null) {
            expect(last).toBeGreaterThanOrEqual(CUT - (events.length - 1) * SECOND);
            return;
          }
          const there = events.map((event, at) => received(event, times[at]!));
          for (let at = 1; at < there.length; at += 1)
            expect(compareFoldKeys(there[at - 1]!, there[at]!)).toBeLessThan(0);
          expect(new Set(there.map(({ key }) => key)).size).toBe(there.length);
          for (const time of times) {
            expect(time).toBeLessThanOrEqual(CUT);
            expect(time % SECOND).toBe(0);
            if (last !== null) expect(time).toBeGreaterThan(last);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are all that of the cut where one is enough', () => {
    const events = [
      eventOf(message('NEWT-TRAD', 'A', '2026-03-02T09:00:00')),
      eventOf(message('MODI-TRAD', 'A', '2026-03-02T10:00:00')),
      eventOf(message('TERM-ETRM', 'A', '2026-03-03T10:00:00')),
    ];

    expect(planReportingTimes(events, CUT, CUT - SECOND)).toEqual([CUT, CUT, CUT]);
    expect(planReportingTimes(events, CUT, CUT)).toBeNull();
  });

  it('put a correction that was reported late, and says of an earlier time, a second behind', () => {
    const events = [
      eventOf(
        message('MODI-TRAD', 'A', '2026-03-03T10:00:00', { reportingTimestamp: '2026-03-03T11:00:00Z' }),
      ),
      eventOf(message('CORR', 'A', '2026-03-02T10:00:00', { reportingTimestamp: '2026-03-04T11:00:00Z' })),
    ];

    expect(planReportingTimes(events, CUT, null)).toEqual([CUT - SECOND, CUT]);
    expect(planReportingTimes(events, CUT, CUT - SECOND)).toBeNull();
  });
});
