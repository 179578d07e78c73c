/**
 * The order in which the events of a swap are folded. It is total and made of the events alone: when and how they
 * arrived has no part in it. Why it is the right one is argued in docs/decisions/0017-fold-key.md.
 */
import { isEndOfDay } from '../cftc/action-events.ts';
import type { SwapEvent } from './swap-event.ts';

const RANKS: Readonly<Record<string, number>> = {
  NEWT: 0,
  MODI: 1,
  CORR: 2,
  TERM: 3,
  PRTO: 4,
  REVI: 6,
  VALU: 7,
  MARU: 7,
  EROR: 9,
};
/** A swap comes back after it went: both ends of a transfer have the same event timestamp. */
const PORTED_IN = 5;
const UNKNOWN_ACTION = 8;

/** Before every timestamp, and behind every one. */
const FIRST = '';
const LAST = '~';

/** Of events at the same time: NEWT before all others, EROR last. */
export function rankOf({ action, event }: Pick<SwapEvent, 'action' | 'event'>): number {
  if (action === 'NEWT' && event === 'PTNG') return PORTED_IN;
  return Object.hasOwn(RANKS, action) ? RANKS[action]! : UNKNOWN_ACTION;
}

/** Behind every time of a date, and before the next date. */
const END_OF_DAY = 'T24';
const MIDNIGHT = 'T00:00:00Z';

/**
 * When the event happened: its event timestamp (#30). What is reported as of a day, margin at its 00:00:00 (#30) and a
 * valuation by its date (#113), is about its end: the day's new swaps come before it.
 */
function eventTimeOf({ action, eventTimestamp }: SwapEvent): string | null {
  if (eventTimestamp === null || !isEndOfDay(action)) return eventTimestamp;
  const isDay = eventTimestamp.length === 10 || (action === 'MARU' && eventTimestamp.endsWith(MIDNIGHT));
  return isDay ? eventTimestamp.slice(0, 10) + END_OF_DAY : eventTimestamp;
}

/**
 * When the event counts: its reporting timestamp (#97), else the time of the event. An event without either cannot be
 * placed: NEWT begins the swap, anything else comes behind what has a time.
 */
export function foldTimeOf(event: SwapEvent): string {
  return event.reportingTimestamp ?? eventTimeOf(event) ?? (event.action === 'NEWT' ? FIRST : LAST);
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** The fold key by itself, as it is kept when the event is not at hand. */
export type FoldKey = {
  readonly time: string;
  readonly eventTime: string;
  readonly rank: number;
  readonly contentHash: string;
};

export const foldKeyOf = (event: SwapEvent): FoldKey => ({
  time: foldTimeOf(event),
  eventTime: eventTimeOf(event) ?? FIRST,
  rank: rankOf(event),
  contentHash: event.contentHash,
});

/** Orders fold keys: reporting timestamp, else event timestamp; event timestamp; rank of the action; content. */
export const compareKeys = (left: FoldKey, right: FoldKey): number =>
  compareText(left.time, right.time) ||
  compareText(left.eventTime, right.eventTime) ||
  left.rank - right.rank ||
  compareText(left.contentHash, right.contentHash);

/**
 * Orders two events of a swap by their fold keys.
 * @returns 0 only for events of the same content
 */
export const compareFoldKeys = (left: SwapEvent, right: SwapEvent): number =>
  compareKeys(foldKeyOf(left), foldKeyOf(right));

type Placed = Pick<SwapEvent, 'contentHash' | 'place'>;

const comparePlaces = (left: Placed, right: Placed): number =>
  left.place.length - right.place.length || compareText(left.place, right.place);

/**
 * The same order, with messages of the same content told apart by their places, so that it is total: line 9 of a file
 * comes before line 10.
 */
export const compareEvents = (left: SwapEvent, right: SwapEvent): number =>
  compareFoldKeys(left, right) || comparePlaces(left, right);

/** The same order among events of one event key, whose fold keys differ by content alone. */
export const compareClaims = (left: Placed, right: Placed): number =>
  compareText(left.contentHash, right.contentHash) || comparePlaces(left, right);
