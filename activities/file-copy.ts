/**
 * The data path of file ingest: disk → splitter → judge → COPY. Each chunk of the file is one transaction that holds
 * its rows and the checkpoint behind them, so that a kill at any moment leaves whole chunks and the place to go on.
 * Parsing of a block overlaps with the server's work on the one before it; memory is bounded by a block and what the
 * socket has not taken yet.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TainError } from '../contracts/errors.ts';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import { advanceCheckpoint, type Checkpoint, type FileRow } from '../db/files.ts';
import { copyRecords, encodeRecord } from '../db/records.ts';
import { countLines } from '../domain/csv/lines.ts';
import { createFileReader, readHeader, type JudgedRecord } from '../domain/swaps/read-file.ts';
import { textOfSlice } from '../domain/swaps/values.ts';
import { isPlainBlock, readBlocks, withFile } from '../platform/file-blocks.ts';
import type { Sql } from '../platform/postgres.ts';

export type CopyProgress = RecordCounts & { readonly bytes: number; readonly ofBytes: number };

export type CopyRequest = {
  readonly sql: Sql;
  /** The claimed file: its epoch fences off older attempts, its checkpoint says where to go on. */
  readonly file: FileRow;
  readonly location: string;
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
  /** Called after every committed chunk. */
  readonly onProgress: (progress: CopyProgress) => void;
};

/**
 * Stores the records of a file from its checkpoint to its end.
 * @returns the counts of the whole file
 * @throws TainError file.vanished, file.changed, file.record-too-long, ingest.superseded
 * @throws the signal's reason when it is aborted; chunks committed until then stay
 */
export async function copyFile({ sql, file, location, chunkBytes, signal, onProgress }: CopyRequest) {
  const name = path.basename(location);
  const headerText = textOfSlice((file.header_raw ?? Buffer.alloc(0)).toString('latin1'));
  const header = readHeader({ line: 1, offset: 0, slice: '', text: headerText });
  if ('code' in header) throw new TainError(header.code, { file: name, ...header.params });

  return withFile(location, file.size_bytes, async (handle): Promise<RecordCounts> => {
    const hash = createHash('sha256');
    // Bytes before the checkpoint are hashed again: what is published is the file that was taken, to the last byte.
    for await (const block of hashedPrefix(handle, file.next_offset)) {
      hash.update(block);
      signal.throwIfAborted();
      onProgress(progressOf(checkpointOf(file), file));
    }

    const reader = createFileReader(header.layout, { offset: file.next_offset, line: file.next_line });
    const prefix = `${file.folder_date}\t${file.file_id}\t${file.revision}\t`;
    const blocks = readBlocks(handle, file.next_offset);
    let ended = false;
    let from = checkpointOf(file);
    while (!ended) {
      from = await sql.begin(async (tx) => {
        const chunk = new Chunk(from, prefix);
        await pipeline(
          async function* () {
            for (;;) {
              signal.throwIfAborted();
              const block = await blocks.next();
              if (block.done) {
                ended = true;
                reader.end(chunk.take);
                yield chunk.drain();
                return;
              }
              hash.update(block.value);
              reader.push(block.value.toString('latin1'), isPlainBlock(block.value), chunk.take);
              yield chunk.drain();
              if (chunk.reached.offset - from.offset >= chunkBytes) return;
            }
          },
          await copyRecords(tx),
        );
        if (
          !(await advanceCheckpoint(tx, { fileId: file.file_id, epoch: file.epoch }, from, chunk.reached))
        ) {
          throw new TainError('ingest.superseded', { file: name });
        }
        return chunk.reached;
      });
      onProgress(progressOf(from, file));
    }
    const sha256 = hash.digest('hex');
    if (sha256 !== file.sha256 || from.offset !== file.size_bytes) {
      throw new TainError('file.changed', { file: name, sha256 });
    }
    return { read: from.read, accepted: from.accepted, rejected: from.rejected };
  });
}

/** The rows of one transaction and the checkpoint behind them. */
class Chunk {
  reached: Checkpoint;
  readonly #prefix: string;
  #rows = '';

  constructor(from: Checkpoint, prefix: string) {
    this.reached = from;
    this.#prefix = prefix;
  }

  readonly take = (judged: JudgedRecord): void => {
    const { record, verdict } = judged;
    const { read, accepted, rejected } = this.reached;
    this.#rows += encodeRecord(this.#prefix, read + 1, judged);
    this.reached = {
      offset: record.offset + record.slice.length,
      line: record.line + countLines(record.slice),
      read: read + 1,
      accepted: accepted + (verdict.accepted ? 1 : 0),
      rejected: rejected + (verdict.accepted ? 0 : 1),
    };
  };

  drain(): Buffer {
    const rows = Buffer.from(this.#rows, 'latin1');
    this.#rows = '';
    return rows;
  }
}

async function* hashedPrefix(
  handle: Parameters<typeof readBlocks>[0],
  length: number,
): AsyncGenerator<Buffer> {
  let left = length;
  for await (const block of readBlocks(handle, 0)) {
    if (left <= 0) return;
    yield block.subarray(0, Math.min(left, block.length));
    left -= block.length;
  }
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
  ofBytes: file.size_bytes,
});
