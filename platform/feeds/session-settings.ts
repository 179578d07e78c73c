/** How a TCP session feed is reached and how long its sides may be silent. Times are milliseconds. */
export type SessionSettings = {
  /** Name of the feed, for people. */
  readonly feed: string;
  readonly host: string;
  readonly port: number;
  /** At most 6 and 10 printable characters. */
  readonly user: string;
  readonly password: string;
  /** How long connecting and logging in may take. */
  readonly connectMs: number;
  /** How often we say that we are there. */
  readonly heartbeatMs: number;
  /** How long the server may say nothing at all. */
  readonly silenceMs: number;
  /** How long a packet may take from its first byte to its last. */
  readonly packetMs: number;
  /** Pause before the second attempt; it doubles up to `retryMaxMs`. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** Messages that may wait to be read before the socket is read no further. */
  readonly queueMax: number;
  /** Longest packet that is believed, in bytes; at most MAX_PACKET_BYTES. */
  readonly packetMaxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** What is usual between two machines of one network. Source: SoupBinTCP 4.00 (heartbeats each second, 15 seconds). */
export const SESSION_DEFAULTS = {
  connectMs: 10_000,
  heartbeatMs: 1000,
  silenceMs: 15_000,
  packetMs: 15_000,
  retryMs: 100,
  retryMaxMs: 10_000,
  queueMax: 2000,
  packetMaxBytes: 65_535,
  now: Date.now,
} as const;
