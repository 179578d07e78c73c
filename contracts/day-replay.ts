/** What `tain day replay` says: facts about a day that was built again, and about what does not come out the same. */
import type { ErrorCode, ErrorParams } from './errors.ts';

/** Where the bytes of a record are kept. */
export type RecordPlace =
  | {
      readonly kind: 'file';
      /** Public id and name. */
      readonly file: string;
      readonly name: string;
      readonly record: number;
      /** Null where the record is not stored any more. */
      readonly line: number | null;
      readonly offset: number | null;
    }
  | {
      readonly kind: 'feed';
      readonly feed: string;
      readonly session: string;
      readonly sequence: number;
    };

export type ReplayDifferenceKind =
  /** The bytes do not make the verdict that is stored. */
  | 'verdict'
  /** A stored slice is not one record, or a stored header none. */
  | 'unreadable'
  /** The event of the ledger is not the one that the bytes make. */
  | 'event'
  /** The bytes make an event that the ledger does not have, or it has one that they do not make. */
  | 'event-missing'
  | 'event-extra'
  /** What a message was sent with is not what comes out. */
  | 'message'
  /** A message comes out that was not there, or does not come out although it was. */
  | 'message-new'
  | 'message-gone'
  /** A figure of the day is another one. */
  | 'count'
  /** A line of a file is another one: of the file in send/, or of the one that was built again. */
  | 'line';

export type ReplayDifference = {
  readonly kind: ReplayDifferenceKind;
  /** The record that causes it; null where none does. */
  readonly place: RecordPlace | null;
  /** Element number with its leg ("#31.1"), column or figure; null where it is about the whole. */
  readonly field: string | null;
  readonly stored: string | null;
  readonly replayed: string | null;
  /** Which copy is not what was taken: the ledger's when it is not what its hash says, else the bytes; null: not known. */
  readonly altered: 'ledger' | 'bytes' | null;
  readonly message: string | null;
  /** Of a line: the file, its line and the first byte that differs. */
  readonly line: { readonly file: string; readonly line: number; readonly offset: number } | null;
};

export type ReplayedFile = {
  readonly name: string;
  /** As it was written; null: there was none of this name. */
  readonly stored: { readonly rows: number; readonly sha256: string } | null;
  /** Built again; null: none of this name comes out. */
  readonly replayed: { readonly rows: number; readonly sha256: string } | null;
  /** What lies in send/ now, beside what was written. */
  readonly onDisk: 'same' | 'changed' | 'gone';
};

export type DayReplay = {
  readonly date: string;
  readonly version: number;
  /** ISO 8601. */
  readonly cutAt: string;
  /** Rules by which its messages were made, and by which they were made again. */
  readonly rules: { readonly stored: string; readonly replayed: string };
  /** How many cuts, records and messages were gone through. */
  readonly cuts: number;
  readonly records: number;
  readonly messages: number;
  readonly files: readonly ReplayedFile[];
  /** Is every file byte for byte the same, and nothing else different? */
  readonly isIdentical: boolean;
  /** How many differences there are; the first of them are listed. */
  readonly differing: number;
  readonly differences: readonly ReplayDifference[];
};

/** By which rules the records of the day are judged instead of by those of their own day. */
export type ReplayRules = {
  readonly profile: 'public' | 'spec' | 'strict';
  /** Of the technical specification; null: the one in force on the day of submission. */
  readonly version: '3.1' | '3.2' | null;
};

export type ReplayWish = {
  readonly date: string;
  /** Null: the current one. */
  readonly version: number | null;
  readonly rules: ReplayRules | null;
};

/** What the thread of a replay is started with. */
export type ReplayOrder = ReplayWish & {
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** Where its files lie while it lasts. */
  readonly workDir: string;
  readonly tableDir: string | undefined;
};

/** What it says while it works, and at last. */
export type ReplayNews =
  | { readonly progress: { readonly step: string; readonly done: number; readonly of: number } }
  | { readonly replay: DayReplay }
  | { readonly error: string; readonly code: ErrorCode | null; readonly params: ErrorParams };
