/** Ids of outgoing messages: made of what they say it of, so that whoever makes one again makes the same. */
import type { Part } from '../cftc/action-events.ts';

const DIGITS = 24;

/**
 * The id of a message, "45-" and 24 hex digits.
 * @param place of the event, as `placeOf` writes it
 * @param attempt 1, and one more for each resubmission
 * @param hash SHA-256 of a text, in hex
 */
export const messageIdOf = (
  place: string,
  part: Part,
  attempt: number,
  hash: (text: string) => string,
): string => `${part}-${hash(JSON.stringify([place, part, attempt])).slice(0, DIGITS)}`;
