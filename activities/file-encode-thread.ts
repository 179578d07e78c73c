/** A thread that encodes segments, one after the other. It keeps what it knows of the files it met last. */
import { parentPort } from 'node:worker_threads';
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
  readonly segment: NumberedSegment;
};

export type ThreadAnswer = { readonly task: number } & (
  { readonly encoded: EncodedSegment } | { readonly error: Error }
);

const MAX_FILES = 16;

const encoders = new Map<string, SegmentEncoder>();

function encoderOf(file: EncodedFile): SegmentEncoder {
  const key = `${file.folderDate}/${file.fileId}/${file.revision}`;
  const known = encoders.get(key);
  if (known) return known;
  if (encoders.size >= MAX_FILES) encoders.clear();
  const encoder = createSegmentEncoder(file);
  encoders.set(key, encoder);
  return encoder;
}

parentPort!.on('message', ({ task, file, segment }: ThreadTask) => {
  try {
    const encoded = encoderOf(file)(segment);
    // The memory of the rows moves to the receiver instead of being copied.
    parentPort!.postMessage({ task, encoded } satisfies ThreadAnswer, [encoded.rows.buffer]);
  } catch (error) {
    parentPort!.postMessage({ task, error: error as Error } satisfies ThreadAnswer);
  }
});
