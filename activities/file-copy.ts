/**
 * The data path of file ingest: disk → splitter → judge → COPY. Each chunk of the file is one transaction that holds
 * its rows and the checkpoint behind them, so that a kill at any moment leaves whole chunks and the place to go on.
 * Judging runs a few blocks ahead of the server, also while it commits; memory is bounded by those blocks.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TainError } from '../contracts/errors.ts';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import { advanceCheckpoint, type Checkpoint, type FileRow } from '../db/files.ts';
import { copyRecords, encodeRecord, isDataError } from '../db/records.ts';
import { createFileReader, type JudgedRecord } from '../domain/swaps/read-file.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { isPlainBlock, withFile } from '../platform/file-blocks.ts';
import { readContent } from '../platform/file-content.ts';
import type { Sql } from '../platform/postgres.ts';
import { createSliceHash } from '../platform/slice-hash.ts';
import { readAhead } from './read-ahead.ts';

/** Blocks that may be judged before the server has taken them. */
const BLOCKS_AHEAD = 8;

export type CopyProgress = RecordCounts & { readonly bytes: number; readonly ofBytes: number };

export type CopyRequest = {
  readonly sql: Sql;
  /** The claimed file: its epoch fences off older attempts, its checkpoint says where to go on. */
  readonly file: FileRow;
  readonly location: string;
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
  /** Called after every committed chunk, and for blocks before the checkpoint. */
  readonly onProgress: (progress: CopyProgress) => void;
};

/**
 * Stores the records of a file from its checkpoint to its end.
 * @returns the counts of the whole file
 * @throws TainError file.vanished, file.changed, file.values-refused, ingest.superseded
 * @throws the signal's reason when it is aborted; chunks committed until then stay
 */
export async function copyFile({ sql, file, location, chunkBytes, signal, onProgress }: CopyRequest) {
  const name = path.basename(location);
  return withFile(location, file.size_bytes, async (handle): Promise<RecordCounts> => {
    const onSkipped = (): void => onProgress(progressOf(checkpointOf(file), file));
    const blocks = readAhead(encodeBlocks(handle, name, file, onSkipped), BLOCKS_AHEAD);
    let from = checkpointOf(file);
    let reached = from;
    let ended = false;

    /** The rows of one transaction. */
    async function* chunk(): AsyncGenerator<Buffer> {
      while (!ended && reached.offset - from.offset < chunkBytes) {
        signal.throwIfAborted();
        const block = await blocks.next();
        if (block.done) {
          ended = true;
        } else {
          reached = block.value.reached;
          yield block.value.rows;
        }
      }
    }

    try {
      while (!ended) {
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
      throw new TainError(
        'file.values-refused',
        { file: name, offset: from.offset, reason },
        { cause: error },
      );
    } finally {
      await blocks.return();
    }
    return { read: from.read, accepted: from.accepted, rejected: from.rejected };
  });
}

/** The rows of the records that one block completed, and the checkpoint behind them. */
type EncodedBlock = { readonly rows: Buffer; readonly reached: Checkpoint };

/**
 * Reads, judges and encodes what lies behind the checkpoint. What lies before it is hashed again: what is published
 * is the file that was taken, to the last byte.
 * @throws TainError file.changed at the end, before the last rows
 */
async function* encodeBlocks(
  handle: FileHandle,
  name: string,
  file: FileRow,
  onSkipped: () => void,
): AsyncGenerator<EncodedBlock> {
  const start = { offset: file.next_offset, line: file.next_line };
  const layout = readStoredHeader((file.header_raw ?? Buffer.alloc(0)).toString('latin1'));
  const reader = createFileReader(layout, start, createSliceHash);
  const hash = createHash('sha256');
  const prefix = `${file.folder_date}\t${file.file_id}\t${file.revision}\t`;
  let reached = checkpointOf(file);
  let rows = '';
  const take = (judged: JudgedRecord): void => {
    const { record, verdict } = judged;
    const { read, accepted, rejected } = reached;
    rows += encodeRecord(prefix, read + 1, judged);
    reached = {
      offset: record.offset + record.byteLength,
      line: record.line + record.lines,
      read: read + 1,
      accepted: accepted + (verdict.accepted ? 1 : 0),
      rejected: rejected + (verdict.accepted ? 0 : 1),
    };
  };
  const drain = (): EncodedBlock => {
    const encoded = { rows: Buffer.from(rows, 'latin1'), reached };
    rows = '';
    return encoded;
  };

  let position = 0;
  for await (const block of readContent(handle, { name, compression: file.compression, offset: 0 })) {
    hash.update(block);
    const fresh = block.subarray(Math.max(0, start.offset - position));
    position += block.length;
    if (fresh.length === 0) {
      onSkipped();
      continue;
    }
    reader.push(fresh.toString('latin1'), isPlainBlock(fresh), take);
    yield drain();
  }
  reader.end(take);
  const sha256 = hash.digest('hex');
  if (sha256 !== file.content_sha256 || reached.offset !== file.content_bytes) {
    throw new TainError('file.changed', { file: name, sha256 });
  }
  yield drain();
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
