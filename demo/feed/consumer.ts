/** One connection to the simulated feed, as its server sees it. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeServerPacket } from '../../domain/feeds/encode-packet.ts';
import { createPacketDecoder } from '../../domain/feeds/packet-decoder.ts';
import type { ClientPacket, LoginRequest, RejectionCode } from '../../domain/feeds/packets.ts';
import { CLIENT_PACKETS } from '../../domain/feeds/read-packet.ts';
import { drained } from '../../platform/feeds/drained.ts';
import { watchSilence } from '../../platform/feeds/silence-watch.ts';
import type { Disruption, PlannedMessage } from './plan.ts';

const DRIBBLE_PIECES = 8;
const DRIBBLE_PAUSE_MS = 2;
/** 100 MB with a prefix of four bytes, as feeds with longer packets have it. */
const HUGE = Uint8Array.of(0x06, 0x40, 0x00, 0x00);
const GARBAGE = Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n');

export type Consumer = {
  readonly accept: (session: string, sequence: number) => void;
  readonly reject: (code: RejectionCode) => void;
  /** Sends a message; false when the connection is of no use from then on. */
  readonly send: (message: Pick<PlannedMessage, 'bytes'>, disruption: Disruption | null) => Promise<boolean>;
  readonly endSession: () => void;
  readonly destroy: () => void;
};

export type ConsumerEvents = {
  readonly login: (request: LoginRequest, consumer: Consumer) => void;
  readonly told: (message: Uint8Array, consumer: Consumer) => void;
  readonly left: (consumer: Consumer) => void;
};

/** @param times heartbeats sent, and how long a client may be silent, in milliseconds */
export function serveConsumer(
  socket: Socket,
  times: { readonly heartbeatMs: number; readonly silenceMs: number },
  events: ConsumerEvents,
): void {
  const decoder = createPacketDecoder(CLIENT_PACKETS);
  let isSilent = false;
  const destroy = (): void => {
    socket.destroy();
  };
  const watch = watchSilence({ silenceMs: times.silenceMs, packetMs: times.silenceMs }, destroy);
  const heart = setInterval(() => {
    if (!isSilent && !socket.writableNeedDrain) socket.write(encodeServerPacket({ type: 'heartbeat' }));
  }, times.heartbeatMs);

  /** Writes, and waits while the client does not read. */
  const write = async (bytes: Uint8Array): Promise<boolean> => {
    if (socket.destroyed) return false;
    if (!socket.write(bytes)) await drained(socket);
    return !socket.destroyed;
  };

  const dribble = async (packet: Uint8Array): Promise<boolean> => {
    // Nothing may stand between the pieces, not even a heartbeat.
    isSilent = true;
    const piece = Math.max(1, Math.ceil(packet.length / DRIBBLE_PIECES));
    for (let at = 0; at < packet.length; at += piece) {
      if (!(await write(packet.subarray(at, at + piece)))) return false;
      await sleep(DRIBBLE_PAUSE_MS);
    }
    isSilent = false;
    return true;
  };

  /** Writes what is wrong, and then nothing: the client has to leave. */
  const ruin = async (bytes: Uint8Array): Promise<boolean> => {
    isSilent = true;
    await write(bytes);
    return false;
  };

  const consumer: Consumer = {
    accept: (session, sequence) =>
      void socket.write(encodeServerPacket({ type: 'login-accepted', session, sequence })),
    reject: (code) => void socket.end(encodeServerPacket({ type: 'login-rejected', code })),
    send({ bytes }, disruption) {
      const packet = encodeServerPacket({ type: 'sequenced', message: bytes });
      switch (disruption) {
        case null:
          return write(packet);
        case 'dribble':
          return dribble(packet);
        case 'half':
          return ruin(packet.subarray(0, packet.length >> 1));
        case 'no-length':
          return ruin(Buffer.concat([Uint8Array.of(0, 0), packet.subarray(2)]));
        case 'huge':
          return ruin(Buffer.concat([HUGE, packet]));
        case 'garbage':
          return ruin(GARBAGE);
        case 'disconnect':
        case 'gap':
        case 'regress':
          socket.end(packet);
          return Promise.resolve(false);
      }
    },
    endSession: () => void socket.write(encodeServerPacket({ type: 'end-of-session' })),
    destroy,
  };

  const take = (packet: ClientPacket): void => {
    if (packet.type === 'login-request') events.login(packet, consumer);
    else if (packet.type === 'unsequenced') events.told(packet.message, consumer);
    else if (packet.type === 'logout') destroy();
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    watch.heard(decoder.pending, true);
    if (decoder.push(chunk, take) !== null) destroy();
  });
  socket.on('error', destroy);
  socket.on('close', () => {
    clearInterval(heart);
    watch.stop();
    events.left(consumer);
  });
}
