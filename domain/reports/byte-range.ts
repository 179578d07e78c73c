/** Which bytes of a file a client asks for. Source: RFC 9110, section 14. */

export type ByteRange = { readonly first: number; readonly last: number };

/**
 * Reads a Range header of one range. Several ranges, other units and what cannot be read ask for the whole, as the
 * standard allows.
 * @param header like "bytes=0-99", "bytes=100-" or "bytes=-100"; undefined: the whole is asked for
 * @param size of the file in bytes
 * @returns null for the whole; `unsatisfiable` when the file has none of the bytes
 */
export function readByteRange(header: string | undefined, size: number): ByteRange | null | 'unsatisfiable' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '');
  if (match === null) return null;
  const [, from = '', to = ''] = match;
  if (from === '') {
    if (to === '') return null;
    const count = Math.min(Number(to), size);
    return count === 0 ? 'unsatisfiable' : { first: size - count, last: size - 1 };
  }
  const [first, last] = [Number(from), to === '' ? size - 1 : Number(to)];
  if (to !== '' && last < first) return null;
  return first >= size ? 'unsatisfiable' : { first, last: Math.min(last, size - 1) };
}
