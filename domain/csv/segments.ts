/**
 * Cutting the bytes of a file where records end, so that the pieces can be read at the same time. Because a line break
 * always ends a record, inside quotes too, the places are seen without reading a single field.
 */
const LF = 10;
const CR = 13;

/** Does a blank line begin at a position? */
const isBlankAt = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF);

/**
 * The last place at which a record is known to begin, 0 when there is none but the start. A CR at the very end may
 * become a blank line and is not believed.
 */
export function findLastCut(bytes: Uint8Array): number {
  for (let at = bytes.lastIndexOf(LF); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(LF, at - 1)) {
    const next = at + 1;
    const isKnown = next < bytes.length && !(bytes[next] === CR && next + 1 === bytes.length);
    if (isKnown && !isBlankAt(bytes, next)) return next;
  }
  return 0;
}

/** Counts the records and lines of bytes that begin with a record and end with one. */
export function countSegment(bytes: Uint8Array): { readonly records: number; readonly lines: number } {
  let records = 1;
  let lines = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    lines += 1;
    if (at + 1 < bytes.length && !isBlankAt(bytes, at + 1)) records += 1;
  }
  return { records, lines: bytes.at(-1) === LF ? lines : lines + 1 };
}
