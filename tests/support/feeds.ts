/** Feeds as their tests need them: quick to lose patience, and closed at the end. */
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { startFeedSimulator, type FeedSimulator, type SimulatorRequest } from '../../demo/feed-simulator.ts';
import { encodeServerPacket } from '../../domain/feeds/encode-packet.ts';
import type { FeedEvent, FeedMessage, FeedPosition, FeedSource } from '../../platform/feeds/feed-source.ts';
import { SESSION_DEFAULTS, type SessionSettings } from '../../platform/feeds/session-settings.ts';
import { openTcpSession } from '../../platform/feeds/tcp-session.ts';

export const SESSION = 'DAY1';

const QUICK = {
  connectMs: 2000,
  heartbeatMs: 50,
  silenceMs: 1500,
  packetMs: 300,
  retryMs: 5,
  retryMaxMs: 40,
};

export type OpenedFeed = FeedSource & { readonly events: FeedEvent[] };

/** Opens simulators, servers and feeds that are closed behind each test. */
export function useFeeds() {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return {
    async simulate(
      request: Omit<SimulatorRequest, 'session'> & { readonly session?: string },
    ): Promise<FeedSimulator> {
      const simulator = await startFeedSimulator({ session: SESSION, heartbeatMs: 50, ...request });
      closing.push(simulator.close);
      return simulator;
    },
    open(
      port: number,
      from: FeedPosition | null = null,
      settings: Partial<SessionSettings> = {},
    ): OpenedFeed {
      const events: FeedEvent[] = [];
      const source = openTcpSession(
        {
          ...SESSION_DEFAULTS,
          ...QUICK,
          feed: 'fx',
          host: '127.0.0.1',
          port,
          user: 'tain',
          password: 'secret',
          ...settings,
        },
        from,
        (event) => events.push(event),
      );
      closing.push(source.close);
      return { ...source, events };
    },
    /** A server that accepts logins with a sequence, and then does what it likes. */
    async serve(
      sequence: number,
      answer: (socket: net.Socket, connection: number) => void,
      session = SESSION,
    ) {
      let connections = 0;
      const sockets = new Set<net.Socket>();
      const server = net.createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => sockets.delete(socket));
        socket.once('data', () => {
          connections += 1;
          socket.write(encodeServerPacket({ type: 'login-accepted', session, sequence }));
          answer(socket, connections);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closing.push(async () => {
        const closed = new Promise((resolve) => server.close(resolve));
        for (const socket of sockets) socket.destroy();
        await closed;
      });
      return (server.address() as AddressInfo).port;
    },
  };
}

/** Reads until the feed has ended, or has given a number of messages. */
export async function readAll(source: FeedSource, most = Infinity): Promise<FeedMessage[]> {
  const all: FeedMessage[] = [];
  while (all.length < most) {
    const batch = await source.read({ max: Math.min(64, most - all.length), waitMs: 500 });
    all.push(...batch);
    if (batch.length === 0 && ['ended', 'closed'].includes(source.status().state)) break;
  }
  return all;
}

/** Problems that a feed has named, each once. */
export const problemsOf = ({ events }: OpenedFeed): string[] => [
  ...new Set(events.flatMap((event) => (event.type === 'disconnected' ? [event.problem.code] : []))),
];
