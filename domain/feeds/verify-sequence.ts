/**
 * Accounts for the sequence numbers of a session: below the checkpoint each is journalled, or in exactly one gap that is
 * open and says so.
 */
import type {
  FeedDifference,
  FeedDifferenceKind,
  FeedSessionProof,
} from '../../contracts/feed-verification.ts';
import { MAX_SHOWN_DIFFERENCES } from '../../contracts/verification.ts';

type Range = NonNullable<FeedDifference['messages']>;

export type StoredGap = Range & { readonly isFilled: boolean };

export type SequenceCheck = {
  /** Takes the numbers of journalled messages, ascending. */
  readonly take: (sequence: number) => void;
  /** Accounts for what lies between the last message and the checkpoint. */
  readonly end: () => void;
  readonly gaps: FeedSessionProof['gaps'];
};

/**
 * @param gaps by their first numbers
 * @param checkpoint the next number that is not journalled; null when nobody knows: the session ends with its last message
 *   or gap
 */
export function createSequenceCheck(
  gaps: readonly StoredGap[],
  checkpoint: number | null,
  add: (kind: FeedDifferenceKind, messages: Range, expected?: string | null, actual?: string | null) => void,
): SequenceCheck {
  let next = 1;
  /** The first gap that does not end before `next`. */
  let at = 0;
  const until = checkpoint ?? Infinity;

  for (const [index, gap] of gaps.entries()) {
    const before = gaps[index - 1];
    if (before && gap.from < before.to)
      add('gap-overlap', { from: gap.from, to: Math.min(gap.to, before.to) });
    if (gap.to > until) add('gap-beyond', { from: Math.max(gap.from, until), to: gap.to }, String(until));
  }

  /** Accounts for numbers that are not journalled. */
  const skip = (to: number): void => {
    while (next < to) {
      while (at < gaps.length && gaps[at]!.to <= next) at += 1;
      const gap = gaps[at];
      const isInside = gap !== undefined && gap.from <= next;
      const end = isInside ? Math.min(gap.to, to) : Math.min(gap?.from ?? to, to);
      if (!isInside) add('missing', { from: next, to: end });
      else if (gap.isFilled) add('gap-unfilled', { from: next, to: end });
      next = end;
    }
  };

  const open = gaps.filter(({ isFilled }) => !isFilled);
  return {
    take(sequence) {
      skip(sequence);
      while (at < gaps.length && gaps[at]!.to <= sequence) at += 1;
      const gap = gaps[at];
      const range = { from: sequence, to: sequence + 1 };
      if (gap !== undefined && gap.from <= sequence && !gap.isFilled) add('gap-journalled', range);
      if (sequence >= until) add('beyond', range, String(until));
      next = sequence + 1;
    },
    end: () => skip(checkpoint ?? Math.max(next, ...gaps.slice(-1).map(({ to }) => to))),
    gaps: {
      filled: gaps.length - open.length,
      open: open.length,
      openMessages: open.reduce((sum, { from, to }) => sum + to - from, 0),
      ranges: open.slice(0, MAX_SHOWN_DIFFERENCES).map(({ from, to }) => ({ from, to })),
    },
  };
}
