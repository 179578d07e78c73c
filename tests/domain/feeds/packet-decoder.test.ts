import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeClientPacket, encodeServerPacket } from '../../../domain/feeds/encode-packet.ts';
import { createPacketDecoder, type PacketProblem } from '../../../domain/feeds/packet-decoder.ts';
import { MAX_MESSAGE_BYTES, type ServerPacket } from '../../../domain/feeds/packets.ts';
import { CLIENT_PACKETS, SERVER_PACKETS, type PacketReader } from '../../../domain/feeds/read-packet.ts';
import { clientPacket, cutAt, serverPacket } from './packets.ts';

function decode<Packet>(chunks: readonly Uint8Array[], reader: PacketReader<Packet>, max?: number) {
  const packets: Packet[] = [];
  const decoder = createPacketDecoder(reader, max);
  let problem: PacketProblem | null = null;
  for (const chunk of chunks) problem = decoder.push(chunk, (packet) => packets.push(packet));
  return { packets, problem: problem ?? decoder.end() };
}

const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const MESSAGE: ServerPacket = { type: 'sequenced', message: bytesOf('{}') };
const places = fc.array(fc.nat(), { maxLength: 40 });

describe('packets', () => {
  it('of a server are the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(serverPacket, { maxLength: 12 }), places, (packets, cuts) => {
        const stream = joined(packets.map(encodeServerPacket));
        expect(decode(cutAt(stream, cuts), SERVER_PACKETS)).toEqual({ packets, problem: null });
      }),
    );
  });

  it('of a client are the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(clientPacket, { maxLength: 12 }), places, (packets, cuts) => {
        const stream = joined(packets.map(encodeClientPacket));
        expect(decode(cutAt(stream, cuts), CLIENT_PACKETS)).toEqual({ packets, problem: null });
      }),
    );
  });

  it('are read or refused, never fallen over, and alike for every chunking', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(fc.constantFrom(0, 1, 2, 31, 47, 65, 72, 74, 83, 85, 90), { maxLength: 120 })
        .map((one) => Uint8Array.from(one)),
    );
    fc.assert(
      fc.property(bytes, places, (stream, cuts) => {
        for (const reader of [SERVER_PACKETS, CLIENT_PACKETS] as PacketReader<unknown>[]) {
          const whole = decode([stream], reader);
          expect(decode(cutAt(stream, cuts), reader).packets).toEqual(whole.packets);
          const cut = decode(cutAt(stream, cuts), reader).problem;
          expect([cut?.kind, cut?.offset]).toEqual([whole.problem?.kind, whole.problem?.offset]);
        }
      }),
    );
  });

  it('do not share memory with the chunks that they came in', () => {
    const chunk = encodeServerPacket(MESSAGE);
    const { packets } = decode([chunk], SERVER_PACKETS);
    chunk.fill(0);

    expect(packets).toEqual([MESSAGE]);
  });

  it('hold 65534 bytes of message and no more', () => {
    const full = { type: 'sequenced' as const, message: new Uint8Array(MAX_MESSAGE_BYTES) };

    expect(decode([encodeServerPacket(full)], SERVER_PACKETS).packets).toEqual([full]);
    expect(() => encodeServerPacket({ ...full, message: new Uint8Array(MAX_MESSAGE_BYTES + 1) })).toThrow(
      RangeError,
    );
    expect(() => encodeServerPacket({ type: 'login-accepted', session: 'x', sequence: -1 })).toThrow(
      RangeError,
    );
    expect(() =>
      encodeServerPacket({ type: 'login-accepted', session: 'elevencharacters', sequence: 1 }),
    ).toThrow(RangeError);
  });
});

describe('what is no packet', () => {
  const accepted = (sequence: string) =>
    joined([Uint8Array.of(0, 31), bytesOf(`A${' '.repeat(10)}${sequence.padStart(20)}`)]);

  test.each<[PacketProblem['kind'], string, Uint8Array]>([
    ['no-length', 'a length of zero', Uint8Array.of(0, 0, 83)],
    // 100 MB announced with four bytes: to a reader of two, a packet of a type that does not exist.
    ['unknown-type', 'a prefix of four bytes', Uint8Array.of(0x06, 0x40, 0x00, 0x00)],
    ['unknown-type', 'text', bytesOf('HTTP/1.1 400 Bad Request')],
    ['too-long', 'a packet over the limit', Uint8Array.of(0xff, 0xff)],
    ['wrong-length', 'a heartbeat with a body', Uint8Array.of(0, 2, 72, 1)],
    ['wrong-length', 'a login without its fields', Uint8Array.of(0, 3, 65, 32, 32)],
    ['wrong-field', 'a sequence that is no number', accepted('0x10')],
    ['wrong-field', 'a sequence that is no safe integer', accepted('9007199254740993')],
    ['cut-off', 'an end in the middle', Uint8Array.of(0, 9, 83, 123)],
    ['cut-off', 'an end in the length', Uint8Array.of(0)],
  ])('is named %s: %s', (kind, _, garbage) => {
    const before = encodeServerPacket(MESSAGE);
    const { packets, problem } = decode([joined([before, garbage])], SERVER_PACKETS, 60_000);

    expect(packets).toEqual([MESSAGE]);
    expect(problem).toMatchObject({ kind, offset: before.length });
    expect([...problem!.bytes]).toEqual([...garbage.subarray(0, problem!.bytes.length)]);
  });

  it('ends the stream: nothing behind it is believed, and nothing is kept', () => {
    const decoder = createPacketDecoder(SERVER_PACKETS);
    const seen: unknown[] = [];
    const first = decoder.push(Uint8Array.of(0, 0), (packet) => seen.push(packet));

    expect(decoder.push(encodeServerPacket(MESSAGE), (packet) => seen.push(packet))).toBe(first);
    expect(decoder.end()).toBe(first);
    expect(seen).toEqual([]);
  });
});
