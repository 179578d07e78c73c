/** The words of the proof of a feed, in English. */
import type { FeedDifference, FeedDifferenceKind } from '../feed-verification.ts';

/** Sentences without the place in front. */
export const ENGLISH_FEED_DIFFERENCES: Readonly<
  Record<FeedDifferenceKind, (expected: string, actual: string) => string>
> = {
  missing: () => 'not journalled, and in no gap that is known.',
  beyond: (expected) => `journalled although the checkpoint is ${expected}.`,
  'gap-overlap': () => 'in two gaps at once.',
  'gap-beyond': (expected) => `in a gap although the checkpoint is ${expected}.`,
  'gap-journalled': () => 'journalled although the gap is said to be open.',
  'gap-unfilled': () => 'not journalled although the gap is said to be filled.',
  basis: (expected) =>
    `cannot be judged again: ${expected} is not kept, or is not what its version says it is.`,
  verdict: (expected, actual) => `the stored verdict is ${actual}; the bytes give ${expected}.`,
  key: (expected, actual) => `the stored key is ${actual || 'none'}; the bytes give ${expected || 'none'}.`,
  issues: (expected, actual) =>
    `the stored issues are ${actual || 'none'}; the bytes give ${expected || 'none'}.`,
  'event-missing': (expected) => `accepted, and the ledger has no event of it for ${expected}.`,
  'event-extra': (_, actual) =>
    `the ledger has an event for ${actual}, and there is no accepted message that makes one.`,
  'event-content': (expected, actual) => `the ledger has ${actual} where the message gives ${expected}.`,
  'outcome-missing': (_, actual) => `the ledger has an event for ${actual}, but not what became of it.`,
  'outcome-extra': (_, actual) => `the ledger says ${actual} of an event that it does not have.`,
  outcomes: (expected, actual) =>
    `the outcomes in the ledger add up to ${actual}; ${expected} messages are accepted.`,
};

function describePlace({ session, messages }: FeedDifference): string {
  if (messages === null) return `session ${session}`;
  const { from, to } = messages;
  return `session ${session}, ${to - from === 1 ? `message ${from}` : `messages ${from}–${to - 1}`}`;
}

/** Puts a difference into words. */
export function describeFeedDifference(difference: FeedDifference): string {
  const { kind, expected, actual } = difference;
  return `${describePlace(difference)}: ${ENGLISH_FEED_DIFFERENCES[kind](expected ?? '', actual ?? '')}`;
}
