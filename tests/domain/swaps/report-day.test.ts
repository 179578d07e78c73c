import { describe, expect, it } from '@jest/globals';
import { BUILT_IN_TABLES } from '../../../domain/cftc/built-in-tables.ts';
import { judgeDuties } from '../../../domain/swaps/duties.ts';
import { marginDayOf, valuationDayOf } from '../../../domain/swaps/report-day.ts';
import { readReportingEvent } from '../../../domain/swaps/reporting-event.ts';

const OURS = 'DEMO00TAINSWAPCO0029';

describe('the day of a valuation', () => {
  it.each([
    ['a date is itself', '2026-11-23', '2026-11-23'],
    ['the end of a day in New York is of that day', '2026-11-24T04:59:59Z', '2026-11-23'],
    ['its midnight begins the next', '2026-11-24T05:00:00Z', '2026-11-24'],
    ['in summer it is an hour earlier', '2026-07-02T03:59:59Z', '2026-07-01'],
    ['what is no date has none', 'soon', null],
  ])('%s', (_what, asOf, day) => {
    expect(valuationDayOf(asOf)).toBe(day);
  });
});

describe('the day of margin', () => {
  it('is the date that is written, whatever the zone', () => {
    expect(marginDayOf('2026-11-23T00:00:00Z')).toBe('2026-11-23');
    expect(marginDayOf('soon')).toBeNull();
  });

  it.each([
    ['2026-11-23', 'a Monday'],
    ['2026-11-24', 'a Tuesday'],
    ['2026-11-27', 'a Friday'],
  ])('decides by when it is owed: %s, %s', (day) => {
    const duties = judgeDuties(
      readReportingEvent({
        actionType: 'MARU',
        counterparty1ReportingCounterparty: OURS,
        eventTimestamp: `${day}T00:00:00Z`,
        reportingTimestamp: `${day}T22:00:00Z`,
      }),
      BUILT_IN_TABLES,
    );
    expect(duties.owed.map(({ obligation }) => obligation)).toMatchObject([
      { kind: 'collateral', dueAt: expect.any(Number) },
    ]);
    const due = new Date(duties.owed[0]!.obligation.dueAt!).toISOString();
    expect(due.slice(0, 10) > day).toBe(true);
  });
});
