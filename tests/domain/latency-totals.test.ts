import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { totalLatencies } from '../../api/latency-totals.ts';
import { NO_LATENCIES, totalOf } from '../../domain/feeds/latency.ts';

const BEGIN = Date.parse('2026-11-21T13:00:00Z');
const minuteAt = (minute: number): Date => new Date(BEGIN + minute * 60_000);

/** A row of the database: messages of a minute, all of them fast. */
const row = (feed: string, minute: number, messages: number) => ({
  feed,
  minute: minuteAt(minute),
  counts: [messages, ...NO_LATENCIES.counts.slice(1)],
  sum_ms: messages,
  max_ms: 1,
});

describe('totals of latencies', () => {
  it('are what the minutes say, however often they are read, and only grow', () => {
    const writes = fc.array(
      fc.record({ minutes: fc.integer({ min: 0, max: 3 }), messages: fc.integer({ min: 0, max: 9 }) }),
    );
    fc.assert(
      fc.property(writes, (steps) => {
        const totals = totalLatencies();
        const stored = new Map<number, number>();
        let minute = 0;
        let all = 0;
        for (const { minutes, messages } of steps) {
          minute += minutes;
          all += messages;
          stored.set(minute, (stored.get(minute) ?? 0) + messages);
          const since = totals.since()?.getTime() ?? 0;
          const rows = [...stored]
            .filter(([at]) => minuteAt(at).getTime() >= since)
            .map(([at, count]) => row('fx', at, count));

          const total = totals.take(rows).get('fx')!;

          expect(totalOf(total)).toBe(all);
          expect(total.sumMs).toBe(all);
        }
      }),
    );
  });

  it('are kept per feed, and when the minutes are gone', () => {
    const totals = totalLatencies();
    totals.take([row('fx', 0, 3), row('desk', 0, 5)]);

    const later = totals.take([row('fx', 60, 1)]);
    const last = totals.take([]);

    expect(totalOf(later.get('fx')!)).toBe(4);
    expect(totalOf(last.get('desk')!)).toBe(5);
    expect(totals.since()).toEqual(minuteAt(55));
  });

  it('are nothing before anything came', () => {
    const totals = totalLatencies();

    expect(totals.since()).toBeNull();
    expect(totals.take([]).size).toBe(0);
  });
});
