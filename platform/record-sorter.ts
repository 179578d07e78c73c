/**
 * Sorts more texts than memory should hold, by a key: runs that fit are sorted, spilled in pieces, and merged. A piece of
 * each run is in memory while they are merged.
 */
import { openSpillFile, type SpillFile } from './spill-file.ts';

/** Characters that a run gathers. */
const RUN_SIZE = 16 * 1024 * 1024;
/** Characters of a piece of a run; above the blocks of the spill file, so that it gathers nothing. */
const PIECE_SIZE = 64 * 1024;

export type SortedText = { readonly key: string; readonly text: string };

export type RecordSorter = {
  /** Takes a text. Keys are printable ASCII. */
  add(key: string, text: string): void;
  /** All that was taken, by key, equal keys in the order in which they came. Nothing can be added behind it. */
  sorted(): Generator<SortedText>;
  /** Gives the temporary file back. */
  close(): void;
};

/**
 * Opens a sorter; it makes a temporary file when there is more than a run.
 * @throws the system's error from `add` and `sorted` when the file cannot be written, as when the disk is full
 */
export function openSorter(runSize = RUN_SIZE, pieceSize = PIECE_SIZE): RecordSorter {
  let run: SortedText[] = [];
  let size = 0;
  let spill: SpillFile | null = null;
  let pieces = 0;
  /** The numbers of the pieces of each run, first and behind the last. */
  const runs: (readonly [from: number, until: number])[] = [];

  const spillRun = (): void => {
    spill ??= openSpillFile();
    const from = pieces;
    let piece: string[] = [];
    let length = 0;
    const write = (): void => {
      spill!.append(pieces, Buffer.from(piece.join('\n'), 'utf8'));
      [piece, length, pieces] = [[], 0, pieces + 1];
    };
    for (const { key, text } of sortRun(run)) {
      const line = JSON.stringify([key, text]);
      piece.push(line);
      length += line.length;
      if (length >= pieceSize) write();
    }
    if (piece.length > 0) write();
    runs.push([from, pieces]);
    [run, size] = [[], 0];
  };

  function* readRun([from, until]: readonly [number, number]): Generator<SortedText> {
    for (let piece = from; piece < until; piece += 1) {
      for (const line of spill!.read(piece).toString('utf8').split('\n')) {
        const [key, text] = JSON.parse(line) as [string, string];
        yield { key, text };
      }
    }
  }

  return {
    add(key, text) {
      run.push({ key, text });
      size += key.length + text.length;
      if (size >= runSize) spillRun();
    },
    *sorted() {
      if (runs.length === 0) return yield* sortRun(run);
      if (run.length > 0) spillRun();
      yield* merge(runs.map(readRun));
    },
    close() {
      spill?.close();
      spill = null;
    },
  };
}

const sortRun = (run: SortedText[]): SortedText[] =>
  run.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));

/** The smallest of what stands first in each, again and again; of equal keys the one of the earlier run. */
function* merge(runs: readonly Generator<SortedText>[]): Generator<SortedText> {
  const heads = runs.flatMap((run) => {
    const first = run.next();
    return first.done ? [] : [{ run, head: first.value }];
  });
  while (heads.length > 0) {
    let least = 0;
    for (let at = 1; at < heads.length; at += 1) if (heads[at]!.head.key < heads[least]!.head.key) least = at;
    const { run, head } = heads[least]!;
    yield head;
    const next = run.next();
    if (next.done) heads.splice(least, 1);
    else heads[least]!.head = next.value;
  }
}
