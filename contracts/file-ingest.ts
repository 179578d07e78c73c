/** Input, progress and result of file ingest. Free of zod: the workflow imports it. */
import type { ErrorFacts } from './errors.ts';

export type FileIngestInput = {
  /** Key in tb_bat_file_mst. */
  readonly fileId: number;
  readonly fileName: string;
  readonly sizeBytes: number;
};

export type Compression = 'none' | 'gzip' | 'zip';

/** What the look at a whole file found before its first record. */
export type FileInspection = {
  readonly format: string;
  readonly ruleSetVersion: string;
  readonly compression: Compression;
  /** Size and SHA-256 of the content: of the file itself, or of what it decompresses to. */
  readonly contentBytes: number;
  readonly contentSha256: string;
  /** First slice of the content: byte order mark, header line, blank lines around it. */
  readonly headerRaw: Uint8Array;
  /** Line of the first record. */
  readonly nextLine: number;
  readonly unknownColumns: readonly string[];
  /** Can records of the file name rejected ones that they correct? */
  readonly mayCorrect: boolean;
  /** Number of records; null when nobody asked for it. */
  readonly records: number | null;
};

/** What inspection found in the header. */
export type FileIngestInspection = {
  readonly format: string;
  /** Can records of the file name rejected ones that they correct? Absent in histories from before corrections. */
  readonly mayCorrect?: boolean;
};

/** read = accepted + rejected, at every moment. */
export type RecordCounts = { readonly read: number; readonly accepted: number; readonly rejected: number };

/** What became of the accepted records of a file: accepted = the sum of these. */
export type LedgerCounts = {
  readonly applied: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly pending: number;
  readonly violated: number;
  /** They name neither a swap nor a portfolio. */
  readonly unplaced: number;
};

/** `applying`: published, and on its way into the ledger. */
export type FileIngestStage =
  'inspecting' | 'ingesting' | 'publishing' | 'linking' | 'applying' | 'published' | 'refused' | 'held';

export type FileIngestProgress = {
  readonly stage: FileIngestStage;
  readonly format: string | null;
  readonly counts: RecordCounts | null;
  /** Null until all accepted records are in the ledger, and where none of them goes there. */
  readonly ledger: LedgerCounts | null;
  /** Why the file was refused or is held. */
  readonly problem: ErrorFacts | null;
};
