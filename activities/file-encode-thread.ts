/** A thread that encodes segments, one after the other. It keeps what it knows of the files it met last. */
import type { Registers } from '../domain/cftc/registers.ts';
import { answerTasks } from '../platform/answer-tasks.ts';
import {
  createSegmentEncoder,
  type EncodedFile,
  type EncodedSegment,
  type NumberedSegment,
  type SegmentEncoder,
} from './file-encode-segment.ts';

export type EncodeTask = {
  readonly file: EncodedFile;
  readonly registerVersion: string;
  /** Sent with the first task that needs them; the memory of the LEIs is shared. */
  readonly registers: Registers | null;
  readonly segment: NumberedSegment;
};

const MAX_FILES = 16;

const encoders = new Map<string, SegmentEncoder>();
/** By version: a process meets one, and a few older ones. */
const shelf = new Map<string, Registers>();

function encoderOf({ file, registerVersion, registers }: EncodeTask): SegmentEncoder {
  if (registers) shelf.set(registerVersion, registers);
  const key = `${file.folderDate}/${file.fileId}/${file.revision}`;
  const known = encoders.get(key);
  if (known) return known;
  if (encoders.size >= MAX_FILES) encoders.clear();
  const encoder = createSegmentEncoder(file, shelf.get(registerVersion)!);
  encoders.set(key, encoder);
  return encoder;
}

answerTasks<EncodeTask, EncodedSegment>(
  (task) => encoderOf(task)(task.segment),
  ({ rows }) => [rows.buffer],
);
