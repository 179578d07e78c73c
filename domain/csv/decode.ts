/**
 * From "binary strings" (one character per byte) to text and back. Nearly every record of a swap file is plain
 * ASCII, where both are the same string; only the others come here.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossyDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
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

function toBytes(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

/** Decodes UTF-8 strictly; null when the bytes are not UTF-8. */
export function decodeUtf8(binary: string): string | null {
  try {
    return decoder.decode(toBytes(binary));
  } catch {
    return null;
  }
}

/** Decodes for a person: what is not UTF-8 becomes U+FFFD. */
export function decodeLossy(binary: string): string {
  return lossyDecoder.decode(toBytes(binary));
}

/** Encodes text as UTF-8, one character per byte. */
export function encodeUtf8(text: string): string {
  if (isPlain(text)) return text;
  let binary = '';
  for (const byte of encoder.encode(text)) binary += String.fromCharCode(byte);
  return binary;
}
