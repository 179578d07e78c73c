/**
 * A temporary file for more bytes than memory should hold, written in partitions and read back one at a time. The file
 * has no name, so that the system removes it however the program ends.
 */
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Linux's flag for a file that never has a name; open(2). Node has no constant for it. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/** Bytes that a partition gathers before they are written: a thousand partitions then hold 16 MiB. */
const BLOCK_BYTES = 16 * 1024;

type Partition = {
  /** Null until something is gathered: what is written in large pieces needs none. */
  block: Buffer | null;
  filled: number;
  /** Offset and length of what was written, in order. */
  readonly written: (readonly [offset: number, length: number])[];
};

export type SpillFile = {
  /** Adds bytes behind those that the partition has. */
  append(partition: number, bytes: Buffer): void;
  /** All bytes of a partition, in the order in which they were added. */
  read(partition: number): Buffer;
  /** Gives the file back; the spill file cannot be used after it. */
  close(): void;
};

/**
 * Opens an empty spill file in the system's folder for temporary files.
 * @throws the system's error when it cannot be written; `append` throws it too, as when the disk is full
 */
export function openSpillFile(): SpillFile {
  const descriptor = openNameless(tmpdir());
  const partitions = new Map<number, Partition>();
  let end = 0;

  const write = ({ written }: Partition, bytes: Buffer): void => {
    written.push([end, bytes.length]);
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, end + at);
    end += bytes.length;
  };
  const flush = (partition: Partition): void => {
    if (partition.filled > 0) write(partition, partition.block!.subarray(0, partition.filled));
    partition.filled = 0;
  };
  const partitionOf = (number: number): Partition => {
    const known = partitions.get(number);
    if (known) return known;
    const made: Partition = { block: null, filled: 0, written: [] };
    partitions.set(number, made);
    return made;
  };

  return {
    append(number, bytes) {
      const partition = partitionOf(number);
      if (partition.filled + bytes.length > BLOCK_BYTES) flush(partition);
      if (bytes.length > BLOCK_BYTES) write(partition, bytes);
      else {
        partition.block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
        bytes.copy(partition.block, partition.filled);
        partition.filled += bytes.length;
      }
    },
    read(number) {
      const partition = partitions.get(number);
      if (!partition) return Buffer.alloc(0);
      flush(partition);
      const bytes = Buffer.allocUnsafeSlow(partition.written.reduce((sum, [, length]) => sum + length, 0));
      let filled = 0;
      for (const [offset, length] of partition.written) {
        for (let at = 0; at < length;) {
          const got = readSync(descriptor, bytes, filled + at, length - at, offset + at);
          if (got === 0) throw new Error('a spill file is shorter than what was written to it');
          at += got;
        }
        filled += length;
      }
      return bytes;
    },
    close: () => closeSync(descriptor),
  };
}

function openNameless(folder: string): number {
  try {
    return openSync(folder, constants.O_RDWR | O_TMPFILE, 0o600);
  } catch {
    // Some file systems know no such files: there it has a name for a moment.
    const own = mkdtempSync(path.join(folder, 'tain-spill-'));
    try {
      return openSync(path.join(own, 'spill'), 'wx+', 0o600);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  }
}
