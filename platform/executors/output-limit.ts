/**
 * Keeps the output of a program within bounds. The program writes to the file itself, so that it never waits for
 * anybody and outlives its runner; when the file has half of the limit, its end is set aside as `<file>.1` and the
 * file is emptied under the program, which appends. What is kept is the end of the output, at least half a limit of
 * it; that something is missing is said in the first line of `<file>.1`.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import type { OutputCount } from '../../contracts/job-run.ts';

/** How often it is looked whether more came meanwhile. */
const MOST_ROUNDS = 20;
/** Between two looks: a program may write 1 GB/s, one that writes nothing is not worth a look. */
const [SOONEST_MS, LATEST_MS] = [10, 250];

export type OutputLimit = {
  /** Looks once. @returns when to look again, in ms */
  check(): number;
  count(): OutputCount;
};

/** Where the older half of an output lies. */
export const olderOutput = (file: string): string => `${file}.1`;

/**
 * @param limitBytes of what is kept in both files
 * @param before what lies there already: bytes set aside, without the first line of that file, and bytes dropped
 */
export function createOutputLimit(
  file: string,
  limitBytes: number,
  before = { aside: 0, dropped: 0 },
): OutputLimit {
  const half = Math.floor(limitBytes / 2);
  let { aside, dropped } = before;
  let last = { bytes: 0, at: performance.now() };

  const setAside = (fd: number, size: number): void => {
    const from = Math.max(0, size - half);
    const window = readPart(fd, from, size);
    let isKept = true;
    try {
      keep(window, dropped + aside + from);
    } catch {
      // There is no room: what is set aside already stays, and this is let go, or it would grow without end.
      isKept = false;
    }
    const { end, late, isWhole } = readLate(fd, size);
    // What comes from here on, until the file is empty, goes with the rest.
    const lost = Math.max(0, fstatSync(fd).size - end);
    ftruncateSync(fd, 0);
    if (!isKept) {
      dropped += end + lost;
      return;
    }
    let kept: Buffer = isWhole ? Buffer.concat([window, late]).subarray(-half) : late;
    const before = dropped + aside + lost;
    try {
      if (end > size) keep(kept, before + end - kept.length);
    } catch {
      kept = window;
    }
    dropped = before + end - kept.length;
    aside = kept.length;
  };

  /**
   * What came behind a byte, its end at most, read until nothing more comes: the last that a program says is of most use.
   * Each time there is less, as reading is faster than writing.
   */
  const readLate = (fd: number, from: number): { end: number; late: Buffer; isWhole: boolean } => {
    let end = from;
    let late: Buffer = Buffer.alloc(0);
    let isWhole = true;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const size = fstatSync(fd).size;
      if (size <= end) break;
      const start = Math.max(end, size - half);
      const part = readPart(fd, start, size);
      isWhole &&= start === end;
      late = start === end ? Buffer.concat([late, part]).subarray(-half) : part;
      end = size;
    }
    return { end, late, isWhole };
  };

  const keep = (bytes: Buffer, missing: number): void => {
    const part = `${olderOutput(file)}.part`;
    const target = openSync(part, 'w', 0o600);
    try {
      if (missing > 0) writeSync(target, noteOf(missing, limitBytes));
      for (let at = 0; at < bytes.length;) at += writeSync(target, bytes, at);
    } finally {
      closeSync(target);
    }
    renameSync(part, olderOutput(file));
  };

  /** @returns null when somebody removed the file */
  const withFile = <Result>(run: (fd: number) => Result): Result | null => {
    let fd: number;
    try {
      fd = openSync(file, 'r+');
    } catch {
      return null;
    }
    try {
      return run(fd);
    } finally {
      closeSync(fd);
    }
  };

  return {
    check() {
      const pause = withFile((fd) => {
        const { size } = fstatSync(fd);
        const rate = (size - last.bytes) / Math.max(1, performance.now() - last.at);
        if (size > half) setAside(fd, size);
        last = { bytes: size > half ? 0 : size, at: performance.now() };
        return rate <= 0 ? LATEST_MS : Math.min(LATEST_MS, Math.max(SOONEST_MS, half / rate / 4));
      });
      return pause ?? LATEST_MS;
    },
    count: () => ({ bytes: dropped + aside + (withFile((fd) => fstatSync(fd).size) ?? 0), dropped }),
  };
}

const noteOf = (dropped: number, limitBytes: number): string =>
  `[${dropped} bytes of output before this line were dropped: the limit is ${limitBytes}]\n`;

/** What the first line of a file of older output says is missing, and how long that line is; 0 and 0: nothing is. */
export function readDroppedNote(start: Buffer): { readonly dropped: number; readonly noteBytes: number } {
  const match = /^\[(\d{1,15}) bytes of output before this line were dropped: the limit is \d+\]\n/.exec(
    start.toString('latin1'),
  );
  return { dropped: Number(match?.[1] ?? 0), noteBytes: match?.[0].length ?? 0 };
}

function readPart(fd: number, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const got = readSync(fd, bytes, filled, bytes.length - filled, start + filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}
