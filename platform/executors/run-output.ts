/**
 * What is kept of the output of a run, while it runs and when it was collected. Bytes are numbered from the first that the
 * program ever wrote, so that a place in it stays what it is when older output is set aside or dropped.
 */
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { OutputCount } from '../../contracts/job-run.ts';
import { olderOutput, readDroppedNote } from './output-limit.ts';

/** A file of it: from byte `from` of the output on, which is byte `at` of the file, to before byte `to`. */
type OutputPart = { readonly file: string; readonly at: number; readonly from: number; readonly to: number };

export type RunOutput = {
  /** The first byte that is kept, and the number of bytes that there were: from there on it goes on. */
  readonly first: number;
  readonly end: number;
  readonly parts: readonly OutputPart[];
};

/** Longer than the first line of a file of older output that says how much is missing. */
const NOTE_BYTES = 256;

/**
 * @param folders in which it may lie, the first that has it counts
 * @returns null when none has it
 */
export async function findOutput(
  folders: readonly string[],
  stream: 'stdout' | 'stderr',
): Promise<RunOutput | null> {
  for (const folder of folders) {
    const file = path.join(folder, `${stream}.log`);
    const size = await sizeOf(file);
    if (size === null) continue;
    const older = olderOutput(file);
    const olderSize = await sizeOf(older);
    if (olderSize === null) return { first: 0, end: size, parts: [{ file, at: 0, from: 0, to: size }] };
    const { dropped, noteBytes } = readDroppedNote(await readAt(older, 0, NOTE_BYTES));
    const turn = dropped + olderSize - noteBytes;
    return {
      ...{ first: dropped, end: turn + size },
      parts: [
        { file: older, at: noteBytes, from: dropped, to: turn },
        { file, at: 0, from: turn, to: turn + size },
      ],
    };
  }
  return null;
}

/** The end of what is kept of the standard output, at most so many bytes; '' when there is none. */
export async function tailOutput(folder: string, bytes: number): Promise<string> {
  const output = await findOutput([folder], 'stdout');
  if (output === null) return '';
  const from = Math.max(output.first, output.end - bytes);
  return (await readOutput(output, from, bytes)).toString('utf8');
}

/** How much standard output there was, and how much of it is not kept. */
export async function countOutput(folder: string): Promise<OutputCount> {
  const output = await findOutput([folder], 'stdout');
  return { bytes: output?.end ?? 0, dropped: output?.first ?? 0 };
}

/** Bytes from one on, at most so many; fewer at the end. */
export async function readOutput({ parts }: RunOutput, from: number, most: number): Promise<Buffer> {
  const blocks: Buffer[] = [];
  let at = from;
  for (const part of parts) {
    const count = Math.min(from + most, part.to) - at;
    if (at < part.from || count <= 0) continue;
    const block = await readAt(part.file, part.at + at - part.from, count);
    blocks.push(block);
    at += block.length;
    if (block.length < count) break;
  }
  return Buffer.concat(blocks);
}

/** The whole of it, or some, block by block. */
export async function* streamOutput(output: RunOutput, first: number, last: number): AsyncGenerator<Buffer> {
  for (let at = first; at <= last;) {
    const block = await readOutput(output, at, Math.min(BLOCK_BYTES, last - at + 1));
    // It was set aside meanwhile.
    if (block.length === 0) return;
    yield block;
    at += block.length;
  }
}

const BLOCK_BYTES = 256 * 1024;

const sizeOf = (file: string): Promise<number | null> =>
  stat(file).then(
    ({ size }) => size,
    () => null,
  );

async function readAt(file: string, at: number, most: number): Promise<Buffer> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(most), 0, most, at);
    return buffer.subarray(0, bytesRead);
  } catch {
    // It was removed in this moment: whoever asks looks again.
    return Buffer.alloc(0);
  } finally {
    await handle?.close();
  }
}
