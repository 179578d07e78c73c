/**
 * Keeps the output of a program within bounds. The program writes to the file itself, so that it never waits for
 * anybody and outlives its runner; when the file has half of the limit, its end is set aside as `<file>.1` and the
 * file is emptied under the program, which appends. What is kept is the end of the output, at least half a limit of
 * it; that something is missing is said in the first line of `<file>.1`.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import type { OutputCount } from '../../contracts/job-run.ts';

const BLOCK_BYTES = 1024 * 1024;
/** How often the end is copied anew because more came meanwhile. */
const MOST_ROUNDS = 5;
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

  const setAside = (fd: number, seen: number): void => {
    let size = seen;
    try {
      // The last that a program says comes while the rest is copied. One that writes on and on is not waited for.
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        keep(fd, Math.max(0, size - half), size);
        const now = fstatSync(fd).size;
        if (now === size) break;
        if (round + 1 < MOST_ROUNDS) size = now;
      }
      const from = Math.max(0, size - half);
      dropped += aside + from;
      aside = size - from;
    } catch {
      // There is no room: what is set aside already stays, and this is let go, or it would grow without end.
      dropped += size;
    }
    // What came meanwhile goes with the rest.
    dropped += Math.max(0, fstatSync(fd).size - size);
    ftruncateSync(fd, 0);
  };

  const keep = (fd: number, from: number, to: number): void => {
    const part = `${olderOutput(file)}.part`;
    const target = openSync(part, 'w', 0o600);
    try {
      if (dropped + aside + from > 0) writeSync(target, noteOf(dropped + aside + from, limitBytes));
      copy(fd, target, from, to);
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

function copy(from: number, to: number, start: number, end: number): void {
  const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, end - start));
  for (let at = start; at < end;) {
    const bytes = readSync(from, buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytes === 0) return;
    writeSync(to, buffer, 0, bytes);
    at += bytes;
  }
}
