/** What every part of a demo day shares: the random numbers, the clock of the simulated day and new identifiers. */
import { createRandom, hashText, type Random } from './random.ts';

const DAY_MS = 86_400_000;
const LAST_SECOND = 86_399;
const MAX_UTI_TAIL = 32;

export type TradingDay = {
  readonly random: Random;
  /** YYYY-MM-DD */
  readonly date: string;
  /** Seconds since midnight, only ever moved forwards. */
  now: number;
  /** The time now, or some seconds later on the same day. */
  timestamp(later?: number): string;
  /** The date some days from now. */
  day(offset: number): string;
  /** A new identifier: the LEI of who makes it and up to 32 digits and capital letters, unique in the day. */
  identifier(lei: string): string;
};

const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/**
 * Makes the day of a seed.
 * @param date YYYY-MM-DD
 */
export function createTradingDay(seed: string, date: string): TradingDay {
  const random = createRandom(`${seed}|${date}`);
  const tag = hashText(`${seed}|${date}`).toString(36).toUpperCase().padStart(7, '0');
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const days = new Map<number, string>();
  let identifiers = 0;

  return {
    random,
    date,
    now: 0,
    timestamp(later = 0) {
      const second = Math.min(this.now + later, LAST_SECOND);
      const minute = Math.floor(second / 60);
      const hour = Math.floor(minute / 60);
      return `${date}T${TWO_DIGITS[hour]}:${TWO_DIGITS[minute % 60]}:${TWO_DIGITS[second % 60]}Z`;
    },
    day(offset) {
      const known = days.get(offset);
      if (known !== undefined) return known;
      const date = new Date(midnight + offset * DAY_MS).toISOString().slice(0, 10);
      days.set(offset, date);
      return date;
    },
    identifier(lei) {
      identifiers += 1;
      const serial = identifiers.toString(36).toUpperCase().padStart(6, '0');
      // Identifiers of every length that is allowed: some houses fill all 32 characters.
      const filler = random.chance(0.1)
        ? random.code(MAX_UTI_TAIL)
        : random.next().toString(36).toUpperCase();
      return lei + `${tag}${serial}${filler}`.slice(0, MAX_UTI_TAIL);
    },
  };
}
