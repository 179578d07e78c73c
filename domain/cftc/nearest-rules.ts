/** What somebody may have meant who named a rule that does not exist. */
import { RULE_CATALOGUE } from './rule-catalogue.ts';

const MAX_SUGGESTIONS = 3;
/** No id is longer, and distances cost the product of the lengths. */
const MAX_LENGTH = 60;

/** Ids of existing rules that are most like the given text, the nearest first. */
export function nearestRules(text: string): readonly string[] {
  const wanted = text.slice(0, MAX_LENGTH).toLowerCase();
  return RULE_CATALOGUE.map(({ id }) => ({ id, distance: distanceBetween(wanted, id.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ id }) => id);
}

/** What a character costs that an id has behind all that was written. */
const UNWRITTEN = 0.25;

/**
 * Number of characters to insert, delete or replace; whoever stops early pays less for the rest. Source: the
 * Levenshtein distance, row by row.
 */
function distanceBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 0; i < one.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j += 1) {
      const replaced = row[j]! + (one[i] === other[j] ? 0 : 1);
      next.push(Math.min(replaced, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return Math.min(...row.map((cost, at) => cost + UNWRITTEN * (other.length - at)));
}
