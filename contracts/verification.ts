/** What `tain verify` says: facts about what does not fit, and the proof of a file. Words are in contracts/texts. */
import type { FeedProof } from './feed-verification.ts';
import type { Compression, LedgerCounts, RecordCounts } from './file-ingest.ts';

/** Differences that are listed; all are counted. */
export const MAX_SHOWN_DIFFERENCES = 20;

export const DIFFERENCE_KINDS = [
  /** The file in its folder is not the one that was taken. */
  'disk',
  /** A record of the file is not stored. */
  'missing',
  /** A stored record is of bytes that another one holds already, or of none of the file. */
  'extra',
  /** Stored records under a revision or file that there is not. */
  'stray',
  /** A stored slice is not one record. */
  'split',
  /** A record is stored without its bytes although it is short enough to be kept. */
  'unkept',
  'number',
  'line',
  'offset',
  'length',
  'bytes',
  'verdict',
  'key',
  /** The record that it was sent to correct. */
  'corrects',
  /** What was found of the record that it was sent to correct. */
  'link',
  'issues',
  'header',
  'format',
  'columns',
  'read',
  'accepted',
  'rejected',
  'size',
  'compression',
  'hash',
  /** The file's row says something else than the audit log. */
  'audit',
  /** The audit log does not know how the file came or became what it is. */
  'unaudited',
  /** The audit log knows a file that is not there. */
  'removed',
  /** An accepted record has no event in the ledger. */
  'event-missing',
  /** The ledger has an event of the file where it has no accepted record that makes one. */
  'event-extra',
  /** An event of the ledger says something else than its record, or than its own hash. */
  'event-content',
  /** What became of an event is not what the events of its swap give. */
  'outcome',
  /** The outcomes of a file do not add up to its accepted records. */
  'outcomes',
  /** Another event holds an event key than the first. */
  'event-key',
  /** The state of a swap or portfolio is not what its events give. */
  'state',
] as const;

export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export type Difference = {
  readonly kind: DifferenceKind;
  /** Number of the record in its file; null when the whole file is meant. */
  readonly record: number | null;
  readonly line: number | null;
  /** First byte and the one behind the last; null when no bytes are concerned. */
  readonly bytes: { readonly from: number; readonly to: number } | null;
  readonly expected: string | null;
  readonly actual: string | null;
};

export type Differences = {
  /** How many there are. */
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
};

/** The outcome for the records and bytes of one file. */
export type RecordProof = Differences & {
  readonly counts: RecordCounts;
  /** Bytes of records that are too long to be kept, whose hash could not be computed again. */
  readonly unhashedBytes: number;
};

export type FileProof = Differences & {
  readonly id: string;
  readonly name: string;
  readonly folderDate: string;
  /** Only published files are proven. */
  readonly state: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly ruleSetVersion: string | null;
  /** Null when nothing was proven, because the file is not published. */
  readonly provenFrom: 'file' | 'slices' | null;
  readonly counts: RecordCounts;
  readonly unhashedBytes: number;
  /** What became of its accepted records; null when they are not all in the ledger. */
  readonly ledger: LedgerCounts | null;
};

/** The swaps and portfolios of the files and feeds, with all events that they have from any source, folded again. */
export type LedgerProof = Differences & { readonly subjects: number; readonly events: number };

/** A place where the audit chain does not fit: rows `seq` to `until`. */
export type AuditBreak = {
  readonly kind: 'removed' | 'altered' | 'unlinked';
  readonly seq: number;
  readonly until: number;
};

export type AuditProof = {
  readonly rows: number;
  /** The newest row. Rows behind it that were cut off cannot be seen: compare it with an earlier proof. */
  readonly head: { readonly seq: number; readonly hash: string };
  readonly broken: number;
  readonly breaks: readonly AuditBreak[];
};

export type VerificationReport = {
  /** Is there no difference anywhere? */
  readonly holds: boolean;
  readonly files: readonly FileProof[];
  readonly feeds: readonly FeedProof[];
  /** What belongs to no file: stored records without one, and files that the audit log knows and that are gone. */
  readonly strays: Differences;
  readonly ledger: LedgerProof;
  readonly audit: AuditProof;
};

/** A file in its folder. Both can be read more than once, each from its start. */
export type RawFile = {
  /** By its first bytes, whatever its name says. */
  compression(): Promise<Compression>;
  /** The bytes as they lie there; their hash is the file's identity. */
  bytes(): AsyncIterable<Buffer>;
  /** What they contain, behind their compression. */
  content(): AsyncIterable<Buffer>;
};
