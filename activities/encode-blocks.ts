/** From the bytes of a file to rows for COPY: read, split, judge, encode. */
import { createHash } from 'node:crypto';
import { TainError } from '../contracts/errors.ts';
import { CopyEncoder } from '../db/copy-encoder.ts';
import type { Checkpoint, FileRow } from '../db/files.ts';
import { createRecordEncoder } from '../db/records.ts';
import { createFileReader, type JudgedRecord } from '../domain/swaps/read-file.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import { isPlainBlock, openFile } from '../platform/file-blocks.ts';
import { readContent } from '../platform/file-content.ts';
import { createSliceHash } from '../platform/slice-hash.ts';

/** What has to be known of a claimed file; goes to a thread and is therefore plain data. */
export type EncodeRequest = {
  readonly location: string;
  /** Name of the file, for errors. */
  readonly name: string;
  readonly file: Pick<
    FileRow,
    'file_id' | 'folder_date' | 'revision' | 'size_bytes' | 'compression' | 'content_bytes' | 'content_sha256'
  >;
  /** Header slice, one character per byte. */
  readonly header: string;
  /** Where to go on. */
  readonly from: Checkpoint;
};

/** The rows of the records that one block completed, and the checkpoint behind them. */
export type EncodedBlock = { readonly rows: Buffer; readonly reached: Checkpoint };

/**
 * Encodes what lies behind the checkpoint. What lies before it is read and hashed again: what is published is the file
 * that was taken, to the last byte.
 * @throws TainError file.vanished, file.changed (the latter also before the last rows)
 */
export async function* encodeBlocks({
  location,
  name,
  file,
  header,
  from,
}: EncodeRequest): AsyncGenerator<EncodedBlock, void> {
  const rows = new CopyEncoder();
  const owner = { folderDate: file.folder_date, fileId: file.file_id, revision: file.revision };
  const encode = createRecordEncoder(rows, owner);
  let reached = from;
  const take = (judged: JudgedRecord): void => {
    const { record, verdict } = judged;
    const { read, accepted, rejected } = reached;
    encode(read + 1, judged);
    reached = {
      offset: record.offset + record.byteLength,
      line: record.line + record.lines,
      read: read + 1,
      accepted: accepted + (verdict.accepted ? 1 : 0),
      rejected: rejected + (verdict.accepted ? 0 : 1),
    };
  };

  const reader = createFileReader(readStoredHeader(header), from, createSliceHash);
  const hash = createHash('sha256');
  let position = 0;
  const handle = await openFile(location, file.size_bytes);
  try {
    for await (const block of readContent(handle, { name, compression: file.compression, offset: 0 })) {
      hash.update(block);
      const fresh = block.subarray(Math.max(0, from.offset - position));
      position += block.length;
      if (fresh.length > 0) reader.push(fresh.toString('latin1'), isPlainBlock(fresh), take);
      yield { rows: rows.drain(), reached };
    }
  } finally {
    await handle.close();
  }
  reader.end(take);
  const sha256 = hash.digest('hex');
  if (sha256 !== file.content_sha256 || reached.offset !== file.content_bytes) {
    throw new TainError('file.changed', { file: name, sha256 });
  }
  yield { rows: rows.drain(), reached };
}
