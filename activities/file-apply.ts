/**
 * The last step of file ingest: the accepted records of a published file reach their swaps. A slice is applied in
 * short transactions, and then the file's place moves behind it; a kill between the two leaves events that the next
 * attempt finds known.
 */
import { TainError } from '../contracts/errors.ts';
import type { LedgerCounts } from '../contracts/file-ingest.ts';
import {
  advanceApplied,
  countFileOutcomes,
  finishApplying,
  noteDisagreement,
  readEventSlices,
  sourceOf,
} from '../db/file-events.ts';
import { fileIdOf } from '../db/file-audit.ts';
import { findFile, type FileRow } from '../db/files.ts';
import type { OnApplied } from '../db/ledger.ts';
import { applyInBatches } from '../db/ledger-batches.ts';
import { UNPACED, type Pace } from '../platform/pace.ts';
import type { Sql } from '../platform/postgres.ts';

export type ApplyProgress = { readonly applied: number; readonly ofRecords: number };

export type ApplyRequest = {
  readonly sql: Sql;
  /** The claimed file: its epoch fences off older attempts, its place says where to go on. */
  readonly file: FileRow;
  /** Accepted records between two checkpoints; absent: as many as memory has room for. */
  readonly sliceRows?: number;
  /** Of what batch writes; absent: as fast as it can. */
  readonly pace?: Pace;
  /** Told of events that become applied, in their transactions. */
  readonly onApplied?: OnApplied | undefined;
  readonly signal: AbortSignal;
  /** Called after every slice. */
  readonly onProgress: (progress: ApplyProgress) => void;
};

/**
 * Applies the accepted records of a file from its place in the ledger to its end.
 * @throws TainError ingest.superseded, file.ledger-disagrees
 * @throws the signal's reason when it is aborted; slices applied until then stay
 */
export async function applyFile({
  sql,
  file,
  sliceRows,
  pace = UNPACED,
  onApplied,
  signal,
  onProgress,
}: ApplyRequest): Promise<LedgerCounts> {
  const source = sourceOf(file);
  let from = file.applied_no!;
  const superseded = () => new TainError('ingest.superseded', { file: file.file_name });
  for await (const slice of readEventSlices(sql, file, from, sliceRows)) {
    signal.throwIfAborted();
    const { reused } = await applyInBatches(sql, slice.events, source, {
      onApplied,
      // Each transaction: a slice at once would be a burst that realtime's commits wait behind.
      around: (run) => pace.measure(sql, run, signal),
    });
    if (reused.length > 0) throw await disagreement(sql, file, `record ${reused[0]}`);
    if (!(await advanceApplied(sql, file, from, slice))) throw superseded();
    from = slice.reached;
    onProgress({ applied: from, ofRecords: file.read_count });
  }
  const counts = await countFileOutcomes(sql, (await findFile(sql, file.file_id)) ?? file);
  const sum = Object.values(counts).reduce((total, count) => total + count);
  if (sum !== file.accepted_count) throw await disagreement(sql, file, `${sum}, ${file.accepted_count}`);
  if (!(await finishApplying(sql, file))) throw superseded();
  return counts;
}

async function disagreement(sql: Sql, file: FileRow, problem: string): Promise<TainError> {
  const error = new TainError('file.ledger-disagrees', { file: fileIdOf(file), problem });
  await noteDisagreement(sql, file, error);
  return error;
}
