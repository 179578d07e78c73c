/** A strict look at UTF-8 that comes in blocks, a few bytes of a character here and the rest there. */
import { isAscii, isUtf8 } from 'node:buffer';

/** Longest character, in bytes. */
const MAX_CHARACTER = 4;

export type Utf8Check = {
  /** Takes the next block; returns the offset in the whole of the first byte that is no UTF-8, or -1. */
  push(block: Buffer): number;
  /** Ends the input: -1, or the offset of a character that was cut off. */
  end(): number;
};

export function createUtf8Check(): Utf8Check {
  let offset = 0;
  /** The beginning of a character at the end of the last block. */
  let open = Buffer.alloc(0);

  return {
    push(block) {
      if (open.length === 0 && isAscii(block)) {
        offset += block.length;
        return -1;
      }
      const data = Buffer.concat([open, block]);
      const start = offset - open.length;
      offset += block.length;
      const whole = data.length - lengthOfOpenEnd(data);
      if (!isUtf8(data.subarray(0, whole))) return start + findInvalid(data.subarray(0, whole));
      open = data.subarray(whole);
      return -1;
    },
    end: () => (open.length === 0 ? -1 : offset - open.length),
  };
}

/** Bytes at the end that begin a character whose rest may be in the next block. */
export function lengthOfOpenEnd(data: Buffer): number {
  for (let length = 1; length < MAX_CHARACTER && length <= data.length; length += 1) {
    const byte = data[data.length - length]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return length < characterLength(byte) ? length : 0;
  }
  return 0;
}

const characterLength = (first: number): number => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2);

/** Offset of the first byte that is no UTF-8. Only called when there is one: it looks at one character at a time. */
function findInvalid(data: Buffer): number {
  let at = 0;
  while (at < data.length) {
    const length = data[at]! < 0x80 ? 1 : characterLength(data[at]!);
    if (!isUtf8(data.subarray(at, at + length))) break;
    at += length;
  }
  return at;
}
