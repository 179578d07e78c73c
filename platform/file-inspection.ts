/**
 * The look at a whole file before its first record: what is wrong with all of it is found here, and nothing of it is
 * stored. Format, compression, size and hash of the content, UTF-8 to the last byte.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { TainError } from '../contracts/errors.ts';
import type { Compression, FileInspection } from '../contracts/file-ingest.ts';
import { RULE_SET_VERSION } from '../domain/cftc/elements.ts';
import { createRecordCounter } from '../domain/csv/count.ts';
import { BYTE_ORDER_MARK } from '../domain/csv/decode.ts';
import { mayCorrect } from '../domain/swaps/header.ts';
import { createHeaderFinder, type FileHeader } from '../domain/swaps/read-file.ts';
import { readBlocks } from './file-blocks.ts';
import { detectCompression, readContent } from './file-content.ts';
import { createSliceHash } from './slice-hash.ts';
import { createUtf8Check } from './utf8.ts';

/** Swap data shrinks to a tenth or a thirtieth; what was made to fill a disk, to a thousandth. */
const MAX_EXPANSION = 200;
/** Content up to here, in bytes, is read whatever it was compressed to. */
const HARMLESS_BYTES = 64 * 1024 ** 2;

export type ReceivedFile = {
  /** Shown in errors. */
  readonly name: string;
  readonly sizeBytes: number;
  /** What its bytes hashed to when it was taken; null when nobody has taken it. */
  readonly sha256: string | null;
  /** Shall the records be counted? */
  readonly countRecords?: boolean;
};

export type InspectionLimits = {
  /** Most bytes of content, decompressed. */
  readonly contentMaxBytes: number;
  /** Called for every block; throws when the inspection shall end. */
  readonly onBlock: (bytes: number) => void;
};

/**
 * Reads the whole of an open file.
 * @throws TainError file.empty, file.header-*, file.not-utf8, file.compression-broken, file.archive-unsuitable,
 *   file.expands-too-far, file.changed
 */
export async function inspectContent(
  handle: FileHandle,
  file: ReceivedFile,
  { contentMaxBytes, onBlock }: InspectionLimits,
): Promise<FileInspection> {
  const { name, sizeBytes } = file;
  const compression = await detectCompression(handle);
  if (compression !== 'none' && file.sha256 !== null) await compareHash(handle, file, onBlock);

  // The bytes of a file that is not compressed are hashed again when they are stored.
  const contentHash = compression === 'none' && file.sha256 !== null ? null : createHash('sha256');
  const utf8 = createUtf8Check();
  const finder = createHeaderFinder(createSliceHash);
  const counter = file.countRecords ? createRecordCounter(createSliceHash) : null;
  let header: FileHeader | null = null;
  let contentBytes = 0;
  /** What there is, if it is no more than a byte order mark. */
  let begin = '';
  const check = (found: ReturnType<typeof finder.push>): FileHeader | null => {
    if (found && 'code' in found) throw new TainError(found.code, { file: name, ...found.params });
    return found;
  };
  for await (const block of readContent(handle, { name, compression, offset: 0 })) {
    contentBytes += block.length;
    onBlock(contentBytes);
    const limit = findBrokenLimit(contentBytes, sizeBytes, contentMaxBytes);
    if (limit) {
      const params = { file: name, size: sizeBytes, read: contentBytes, ...limit };
      throw new TainError('file.expands-too-far', params);
    }
    if (contentBytes <= BYTE_ORDER_MARK.length) begin += block.toString('latin1');
    contentHash?.update(block);
    if (header === null || counter) {
      const chunk = block.toString('latin1');
      header ??= check(finder.push(chunk));
      counter?.push(chunk);
    }
    const invalid = utf8.push(block);
    if (invalid >= 0) throw await notUtf8(handle, name, compression, invalid);
  }
  if (begin === BYTE_ORDER_MARK) throw new TainError('file.empty', { file: name });
  header ??= check(finder.end());
  if (utf8.end() >= 0) throw await notUtf8(handle, name, compression, utf8.end());
  return {
    format: header!.layout.format,
    ruleSetVersion: RULE_SET_VERSION,
    compression,
    contentBytes,
    contentSha256: contentHash?.digest('hex') ?? file.sha256!,
    headerRaw: Buffer.from(header!.slice, 'latin1'),
    nextLine: header!.end.line,
    unknownColumns: header!.layout.unknownColumns,
    records: counter?.end() ?? null,
    mayCorrect: mayCorrect(header!.layout),
  };
}

/** The limit that the content is beyond: the setting, or how far anything may expand. */
function findBrokenLimit(contentBytes: number, sizeBytes: number, contentMaxBytes: number) {
  if (contentBytes > contentMaxBytes) return { limit: 'size', max: contentMaxBytes };
  const expanded = Math.max(HARMLESS_BYTES, sizeBytes * MAX_EXPANSION);
  return contentBytes > expanded ? { limit: 'ratio', max: expanded } : null;
}

/** Is what is to be decompressed the file that was taken? */
async function compareHash(
  handle: FileHandle,
  { name, sha256: expected }: ReceivedFile,
  onBlock: (bytes: number) => void,
): Promise<void> {
  const hash = createHash('sha256');
  for await (const block of readBlocks(handle, 0)) {
    hash.update(block);
    onBlock(0);
  }
  const sha256 = hash.digest('hex');
  if (sha256 !== expected) throw new TainError('file.changed', { file: name, sha256 });
}

/** Says where the first byte is that is no UTF-8: its line is counted now, when somebody needs it. */
async function notUtf8(
  handle: FileHandle,
  name: string,
  compression: Compression,
  offset: number,
): Promise<TainError> {
  let line = 1;
  let position = 0;
  let byte = 0;
  for await (const block of readContent(handle, { name, compression, offset: 0 })) {
    const before = block.subarray(0, Math.max(0, offset - position));
    for (let at = before.indexOf(10); at >= 0; at = before.indexOf(10, at + 1)) line += 1;
    if (offset < position + block.length) {
      byte = block[offset - position]!;
      break;
    }
    position += block.length;
  }
  const value = `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return new TainError('file.not-utf8', { file: name, line, offset, value });
}
