/** Where two text files differ first, read side by side. */
import { createReadStream } from 'node:fs';

export type LineDifference = {
  /** Number of the line, from 1, and the first byte that differs, from the start of the file. */
  readonly line: number;
  readonly offset: number;
  /** The lines, without their ends, and the first line of each file; null behind the end of a file. */
  readonly one: string | null;
  readonly other: string | null;
  readonly header: string;
};

/**
 * @returns null when they do not differ in a line
 * @throws the system's error when a file cannot be read
 */
export async function findFirstDifference(one: string, other: string): Promise<LineDifference | null> {
  const [left, right] = [readLines(one), readLines(other)];
  let offset = 0;
  let header = '';
  try {
    for (let line = 1; ; line += 1) {
      const [ours, theirs] = [await left.next(), await right.next()];
      const [was, is] = [ours.done ? null : ours.value, theirs.done ? null : theirs.value];
      if (was === null && is === null) return null;
      if (line === 1) header = toText(was ?? '');
      if (was !== is) {
        const at = offset + commonLength(was ?? '', is ?? '');
        return { line, offset: at, one: was && toText(was), other: is && toText(is), header };
      }
      offset += was!.length + 1;
    }
  } finally {
    await left.return(undefined);
    await right.return(undefined);
  }
}

/** Lines without their ends, one character per byte. */
async function* readLines(location: string): AsyncGenerator<string, undefined> {
  let held = '';
  for await (const chunk of createReadStream(location, 'latin1')) {
    held += chunk as string;
    let from = 0;
    for (let at = held.indexOf('\n'); at >= 0; at = held.indexOf('\n', from)) {
      yield held.slice(from, at);
      from = at + 1;
    }
    held = held.slice(from);
  }
  if (held !== '') yield held;
}

const toText = (binary: string): string => Buffer.from(binary, 'latin1').toString('utf8');

function commonLength(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}
