/** Packets of both sides, for property tests. */
import fc from 'fast-check';
import type { ClientPacket, ServerPacket } from '../../../domain/feeds/packets.ts';

const word = (max: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9]{0,${max}}$`));
const sequence = fc.maxSafeNat();
const message = fc.uint8Array({ maxLength: 300 });

export const serverPacket: fc.Arbitrary<ServerPacket> = fc.oneof(
  fc.record({ type: fc.constant('login-accepted' as const), session: word(10), sequence }),
  fc.record({ type: fc.constant('login-rejected' as const), code: fc.constantFrom('A', 'S', 'B', '?') }),
  fc.record({
    type: fc.constantFrom('sequenced' as const, 'unsequenced' as const, 'debug' as const),
    message,
  }),
  fc.record({ type: fc.constantFrom('heartbeat' as const, 'end-of-session' as const) }),
);

export const clientPacket: fc.Arbitrary<ClientPacket> = fc.oneof(
  fc.record({
    type: fc.constant('login-request' as const),
    user: word(6),
    password: word(10),
    session: word(10),
    sequence,
  }),
  fc.record({ type: fc.constantFrom('unsequenced' as const, 'debug' as const), message }),
  fc.record({ type: fc.constantFrom('heartbeat' as const, 'logout' as const) }),
);

/** Bytes cut at some places. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (one, other) => one - other,
  );
  return [0, ...ends].map((start, at) => bytes.slice(start, ends[at] ?? bytes.length));
}
