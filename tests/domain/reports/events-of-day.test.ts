import { describe, expect, it } from '@jest/globals';
import { hadHappened } from '../../../domain/reports/events-of-day.ts';

const event = (action: string, eventTimestamp: string | null, reportingTimestamp: string | null = null) => ({
  action,
  eventTimestamp,
  reportingTimestamp,
});

describe('an event on a day', () => {
  it.each([
    ['that happened in its evening in New York', event('MODI', '2026-03-17T03:59:59Z'), true],
    ['that happened a second later', event('MODI', '2026-03-17T04:00:00Z'), false],
    [
      'that was reported later, and happened on it',
      event('TERM', '2026-03-16T20:00:00Z', '2026-03-20T09:00:00Z'),
      true,
    ],
    ['that only says when it was reported', event('CORR', null, '2026-03-18T09:00:00Z'), false],
    ['without any time', event('MODI', null), true],
    ['that is a valuation of the day', event('VALU', '2026-03-16'), true],
    ['that is a valuation of the next', event('VALU', '2026-03-17'), false],
    ['that is margin as of the next', event('MARU', '2026-03-17T00:00:00Z'), false],
    ['that says later that it never was a swap', event('EROR', '2026-05-01T09:00:00Z'), true],
    ['that takes that back', event('REVI', '2026-05-02T09:00:00Z'), true],
  ])('%s', (_what, one, counts) => {
    expect(hadHappened(one, '2026-03-16')).toBe(counts);
  });
});
