/** A thread that encodes segments, one after the other. It keeps what it knows of the files it met last. */
import { parentPort } from 'node:worker_threads';
import type { Registers } from '../domain/cftc/registers.ts';
import {
  createSegmentEncoder,
  type EncodedFile,
  type EncodedSegment,
  type NumberedSegment,
  type SegmentEncoder,
} from './file-encode-segment.ts';

export type ThreadTask = {
  readonly task: number;
  readonly file: EncodedFile;
  readonly registerVersion: string;
  /** Sent with the first task that needs them; the memory of the LEIs is shared. */
  readonly registers: Registers | null;
  readonly segment: NumberedSegment;
};

export type ThreadAnswer = { readonly task: number } & (
  { readonly encoded: EncodedSegment } | { readonly error: Error }
);

const MAX_FILES = 16;

const encoders = new Map<string, SegmentEncoder>();
/** By version: a process meets one, and a few older ones. */
const shelf = new Map<string, Registers>();

function encoderOf({ file, registerVersion, registers }: ThreadTask): SegmentEncoder {
  if (registers) shelf.set(registerVersion, registers);
  const key = `${file.folderDate}/${file.fileId}/${file.revision}`;
  const known = encoders.get(key);
  if (known) return known;
  if (encoders.size >= MAX_FILES) encoders.clear();
  const encoder = createSegmentEncoder(file, shelf.get(registerVersion)!);
  encoders.set(key, encoder);
  return encoder;
}

parentPort!.on('message', (asked: ThreadTask) => {
  const { task, segment } = asked;
  try {
    const encoded = encoderOf(asked)(segment);
    // The memory of the rows moves to the receiver instead of being copied.
    parentPort!.postMessage({ task, encoded } satisfies ThreadAnswer, [encoded.rows.buffer]);
  } catch (error) {
    parentPort!.postMessage({ task, error: error as Error } satisfies ThreadAnswer);
  }
});
