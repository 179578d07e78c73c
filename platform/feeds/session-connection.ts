/** One connection of a TCP session feed, from its login to its end. It never comes back: tcp-session.ts opens another. */
import net from 'node:net';
import type { ErrorFacts } from '../../contracts/errors.ts';
import { encodeClientPacket } from '../../domain/feeds/encode-packet.ts';
import { createPacketDecoder } from '../../domain/feeds/packet-decoder.ts';
import { REJECTIONS, type ServerPacket } from '../../domain/feeds/packets.ts';
import { SERVER_PACKETS } from '../../domain/feeds/read-packet.ts';
import { drained } from './drained.ts';
import type { SessionSettings } from './session-settings.ts';
import { watchSilence } from './silence-watch.ts';

export type ConnectionEvents = {
  /** The server names session and next sequence; a problem that comes back ends the connection. */
  readonly accepted: (session: string, sequence: number) => ErrorFacts | null;
  readonly message: (bytes: Uint8Array) => void;
  /** The server says that nothing follows. */
  readonly ended: () => void;
  /** Once, unless we or the end of the session closed it. */
  readonly failed: (problem: ErrorFacts) => void;
  /** The last sequence number that came, for problems. */
  readonly lastSequence: () => number;
};

export type SessionConnection = {
  /** Sends messages to the server; how many of them were handed to a connection that stands. */
  readonly send: (messages: readonly Uint8Array[]) => Promise<number>;
  /** Stops reading from the socket, or goes on. */
  readonly hold: (isHeld: boolean) => void;
  readonly close: () => void;
};

const HEARTBEAT = encodeClientPacket({ type: 'heartbeat' });
const MESSAGES_PER_WRITE = 64;
const LOGOUT = encodeClientPacket({ type: 'logout' });

/** Connects and logs in. @param wanted session (blank: any) and the first sequence number to be sent
 * @throws RangeError when a field does not fit into a login */
export function connectSession(
  settings: SessionSettings,
  wanted: { readonly session: string; readonly sequence: number },
  events: ConnectionEvents,
): SessionConnection {
  const { feed, host, port, user, password, heartbeatMs, connectMs } = settings;
  const loginRequest = encodeClientPacket({ type: 'login-request', user, password, ...wanted });
  const socket = net.connect({ host, port, noDelay: true });
  const decoder = createPacketDecoder(SERVER_PACKETS, settings.packetMaxBytes);
  let isOver = false;
  let isAccepted = false;
  /** Nothing follows, but answers are still taken until either side leaves. */
  let hasEnded = false;
  let hasSent = true;

  const finish = (): void => {
    isOver = true;
    clearTimeout(login);
    clearInterval(heart);
    watch.stop();
    socket.destroySoon();
    // Whatever is still underway when we have left says nothing to anybody.
    setTimeout(() => socket.destroy(), connectMs).unref();
  };
  const fail = (problem: ErrorFacts): void => {
    if (isOver) return;
    finish();
    if (!hasEnded) events.failed(problem);
  };
  const watch = watchSilence({ silenceMs: settings.silenceMs, packetMs: settings.packetMs }, (problem) =>
    fail(
      problem.kind === 'silent'
        ? { code: 'feed.silent', params: { feed, ms: problem.ms } }
        : { code: 'feed.packet-unfinished', params: { feed, ms: problem.ms, bytes: problem.bytes } },
    ),
  );
  const unreachable = (reason: string): ErrorFacts => ({
    code: 'feed.unreachable',
    params: { feed, address: `${host}:${port}`, reason },
  });
  const login = setTimeout(() => fail(unreachable('ETIMEDOUT')), connectMs);
  const heart = setInterval(() => {
    if (!hasSent && isAccepted && !socket.writableNeedDrain) socket.write(HEARTBEAT);
    hasSent = false;
  }, heartbeatMs);
  const invalid = (problem: string, offset: number, bytes: Uint8Array): ErrorFacts => ({
    code: 'feed.packet-invalid',
    params: {
      feed,
      problem,
      offset,
      sequence: events.lastSequence(),
      bytes: Buffer.from(bytes).toString('hex'),
    },
  });

  const take = (packet: ServerPacket): void => {
    if (isOver || hasEnded) return;
    switch (packet.type) {
      case 'login-accepted': {
        if (isAccepted) return fail(invalid('unexpected-login', 0, new Uint8Array(0)));
        isAccepted = true;
        clearTimeout(login);
        const problem = events.accepted(packet.session, packet.sequence);
        return problem === null ? undefined : fail(problem);
      }
      case 'login-rejected':
        return fail(describeRejection(packet.code, settings, wanted.session));
      case 'sequenced':
        if (!isAccepted) return fail(invalid('before-login', 0, packet.message.subarray(0, 16)));
        return events.message(packet.message);
      case 'end-of-session':
        if (!isAccepted) return fail(invalid('before-login', 0, new Uint8Array(0)));
        hasEnded = true;
        watch.stop();
        return events.ended();
      case 'heartbeat':
      case 'unsequenced':
      case 'debug':
        return;
    }
  };

  socket.on('connect', () => socket.write(loginRequest));
  socket.on('data', (chunk: Buffer) => {
    if (isOver) return;
    let completed = false;
    const problem = decoder.push(chunk, (packet) => {
      completed = true;
      take(packet);
    });
    watch.heard(decoder.pending, completed);
    if (problem !== null) fail(invalid(problem.kind, problem.offset, problem.bytes));
  });
  const isConnected = (): boolean => !socket.connecting && socket.remoteAddress !== undefined;
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code ?? error.message;
    fail(isConnected() || isAccepted ? disconnected(feed, reason) : unreachable(reason));
  });
  socket.on('end', () => fail(disconnected(feed, 'FIN')));
  socket.on('close', () => fail(disconnected(feed, 'closed')));

  return {
    async send(messages) {
      let sent = 0;
      while (sent < messages.length && !isOver && isAccepted) {
        const some = messages.slice(sent, sent + MESSAGES_PER_WRITE);
        const packets = some.map((message) => encodeClientPacket({ type: 'unsequenced', message }));
        const hasRoom = socket.write(Buffer.concat(packets));
        hasSent = true;
        sent += some.length;
        if (!hasRoom) await drained(socket);
      }
      return sent;
    },
    hold(isHeld) {
      if (isHeld === socket.isPaused()) return;
      watch.hold(isHeld);
      if (isHeld) socket.pause();
      else socket.resume();
    },
    close() {
      if (isOver) return;
      if (isAccepted) socket.write(LOGOUT);
      finish();
    },
  };
}

const disconnected = (feed: string, reason: string): ErrorFacts => ({
  code: 'feed.disconnected',
  params: { feed, reason },
});

function describeRejection(code: string, { feed, user }: SessionSettings, session: string): ErrorFacts {
  const known = Object.hasOwn(REJECTIONS, code) ? REJECTIONS[code as keyof typeof REJECTIONS] : null;
  if (known === 'session-unavailable') return { code: 'feed.session-unavailable', params: { feed, session } };
  if (known === 'session-in-use') return { code: 'feed.session-in-use', params: { feed, session } };
  return { code: 'feed.login-refused', params: { feed, user, code: known ?? code } };
}
