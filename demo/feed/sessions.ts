/**
 * The sessions of the demonstration feed. A name says everything of its session: whoever asks for one by its name, in
 * whatever process and on whatever day, gets the same messages under the same numbers.
 */
import { tradingDateAt } from '../trading-date.ts';
import { planFeed, type PlannedMessage } from './plan.ts';

/** Its name among the feeds; nobody's own feed may be called so. */
export const DEMO_FEED = 'tain-demo';

const SEED = 'tain-feed';
/** About ten minutes: longer than the minute that a name stands for. */
const ROWS = 12_000;
const RATE = 20;
const SHARES = { burstShare: 0.001, duplicateShare: 0.01, malformedShare: 0.005 };

const NAME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;
const MS_PER_MINUTE = 60_000;

/** The session that begins at an instant (milliseconds since 1970): yymmddhhmm in UTC, ten characters. */
export const sessionAt = (now: number): string =>
  new Date(now).toISOString().slice(2, 16).replaceAll(/\D/g, '');

/** The minute of a session's name in milliseconds since 1970; null when no session is called so. */
function beginOf(name: string): number | null {
  const [, year, month, day, hour, minute] = NAME.exec(name) ?? [];
  if (year === undefined) return null;
  const begin = Date.parse(`20${year}-${month}-${day}T${hour}:${minute}:00Z`);
  return Number.isNaN(begin) || sessionAt(begin) !== name ? null : begin;
}

/** A session that follows another: that of the present minute, unless time has not gone on since. */
export function sessionAfter(last: string | null, now: number): string {
  const begin = last === null ? null : beginOf(last);
  return sessionAt(begin === null ? now : Math.max(now, begin + MS_PER_MINUTE));
}

/**
 * The messages of a session: new swaps, traded on the last day of business before its begin.
 * @returns null when no session is called so
 */
export function planSession(name: string): readonly PlannedMessage[] | null {
  const begin = beginOf(name);
  if (begin === null) return null;
  return planFeed({ seed: `${SEED}|${name}`, date: tradingDateAt(begin), rows: ROWS, rate: RATE, ...SHARES });
}
