/** Feeds as a terminal shows them. */
import type { FeedDetail, FeedView } from '../contracts/feeds.schema.ts';
import { formatCount } from './print.ts';

/** Below this a tenth of a millisecond says something. */
const SHORT_MS = 10;

export function formatMs(ms: number | null): string {
  if (ms === null) return '-';
  return `${ms < SHORT_MS ? Number(ms.toFixed(1)) : formatCount(Math.round(ms))} ms`;
}

/** "connected", "lag 0", "p99 3.1 ms", "20/s", "0 gaps": how a feed is doing, in columns. */
export function describeFeed({ state, lag, latency, rate, gaps }: FeedView): string[] {
  const waited = lag !== null && lag.messages > 0 ? ` (${formatMs(lag.ms)})` : '';
  return [
    state,
    `lag ${lag === null ? 'unknown' : formatCount(lag.messages)}${waited}`,
    `p99 ${formatMs(latency.p99Ms)}`,
    `${formatCount(Math.round(rate))}/s`,
    gaps.open === 0 ? 'no gaps' : `${gaps.open} open gaps (${formatCount(gaps.missing)} messages)`,
  ];
}

/** "412 messages = accepted 409 + rejected 3", of the newest ones of its session. */
export const describeRecent = ({ recent }: Pick<FeedDetail, 'recent'>): string =>
  `${formatCount(recent.messages)} messages = accepted ${formatCount(recent.accepted)} + ` +
  `rejected ${formatCount(recent.rejected)}`;
