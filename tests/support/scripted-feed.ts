/** A feed that does what a test tells it to, connection by connection. */
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { serveConsumer, type Consumer } from '../../demo/feed/consumer.ts';

/**
 * @param asked the sequence number that the reader wants
 * @param connection of how many it is the last one
 */
export type FeedScript = (consumer: Consumer, asked: number, connection: number) => Promise<void>;

const HEARTBEAT_MS = 50;
const SILENCE_MS = 5000;

export function useScriptedFeeds() {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** Starts a feed. @returns its port */
  return async (script: FeedScript): Promise<number> => {
    const sockets = new Set<net.Socket>();
    let connections = 0;
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      serveConsumer(
        socket,
        { heartbeatMs: HEARTBEAT_MS, silenceMs: SILENCE_MS },
        {
          login: ({ sequence }, consumer) => {
            connections += 1;
            void script(consumer, Math.max(1, sequence), connections);
          },
          told: () => undefined,
          left: () => undefined,
        },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    });
    return (server.address() as AddressInfo).port;
  };
}
