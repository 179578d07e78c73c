/**
 * The packets of a TCP session feed, in the manner of SoupBinTCP 4: two bytes of length (big-endian, of what follows),
 * one byte of type, the body. Sequence numbers are counted, not sent: the server names the first one when it accepts a
 * login, and every sequenced packet behind it has the next one.
 *
 * They are numbers, not bigints: ten thousand messages a second take 28,000 years to leave the safe integers, and
 * numbers go through JSON and arithmetic as they are. A server that names a larger one is a problem with a name.
 */

/** Length of a packet behind its two bytes of length, at most: what two bytes can say. */
export const MAX_PACKET_BYTES = 0xffff;
/** Bytes of a message in a packet, at most. */
export const MAX_MESSAGE_BYTES = MAX_PACKET_BYTES - 1;

/** Widths of the fields of text, in bytes. Source: SoupBinTCP 4.00. */
export const WIDTHS = { user: 6, password: 10, session: 10, sequence: 20 } as const;

/**
 * Why a server refuses a login: not authorised, no such session (both of SoupBinTCP), or, our own, that the session is
 * being read by somebody else.
 */
export const REJECTIONS = { A: 'not-authorised', S: 'session-unavailable', B: 'session-in-use' } as const;
export type RejectionCode = keyof typeof REJECTIONS;

export type LoginRequest = {
  readonly user: string;
  readonly password: string;
  /** Blank: whichever session is on. */
  readonly session: string;
  /** The next sequence number that is wanted; 0: only what is new. */
  readonly sequence: number;
};

export type ServerPacket =
  | { readonly type: 'login-accepted'; readonly session: string; readonly sequence: number }
  /** The code as the server sent it, one character; `REJECTIONS` has those that are known. */
  | { readonly type: 'login-rejected'; readonly code: string }
  | { readonly type: 'sequenced'; readonly message: Uint8Array }
  | { readonly type: 'unsequenced'; readonly message: Uint8Array }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'debug'; readonly message: Uint8Array }
  | { readonly type: 'end-of-session' };

export type ClientPacket =
  | ({ readonly type: 'login-request' } & LoginRequest)
  | { readonly type: 'unsequenced'; readonly message: Uint8Array }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'debug'; readonly message: Uint8Array }
  | { readonly type: 'logout' };

/** The byte of type by the name of the packet. */
export const SERVER_TYPES = {
  'login-accepted': 'A',
  'login-rejected': 'J',
  sequenced: 'S',
  unsequenced: 'U',
  heartbeat: 'H',
  debug: '+',
  'end-of-session': 'Z',
} as const satisfies Record<ServerPacket['type'], string>;

export const CLIENT_TYPES = {
  'login-request': 'L',
  unsequenced: 'U',
  heartbeat: 'R',
  debug: '+',
  logout: 'O',
} as const satisfies Record<ClientPacket['type'], string>;
