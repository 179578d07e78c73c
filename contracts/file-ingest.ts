/** Input, progress and result of file ingest. Free of zod: the workflow imports it. */
import type { ErrorFacts } from './errors.ts';

export type FileIngestInput = {
  /** Key in tb_bat_file_mst. */
  readonly fileId: number;
  readonly fileName: string;
  readonly sizeBytes: number;
};

/** What inspection found in the header. */
export type FileIngestInspection = {
  readonly format: string;
  /** Can records of the file name rejected ones that they correct? Absent in histories from before corrections. */
  readonly mayCorrect?: boolean;
};

/** read = accepted + rejected, at every moment. */
export type RecordCounts = { readonly read: number; readonly accepted: number; readonly rejected: number };

export type FileIngestStage = 'inspecting' | 'ingesting' | 'publishing' | 'linking' | 'published' | 'refused';

export type FileIngestProgress = {
  readonly stage: FileIngestStage;
  readonly format: string | null;
  readonly counts: RecordCounts | null;
  /** Why the file was refused. */
  readonly problem: ErrorFacts | null;
};
