/**
 * Sending again what was refused. A NEWT that was refused does not exist at the repository: what was to correct it there
 * has nothing to correct, and its terms belong into the NEWT that takes the place.
 */
import { isEndOfDay } from '../cftc/action-events.ts';
import { elementBySlot, type RecordValues } from '../swaps/record-content.ts';
import { termsOf } from '../swaps/swap-terms.ts';

export type HeldMessage = {
  readonly messageId: string;
  readonly action: string;
  readonly values: RecordValues;
};

export type Resubmission = {
  /** What the new message says; null: what the refused one said. */
  readonly values: RecordValues | null;
  /** Held messages that are said with it. */
  readonly folded: readonly string[];
};

/**
 * What takes the place of a refused message.
 * @param refused what it said
 * @param held messages of its swap that wait for it, in their order
 */
export function resubmit(
  refused: { readonly action: string; readonly values: RecordValues },
  held: readonly HeldMessage[],
): Resubmission {
  if (refused.action !== 'NEWT') return { values: null, folded: [] };
  // Valuations and margin change nothing of the swap. A correction behind another change corrects what that one made.
  const changes = held.filter(({ action }) => !isEndOfDay(action));
  const end = changes.findIndex(({ action }) => action !== 'CORR');
  const corrections = end < 0 ? changes : changes.slice(0, end);
  const last = corrections.at(-1);
  if (last === undefined) return { values: null, folded: [] };
  return {
    values: takeTerms(refused.values, last.values),
    folded: corrections.map(({ messageId }) => messageId),
  };
}

/** A message with the terms of another one. NEWT and CORR state all of them: a blank says that a term does not hold. */
function takeTerms(message: RecordValues, other: RecordValues): RecordValues {
  const [before, terms] = [termsOf(message), termsOf(other)];
  // What a record says of its product beside the elements goes with the product.
  const isProduct = (slot: string): boolean => !elementBySlot.has(slot);
  const saysProduct = Object.keys(other).some(isProduct);
  const kept = Object.entries(message).filter(
    ([slot]) => !Object.hasOwn(before, slot) && !(saysProduct && isProduct(slot)),
  );
  const taken = Object.entries(other).filter(([slot]) => Object.hasOwn(terms, slot) || isProduct(slot));
  return Object.fromEntries([...kept, ...taken]);
}
