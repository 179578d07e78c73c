/**
 * The data path of file ingest: disk → splitter → judge → COPY. Each chunk of the file is one transaction that holds
 * its rows and the checkpoint behind them, so that a kill at any moment leaves whole chunks and the place to go on.
 * Large files are judged in threads, a few segments ahead of the server; memory is bounded by those segments.
 */
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TainError } from '../contracts/errors.ts';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import { COPY_END, COPY_START } from '../db/copy-encoder.ts';
import { advanceCheckpoint, type Checkpoint, type FileRow } from '../db/files.ts';
import { copyRecords, isDataError } from '../db/records.ts';
import { BUILT_IN_REGISTERS } from '../domain/cftc/built-in-registers.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import { UNPACED, type Pace } from '../platform/pace.ts';
import type { Sql } from '../platform/postgres.ts';
import { encodeFile } from './file-encode.ts';

/** Bytes of WAL per byte of rows sent by COPY, their index entries included. Measured; a test holds it to a fifth. */
const WAL_PER_ROW_BYTE = 1.15;

/**
 * A chunk that is held back for longer ends early. While its transaction is open the server keeps every old version of
 * every row, and the rows that realtime writes again and again get slower to find by each.
 */
const OPEN_MS = 2000;

export type CopyProgress = RecordCounts & { readonly bytes: number; readonly ofBytes: number };

export type CopyRequest = {
  readonly sql: Sql;
  /** The claimed file: its epoch fences off older attempts, its checkpoint says where to go on. */
  readonly file: FileRow;
  readonly location: string;
  readonly chunkBytes: number;
  /** Those of the file's row; absent: the built-in ones. */
  readonly registers?: Registers;
  /** Absent: as fast as it goes. */
  readonly pace?: Pace;
  readonly signal: AbortSignal;
  /** Called after every committed chunk. */
  readonly onProgress: (progress: CopyProgress) => void;
};

/**
 * Stores the records of a file from its checkpoint to its end.
 * @returns the counts of the whole file
 * @throws TainError file.vanished, file.changed, file.values-refused, ingest.superseded
 * @throws the signal's reason when it is aborted; chunks committed until then stay
 */
export async function copyFile({
  sql,
  file,
  location,
  chunkBytes,
  registers = BUILT_IN_REGISTERS,
  pace = UNPACED,
  signal,
  onProgress,
}: CopyRequest) {
  const name = path.basename(location);
  let from = checkpointOf(file);
  let reached = from;
  let ended = false;
  const encoded = encodeFile({ file, location, name, from, chunkBytes, registers, signal });

  /** The rows of one transaction. */
  async function* chunk(): AsyncGenerator<Buffer> {
    const until = performance.now() + OPEN_MS;
    const isRoom = () => reached.offset - from.offset < chunkBytes && performance.now() < until;
    yield COPY_START;
    while (!ended && (reached === from || isRoom())) {
      signal.throwIfAborted();
      const next = await encoded.next();
      if (next.done) {
        ended = true;
      } else {
        reached = next.value.reached;
        // Within the transaction: a chunk at once would be a burst that realtime's commits wait behind.
        await pace.spend(next.value.rows.length * WAL_PER_ROW_BYTE, signal);
        yield next.value.rows;
      }
    }
    yield COPY_END;
  }

  try {
    while (!ended) {
      // What the chunk before owes is waited for with no transaction open.
      await pace.spend(0, signal);
      await sql.begin(async (tx) => {
        await pipeline(chunk(), await copyRecords(tx));
        const attempt = { fileId: file.file_id, epoch: file.epoch };
        if (!(await advanceCheckpoint(tx, attempt, from, reached))) {
          throw new TainError('ingest.superseded', { file: name });
        }
      });
      from = reached;
      onProgress(progressOf(from, file));
    }
  } catch (error) {
    if (!isDataError(error)) throw error;
    const reason = (error as Error).message;
    throw new TainError('file.values-refused', { file: name, offset: from.offset, reason }, { cause: error });
  } finally {
    await encoded.return();
  }
  return { read: from.read, accepted: from.accepted, rejected: from.rejected };
}

const checkpointOf = (file: FileRow): Checkpoint => ({
  offset: file.next_offset,
  line: file.next_line,
  read: file.read_count,
  accepted: file.accepted_count,
  rejected: file.rejected_count,
});

const progressOf = ({ read, accepted, rejected, offset }: Checkpoint, file: FileRow): CopyProgress => ({
  read,
  accepted,
  rejected,
  bytes: offset,
  ofBytes: file.content_bytes ?? file.size_bytes,
});
