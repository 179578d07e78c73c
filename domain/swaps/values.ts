/** Values of a stored record, parsed again from its raw bytes: what is stored is the truth, this is a view of it. */
import { skipBlankLines } from '../csv/blank-lines.ts';
import { isPlain } from '../csv/decode.ts';
import { isReturnColumn } from './column-slots.ts';
import type { Layout } from './header.ts';
import { readFields } from './judge.ts';
import { createHeaderFinder } from './read-file.ts';

/**
 * Text of a stored slice, the very text that the splitter handed to the judge: without the line break that ends it, the
 * blank lines behind it and, in the first slice of a file, before it. Any other carriage return belongs to the text.
 */
export function textOfSlice(slice: string): string {
  const start = skipBlankLines(slice, 0).end;
  const lineBreak = slice.indexOf('\n', start);
  if (lineBreak < 0) return slice.slice(start);
  const end = lineBreak > start && slice[lineBreak - 1] === '\r' ? lineBreak - 1 : lineBreak;
  return slice.slice(start, end);
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
  for (const column of layout.columns) {
    const { index, slot, element } = column;
    const cell = read.fields[index];
    if (slot === null || !cell || isReturnColumn(column)) continue;
    values[slot] = element?.repeatable ? cell.split(';') : cell;
  }
  return values;
}
