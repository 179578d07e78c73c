import { describe, expect, it } from '@jest/globals';
import { describeFeed, describeRecent, formatMs } from '../../cli/feed-lines.ts';
import type { FeedView } from '../../contracts/feeds.schema.ts';

const FEED = {
  state: 'connected',
  lag: { messages: 0, ms: 0 },
  latency: { p50Ms: 1.2, p99Ms: 3.14 },
  rate: 19.6,
  gaps: { open: 0, missing: 0 },
} as FeedView;

describe('a feed in a terminal', () => {
  it('is a line of columns that says how it is doing', () => {
    expect(describeFeed(FEED).join(', ')).toBe('connected, lag 0, p99 3.1 ms, 20/s, no gaps');
  });

  it('says how long the oldest message waits, what is missing, and what nobody knows', () => {
    const lag = { messages: 1234, ms: 2500 };
    const gaps = { open: 2, missing: 1500 };

    expect(describeFeed({ ...FEED, lag, gaps }).join(', ')).toBe(
      'connected, lag 1,234 (2,500 ms), p99 3.1 ms, 20/s, 2 open gaps (1,500 messages)',
    );
    expect(
      describeFeed({ ...FEED, state: 'unattended', lag: null, latency: { p50Ms: null, p99Ms: null } }),
    ).toEqual(['unattended', 'lag unknown', 'p99 -', '20/s', 'no gaps']);
  });

  it.each([
    [null, '-'],
    [0, '0 ms'],
    [0.44, '0.4 ms'],
    [9.96, '10 ms'],
    [12.6, '13 ms'],
    [12_345.6, '12,346 ms'],
  ])('shows %p milliseconds as %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  it('counts what was accepted and rejected to what was journalled', () => {
    expect(describeRecent({ recent: { messages: 1412, accepted: 1409, rejected: 3 } })).toBe(
      '1,412 messages = accepted 1,409 + rejected 3',
    );
  });
});
