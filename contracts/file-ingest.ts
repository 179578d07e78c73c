/** Input, progress and result of file ingest. Free of zod: the workflow imports it. */
import type { ErrorFacts } from './errors.ts';

export type FileIngestInput = {
  /** Key in tb_bat_file_mst. */
  readonly fileId: number;
  readonly fileName: string;
  readonly sizeBytes: number;
};

/** read = accepted + rejected, at every moment. */
export type RecordCounts = { readonly read: number; readonly accepted: number; readonly rejected: number };

export type FileIngestStage = 'inspecting' | 'ingesting' | 'publishing' | 'published' | 'refused' | 'held';

export type FileIngestProgress = {
  readonly stage: FileIngestStage;
  readonly format: string | null;
  readonly counts: RecordCounts | null;
  /** Why the file was refused or is held. */
  readonly problem: ErrorFacts | null;
};
