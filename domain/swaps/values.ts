/** Values of a stored record, parsed again from its raw bytes: what is stored is the truth, this is a view of it. */
import { isPlain } from '../csv/decode.ts';
import type { Layout } from './header.ts';
import { readFields } from './judge.ts';
import { createHeaderFinder } from './read-file.ts';

const BLANK_EDGES = /^[\r\n]+|[\r\n]+$/g;

/** Text of a stored slice: without the line breaks around it. */
export function textOfSlice(slice: string): string {
  return slice.replaceAll(BLANK_EDGES, '');
}

/**
 * Layout of a file from its stored header slice.
 * @throws Error when the slice is no header: it was one when it was stored
 */
export function readStoredHeader(slice: string): Layout {
  const finder = createHeaderFinder(() => {
    throw new Error('A header that was stored is never too long.');
  });
  const header = finder.push(slice) ?? finder.end();
  if ('code' in header) throw new Error(`The stored header cannot be read: ${header.code}`);
  return header.layout;
}

/** Values that are not blank, by slot; a repeatable element gives a list. Null when the record has no fields to read. */
export function readRecordValues(slice: string, layout: Layout): Record<string, string | string[]> | null {
  const text = textOfSlice(slice);
  const read = readFields(text, isPlain(text), layout);
  if (!('fields' in read)) return null;
  const values: Record<string, string | string[]> = {};
  for (const { index, slot, element } of layout.columns) {
    const cell = read.fields[index];
    if (slot === null || !cell) continue;
    values[slot] = element?.repeatable ? cell.split(';') : cell;
  }
  return values;
}
