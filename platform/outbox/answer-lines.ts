/** Files of answers as bytes: what of them is whole, what it hashes to, and their lines. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

const BLOCK_BYTES = 1024 * 1024;
const LINE_BREAK = 0x0a;

/** Longer than any answer. Of a longer line only the beginning is kept. */
const MAX_LINE_BYTES = 1024 * 1024;

export type InspectedLines = {
  /** Bytes up to the last line break, or all. */
  readonly sizeBytes: number;
  /** Lines in them, the header among them. */
  readonly lineCount: number;
  /** Of those bytes, in hex. */
  readonly sha256: string;
  /** Is there a line behind them that has no end yet? */
  readonly hasRest: boolean;
  /** Of the first bytes that were asked about, in hex; null when it has fewer. */
  readonly prefixSha256: string | null;
  /** Do those end with a line? */
  readonly prefixEndsLine: boolean;
};

/**
 * Looks at a file of lines as it stands.
 * @param prefixBytes how many of its first bytes are asked about
 * @param takesRest counts a last line without a line break as whole
 */
export async function inspectLines(
  handle: FileHandle,
  prefixBytes: number,
  takesRest: boolean,
): Promise<InspectedLines> {
  const hash = createHash('sha256');
  const prefix = createHash('sha256');
  let sizeBytes = 0;
  let lineCount = 0;
  let bytes = 0;
  let last = LINE_BREAK;
  let prefixLast = LINE_BREAK;
  let pending: Buffer[] = [];
  for await (const block of readBlocks(handle, Infinity)) {
    if (bytes < prefixBytes) {
      const own = block.subarray(0, prefixBytes - bytes);
      prefix.update(own);
      prefixLast = own.at(-1)!;
    }
    bytes += block.length;
    last = block.at(-1)!;
    const whole = block.lastIndexOf(LINE_BREAK) + 1;
    if (whole > 0) {
      for (const part of [...pending, block.subarray(0, whole)]) hash.update(part);
      pending = [];
      sizeBytes = bytes - block.length + whole;
      for (let at = block.indexOf(LINE_BREAK); at >= 0; at = block.indexOf(LINE_BREAK, at + 1))
        lineCount += 1;
    }
    if (whole < block.length) pending.push(Buffer.from(block.subarray(whole)));
  }
  const hasRest = last !== LINE_BREAK;
  if (hasRest && takesRest) {
    for (const part of pending) hash.update(part);
    sizeBytes = bytes;
    lineCount += 1;
  }
  return {
    sizeBytes,
    lineCount,
    sha256: hash.digest('hex'),
    hasRest: hasRest && !takesRest,
    prefixSha256: bytes < prefixBytes ? null : prefix.digest('hex'),
    prefixEndsLine: prefixLast === LINE_BREAK,
  };
}

/** Lines of the first bytes of a file, without their breaks. @param onBytes told of all bytes in their order */
export async function* readLines(
  handle: FileHandle,
  sizeBytes: number,
  onBytes: (bytes: Uint8Array) => void,
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer): void => {
    if (length < MAX_LINE_BYTES) parts.push(Buffer.from(part.subarray(0, MAX_LINE_BYTES - length)));
    length += part.length;
  };
  for await (const block of readBlocks(handle, sizeBytes)) {
    onBytes(block);
    let from = 0;
    for (let to = block.indexOf(LINE_BREAK); to >= 0; to = block.indexOf(LINE_BREAK, from)) {
      keep(block.subarray(from, to));
      yield Buffer.concat(parts);
      parts = [];
      length = 0;
      from = to + 1;
    }
    if (from < block.length) keep(block.subarray(from));
  }
  if (length > 0) yield Buffer.concat(parts);
}

async function* readBlocks(handle: FileHandle, end: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let at = 0; at < end;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
