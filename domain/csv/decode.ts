/**
 * From "binary strings" (one character per byte) to text and back. Nearly every record of a swap file is plain
 * ASCII, where both are the same string; only the others come here.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The UTF-8 byte order mark as a binary string. */
export const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** Is every byte in 1..127, so that the binary string is its own decoding? */
export function isPlain(binary: string): boolean {
  for (let index = 0; index < binary.length; index += 1) {
    const code = binary.charCodeAt(index);
    if (code === 0 || code > 127) return false;
  }
  return true;
}

/** Decodes UTF-8 strictly; null when the bytes are not UTF-8. */
export function decodeUtf8(binary: string): string | null {
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Encodes text as UTF-8, one character per byte. */
export function encodeUtf8(text: string): string {
  if (isPlain(text)) return text;
  let binary = '';
  for (const byte of encoder.encode(text)) binary += String.fromCharCode(byte);
  return binary;
}
