/** Looking lines up in a file that may be long, by what they begin with or by their number. */
import type { FileHandle } from 'node:fs/promises';
import { readBlocks, withFile } from './file-blocks.ts';

/** Longest beginning of a line that is looked at, in bytes. */
const BEGINNING_BYTES = 64;
const LINE_BREAK = 10;

/**
 * The lines that begin with one of these texts and a comma.
 * @param beginnings ASCII, shorter than 64 characters
 * @returns the number of the line, from 1, by its beginning; reads no further than the last that is found
 * @throws TainError file.vanished, file.unreadable
 */
export async function findLines(
  location: string,
  beginnings: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await withFile(location, null, (handle) =>
    eachBeginning(handle, (beginning, line) => {
      const field = beginning.split(',', 1)[0]!;
      if (beginnings.has(field)) found.set(field, line);
      return found.size < beginnings.size;
    }),
  );
  return found;
}

/**
 * The first fields of some lines, in order.
 * @param from number of the first line, from 1
 * @throws TainError file.vanished, file.unreadable
 */
export async function firstFields(
  location: string,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<string[]> {
  const fields: string[] = [];
  await withFile(location, null, (handle) =>
    eachBeginning(handle, (beginning, line) => {
      if (line >= from) fields.push(beginning.split(',', 1)[0]!);
      return fields.length < count;
    }),
  );
  return fields;
}

/** Hands out what each line begins with, while `take` wants more. */
async function eachBeginning(
  handle: FileHandle,
  take: (beginning: string, line: number) => boolean,
): Promise<void> {
  let line = 1;
  let beginning = '';
  let isOpen = false;
  for await (const block of readBlocks(handle, 0)) {
    for (let at = 0; at < block.length;) {
      const end = block.indexOf(LINE_BREAK, at);
      const until = end < 0 ? block.length : end;
      const missing = BEGINNING_BYTES - beginning.length;
      if (missing > 0) beginning += block.toString('latin1', at, Math.min(until, at + missing));
      isOpen = true;
      at = until + 1;
      if (end < 0) continue;
      if (!take(beginning, line)) return;
      [line, beginning, isOpen] = [line + 1, '', false];
    }
  }
  if (isOpen) take(beginning, line);
}
