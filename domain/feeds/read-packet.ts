/** The body of a packet into what it says. Nothing here throws, whatever the bytes are. */
import { CLIENT_TYPES, SERVER_TYPES, WIDTHS, type ClientPacket, type ServerPacket } from './packets.ts';

/** How packets of one side are read. */
export type PacketReader<Packet> = {
  /** Lengths, type included, that a packet of a type may have; null where there is no such type. */
  lengthsOf(type: number): { readonly min: number; readonly max: number } | null;
  /** What a body says behind its type; null when a field is not written as it must be. */
  read(type: number, body: Uint8Array): Packet | null;
};

const PRINTABLE = /^[\x20-\x7e]*$/;
const codeOf = (type: string): number => type.charCodeAt(0);
const exactly = (body: number) => ({ min: body + 1, max: body + 1 });
const ANY = { min: 1, max: Infinity };

const SERVER_LENGTHS = new Map([
  [codeOf(SERVER_TYPES['login-accepted']), exactly(WIDTHS.session + WIDTHS.sequence)],
  [codeOf(SERVER_TYPES['login-rejected']), exactly(1)],
  [codeOf(SERVER_TYPES.sequenced), ANY],
  [codeOf(SERVER_TYPES.unsequenced), ANY],
  [codeOf(SERVER_TYPES.debug), ANY],
  [codeOf(SERVER_TYPES.heartbeat), exactly(0)],
  [codeOf(SERVER_TYPES['end-of-session']), exactly(0)],
]);

const CLIENT_LENGTHS = new Map([
  [
    codeOf(CLIENT_TYPES['login-request']),
    exactly(WIDTHS.user + WIDTHS.password + WIDTHS.session + WIDTHS.sequence),
  ],
  [codeOf(CLIENT_TYPES.unsequenced), ANY],
  [codeOf(CLIENT_TYPES.debug), ANY],
  [codeOf(CLIENT_TYPES.heartbeat), exactly(0)],
  [codeOf(CLIENT_TYPES.logout), exactly(0)],
]);

/** Reads what a server sends. */
export const SERVER_PACKETS: PacketReader<ServerPacket> = {
  lengthsOf: (type) => SERVER_LENGTHS.get(type) ?? null,
  read(type, body) {
    switch (String.fromCharCode(type)) {
      case SERVER_TYPES['login-accepted']: {
        const [session, digits] = fieldsOf(body, [WIDTHS.session, WIDTHS.sequence]);
        const sequence = readSequence(digits!);
        // A name that cannot be sent back could never be logged in to again.
        if (sequence === null || !PRINTABLE.test(session!)) return null;
        return { type: 'login-accepted', session: session!.trim(), sequence };
      }
      case SERVER_TYPES['login-rejected']:
        return { type: 'login-rejected', code: textOf(body) };
      case SERVER_TYPES.sequenced:
        return { type: 'sequenced', message: body };
      case SERVER_TYPES.unsequenced:
        return { type: 'unsequenced', message: body };
      case SERVER_TYPES.debug:
        return { type: 'debug', message: body };
      case SERVER_TYPES.heartbeat:
        return { type: 'heartbeat' };
      case SERVER_TYPES['end-of-session']:
        return { type: 'end-of-session' };
      default:
        return null;
    }
  },
};

/** Reads what a client sends. */
export const CLIENT_PACKETS: PacketReader<ClientPacket> = {
  lengthsOf: (type) => CLIENT_LENGTHS.get(type) ?? null,
  read(type, body) {
    switch (String.fromCharCode(type)) {
      case CLIENT_TYPES['login-request']: {
        const { user, password, session, sequence } = WIDTHS;
        const fields = fieldsOf(body, [user, password, session, sequence]).map((field) => field.trim());
        const wanted = readSequence(fields[3]!);
        if (wanted === null) return null;
        return {
          type: 'login-request',
          user: fields[0]!,
          password: fields[1]!,
          session: fields[2]!,
          sequence: wanted,
        };
      }
      case CLIENT_TYPES.unsequenced:
        return { type: 'unsequenced', message: body };
      case CLIENT_TYPES.debug:
        return { type: 'debug', message: body };
      case CLIENT_TYPES.heartbeat:
        return { type: 'heartbeat' };
      case CLIENT_TYPES.logout:
        return { type: 'logout' };
      default:
        return null;
    }
  },
};

/** Digits with blanks around them; null for anything else, and for what is no safe integer. */
function readSequence(field: string): number | null {
  if (!/^ *\d+ *$/.test(field)) return null;
  const sequence = Number(field);
  return Number.isSafeInteger(sequence) ? sequence : null;
}

/** Fields of fixed width, one after the other; a body that is too short gives blank ones. */
function fieldsOf(body: Uint8Array, widths: readonly number[]): string[] {
  let at = 0;
  return widths.map((width) => {
    at += width;
    return textOf(body.subarray(at - width, at));
  });
}

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
