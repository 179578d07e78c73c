/** Packets into bytes. */
import {
  CLIENT_TYPES,
  MAX_MESSAGE_BYTES,
  SERVER_TYPES,
  WIDTHS,
  type ClientPacket,
  type ServerPacket,
} from './packets.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * The bytes of a packet from the server.
 * @throws RangeError when a field or the message does not fit: the caller's mistake, never the other side's
 */
export function encodeServerPacket(packet: ServerPacket): Uint8Array<ArrayBuffer> {
  const type = SERVER_TYPES[packet.type];
  switch (packet.type) {
    case 'login-accepted':
      return frame(
        type,
        ascii(
          padLeft(packet.session, WIDTHS.session) + padLeft(formatSequence(packet.sequence), WIDTHS.sequence),
        ),
      );
    case 'login-rejected':
      return frame(type, ascii(padRight(packet.code, 1)));
    case 'sequenced':
    case 'unsequenced':
    case 'debug':
      return frame(type, packet.message);
    case 'heartbeat':
    case 'end-of-session':
      return frame(type, NO_BYTES);
  }
}

/**
 * The bytes of a packet from the client.
 * @throws RangeError when a field or the message does not fit
 */
export function encodeClientPacket(packet: ClientPacket): Uint8Array<ArrayBuffer> {
  const type = CLIENT_TYPES[packet.type];
  switch (packet.type) {
    case 'login-request':
      return frame(
        type,
        ascii(
          padRight(packet.user, WIDTHS.user) +
            padRight(packet.password, WIDTHS.password) +
            padLeft(packet.session, WIDTHS.session) +
            padLeft(formatSequence(packet.sequence), WIDTHS.sequence),
        ),
      );
    case 'unsequenced':
    case 'debug':
      return frame(type, packet.message);
    case 'heartbeat':
    case 'logout':
      return frame(type, NO_BYTES);
  }
}

function frame(type: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  if (body.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`A packet holds ${MAX_MESSAGE_BYTES} bytes, not ${body.length}.`);
  }
  const length = body.length + 1;
  const bytes = new Uint8Array(length + 2);
  bytes[0] = length >> 8;
  bytes[1] = length & 0xff;
  bytes[2] = type.charCodeAt(0);
  bytes.set(body, 3);
  return bytes;
}

function formatSequence(sequence: number): string {
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new RangeError(`${sequence} is no sequence number.`);
  }
  return String(sequence);
}

const padLeft = (text: string, width: number): string => checkWidth(text, width).padStart(width);
const padRight = (text: string, width: number): string => checkWidth(text, width).padEnd(width);

function checkWidth(text: string, width: number): string {
  if (text.length > width || !/^[\x20-\x7e]*$/.test(text)) {
    throw new RangeError(`A field of ${width} printable characters cannot hold this text.`);
  }
  return text;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
