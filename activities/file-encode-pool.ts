/**
 * The threads that split, judge and encode, so that the worker's own loop stays free to talk to the database and to
 * Temporal. They are started with the first large file.
 */
import path from 'node:path';
import type { Registers } from '../domain/cftc/registers.ts';
import { movable, ThreadPool } from '../platform/thread-pool.ts';
import type { EncodedFile, EncodedSegment, NumberedSegment } from './file-encode-segment.ts';
import type { EncodeTask } from './file-encode-thread.ts';

/** One connection stores no more than two or three threads make. */
const MAX_THREADS = 3;

const pool = new ThreadPool<EncodeTask, EncodedSegment>(
  path.join(import.meta.dirname, 'file-encode-thread.ts'),
  MAX_THREADS,
);

/**
 * Encodes a segment in the thread that has least to do. The segment's memory is the thread's from now on.
 * @throws Error when the thread dies; it is replaced
 */
export async function encodeInPool(
  file: EncodedFile,
  segment: NumberedSegment,
  registers: Registers,
): Promise<EncodedSegment> {
  const { version: registerVersion } = registers;
  const { rows, ...counts } = await pool.run((told) => {
    const unknown = told.has(registerVersion) ? null : registers;
    told.add(registerVersion);
    const content = { file, segment, registerVersion, registers: unknown };
    return { content, moved: movable(segment.bytes) };
  });
  return { ...counts, rows: Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength) };
}
