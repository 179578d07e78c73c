/**
 * The data path of file ingest: disk → splitter → judge → COPY. Each chunk of the file is one transaction that holds
 * its rows and the checkpoint behind them, so that a kill at any moment leaves whole chunks and the place to go on.
 * Large files are encoded in a thread, a few blocks ahead of the server; memory is bounded by those blocks.
 */
import { on } from 'node:events';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { TainError } from '../contracts/errors.ts';
import type { RecordCounts } from '../contracts/file-ingest.ts';
import { COPY_END, COPY_START } from '../db/copy-encoder.ts';
import { advanceCheckpoint, type Checkpoint, type FileRow } from '../db/files.ts';
import { copyRecords, isDataError } from '../db/records.ts';
import type { Sql } from '../platform/postgres.ts';
import { encodeBlocks, type EncodedBlock, type EncodeRequest } from './encode-blocks.ts';
import type { ThreadMessage } from './encode-thread.ts';

/** Smaller files, in bytes, are done before a thread has started. */
const THREAD_ABOVE_BYTES = 4 * 1024 ** 2;

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
 * @throws TainError file.vanished, file.changed, file.values-refused, ingest.superseded
 * @throws the signal's reason when it is aborted; chunks committed until then stay
 */
export async function copyFile({ sql, file, location, chunkBytes, signal, onProgress }: CopyRequest) {
  const name = path.basename(location);
  const header = (file.header_raw ?? Buffer.alloc(0)).toString('latin1');
  let from = checkpointOf(file);
  let reached = from;
  let ended = false;
  const blocks = encode({ location, name, file, header, from });

  /** The rows of one transaction. */
  async function* chunk(): AsyncGenerator<Buffer> {
    yield COPY_START;
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
    yield COPY_END;
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
    throw new TainError('file.values-refused', { file: name, offset: from.offset, reason }, { cause: error });
  } finally {
    await blocks.return();
  }
  return { read: from.read, accepted: from.accepted, rejected: from.rejected };
}

/** Encodes in a thread what is worth one. */
function encode(request: EncodeRequest): AsyncGenerator<EncodedBlock, void> {
  return request.file.size_bytes > THREAD_ABOVE_BYTES ? encodeInThread(request) : encodeBlocks(request);
}

async function* encodeInThread(request: EncodeRequest): AsyncGenerator<EncodedBlock, void> {
  const thread = new Worker(path.join(import.meta.dirname, 'encode-thread.ts'), { workerData: request });
  try {
    // An error that the thread does not catch is thrown here.
    for await (const [message] of on(thread, 'message', { close: ['exit'] })) {
      const said = message as ThreadMessage;
      if ('end' in said) return;
      if ('problem' in said) throw new TainError(said.problem.code, said.problem.params);
      const { rows, reached } = said.block;
      yield { rows: Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength), reached };
      thread.postMessage('taken');
    }
    throw new Error(`The thread that reads ${request.name} ended before the file did.`);
  } finally {
    await thread.terminate();
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
  ofBytes: file.content_bytes ?? file.size_bytes,
});
