/** What the proof of a feed says: facts about what does not fit. Words are in contracts/texts/*-feed-verification.ts. */
import type { LedgerCounts } from './file-ingest.ts';

export const FEED_DIFFERENCE_KINDS = [
  /** Numbers below the checkpoint are neither journalled nor in an open gap. */
  'missing',
  /** Journalled although the checkpoint has not come so far. */
  'beyond',
  /** A gap begins before the one in front of it ends. */
  'gap-overlap',
  /** A gap reaches behind the checkpoint. */
  'gap-beyond',
  /** Journalled although it stands in a gap that is open. */
  'gap-journalled',
  /** Not journalled although its gap is said to be filled. */
  'gap-unfilled',
  /** What a message was judged by is not kept any more. */
  'basis',
  'verdict',
  'key',
  'issues',
  /** An accepted message has no event in the ledger. */
  'event-missing',
  /** The ledger has an event where no accepted message makes one. */
  'event-extra',
  /** An event of the ledger is another one than its message makes. */
  'event-content',
  /** An event of which nobody knows what became. */
  'outcome-missing',
  /** What became of an event that there is not. */
  'outcome-extra',
  /** The outcomes of a session do not add up to its accepted messages. */
  'outcomes',
] as const;

export type FeedDifferenceKind = (typeof FEED_DIFFERENCE_KINDS)[number];

export type FeedDifference = {
  readonly kind: FeedDifferenceKind;
  readonly session: string;
  /** The first sequence number and the one behind the last; null when the whole session is meant. */
  readonly messages: { readonly from: number; readonly to: number } | null;
  readonly expected: string | null;
  readonly actual: string | null;
};

/** Sequence numbers from `from` up to, not including, `to`. */
type Range = { readonly from: number; readonly to: number };

export type FeedSessionProof = {
  readonly session: string;
  /** The next number that is not journalled; null for a session that is not read any more: its end is not known. */
  readonly checkpoint: number | null;
  readonly counts: { readonly journalled: number; readonly accepted: number; readonly rejected: number };
  /** What became of the accepted messages. */
  readonly ledger: LedgerCounts;
  readonly gaps: {
    readonly filled: number;
    readonly open: number;
    /** Sequence numbers in open gaps: what is known to be missing. */
    readonly openMessages: number;
    /** The first of the open gaps. */
    readonly ranges: readonly Range[];
  };
  /** Messages that came again with other content, kept beside those that stand. */
  readonly altered: number;
  /** Messages judged by rules that are not in this program, whose verdicts can be neither proven nor refuted by it. */
  readonly unprovable: readonly { readonly ruleSetVersion: string; readonly messages: number }[];
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly FeedDifference[];
};

export type FeedProof = {
  readonly feed: string;
  readonly sessions: readonly FeedSessionProof[];
  /** Of all sessions. */
  readonly differing: number;
};
