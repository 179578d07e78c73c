/**
 * What goes to a repository over a session, as the bytes of packets: a message is one JSON object with its elements by
 * key, as a feed has them; behind the last record of a file stands how many there were. Read as well, for whoever is the
 * repository.
 */
import { MAX_MESSAGE_BYTES } from '../feeds/packets.ts';
import type { RecordValues } from '../swaps/record-content.ts';

export type OutgoingMessage = {
  /** Id of the message. */
  readonly message: string;
  /** Name of the file that it is a record of, and its number in it; null for what leaves at once. */
  readonly file: string | null;
  readonly record: number | null;
  readonly part: 43 | 45;
  /** Values that are not blank, by slot. */
  readonly elements: RecordValues;
};

export type FileEnd = {
  readonly file: string;
  /** Records that were sent of it. */
  readonly end: number;
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
};

export type ReadOutgoing =
  | { readonly kind: 'message'; readonly message: OutgoingMessage }
  | { readonly kind: 'end'; readonly end: FileEnd }
  | { readonly kind: 'unreadable' };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of a message; null when it is longer than a packet can be. */
export function encodeOutgoing(message: OutgoingMessage): Uint8Array | null {
  const { message: id, file, record, part, elements } = message;
  const bytes = encoder.encode(JSON.stringify({ message: id, file, record, part, elements }));
  return bytes.length <= MAX_MESSAGE_BYTES ? bytes : null;
}

/** The bytes that end a file. */
export const encodeFileEnd = ({ file, end, sha256 }: FileEnd): Uint8Array =>
  encoder.encode(JSON.stringify({ file, end, sha256 }));

/** What bytes of a sender say; they may be any. */
export function readOutgoing(bytes: Uint8Array): ReadOutgoing {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return { kind: 'unreadable' };
  }
  if (isEnd(value)) return { kind: 'end', end: value };
  return isMessage(value) ? { kind: 'message', message: value } : { kind: 'unreadable' };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isEnd(value: unknown): value is FileEnd {
  if (!isObject(value)) return false;
  const { file, end, sha256 } = value as Partial<FileEnd>;
  return typeof file === 'string' && Number.isSafeInteger(end) && typeof sha256 === 'string';
}

function isMessage(value: unknown): value is OutgoingMessage {
  if (!isObject(value)) return false;
  const { message, file, record, part, elements } = value as Partial<OutgoingMessage>;
  return (
    typeof message === 'string' &&
    (file === null || typeof file === 'string') &&
    (record === null || Number.isSafeInteger(record)) &&
    (part === 43 || part === 45) &&
    isObject(elements)
  );
}
