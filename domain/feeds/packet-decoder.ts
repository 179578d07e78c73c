/**
 * The stream of a session into packets, however it is cut into chunks. What cannot be a packet is named with its offset
 * and its first bytes, and nothing behind it is believed: without a length that can be trusted there is no next packet.
 * Memory is bounded by one packet.
 */
import { MAX_PACKET_BYTES } from './packets.ts';
import type { PacketReader } from './read-packet.ts';

/** How many bytes of a problem are kept to be shown. */
const SHOWN_BYTES = 16;
/** Bytes of length and type, with which it is known whether something can be a packet. */
const HEAD = 3;

export type PacketProblem = {
  /**
   * A length of 0; a length over the maximum; a type that this side does not send; a length that a packet of its type
   * does not have; a field that is not written as it must be; an end in the middle of a packet.
   */
  readonly kind: 'no-length' | 'too-long' | 'unknown-type' | 'wrong-length' | 'wrong-field' | 'cut-off';
  /** Of the packet in the stream, in bytes. */
  readonly offset: number;
  /** The length that the packet announces, type included; null where not even that has come. */
  readonly length: number | null;
  /** The first bytes of the packet, length included. */
  readonly bytes: Uint8Array;
};

export type PacketDecoder<Packet> = {
  /**
   * Takes the next bytes and hands out every packet that they complete.
   * @returns what is wrong, from then on for ever; null while all is well
   */
  push(chunk: Uint8Array, emit: (packet: Packet) => void): PacketProblem | null;
  /** Ends the stream: what is wrong with where it ends. */
  end(): PacketProblem | null;
  /** Bytes that wait for the rest of their packet. */
  readonly pending: number;
};

/** Makes the decoder of one side's packets. @param maxLength of a packet without its two bytes of length */
export function createPacketDecoder<Packet>(
  reader: PacketReader<Packet>,
  maxLength: number = MAX_PACKET_BYTES,
): PacketDecoder<Packet> {
  const head = new Uint8Array(HEAD);
  /** Bytes of the present packet that have come. */
  let have = 0;
  let body: Uint8Array<ArrayBuffer> | null = null;
  let offset = 0;
  let problem: PacketProblem | null = null;

  const fail = (kind: PacketProblem['kind']): PacketProblem => {
    const first = [...head.subarray(0, have), ...(body?.subarray(0, Math.max(0, have - HEAD)) ?? [])];
    const length = have < 2 ? null : lengthOf(head);
    problem = { kind, offset, length, bytes: Uint8Array.from(first.slice(0, SHOWN_BYTES)) };
    body = null;
    return problem;
  };

  /** Whether what has come of the head can be one; the length is looked at before the type. */
  const findHeadProblem = (): PacketProblem['kind'] | null => {
    if (have < 2) return null;
    const length = lengthOf(head);
    if (length === 0) return 'no-length';
    if (length > maxLength) return 'too-long';
    if (have < HEAD) return null;
    const lengths = reader.lengthsOf(head[2]!);
    if (lengths === null) return 'unknown-type';
    return length < lengths.min || length > lengths.max ? 'wrong-length' : null;
  };

  return {
    push(chunk, emit) {
      if (problem !== null) return problem;
      let at = 0;
      for (;;) {
        while (have < HEAD) {
          if (at === chunk.length) return null;
          head[have] = chunk[at]!;
          have += 1;
          at += 1;
          const kind = findHeadProblem();
          if (kind !== null) return fail(kind);
        }
        const length = lengthOf(head);
        body ??= new Uint8Array(length - 1);
        const filled = have - HEAD;
        const part = chunk.subarray(at, at + body.length - filled);
        body.set(part, filled);
        at += part.length;
        have += part.length;
        if (have - HEAD < body.length) return null;
        const packet = reader.read(head[2]!, body);
        if (packet === null) return fail('wrong-field');
        offset += have;
        have = 0;
        body = null;
        emit(packet);
      }
    },
    end: () => problem ?? (have === 0 ? null : fail('cut-off')),
    get pending() {
      return have;
    },
  };
}

const lengthOf = (head: Uint8Array): number => (head[0]! << 8) | head[1]!;
