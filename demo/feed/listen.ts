/** The port of a simulated feed, and the connections to it. */
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { serveConsumer, type ConsumerEvents } from './consumer.ts';

export type ListenRequest = {
  /** On 127.0.0.1; 0: any free one. */
  readonly port: number;
  readonly heartbeatMs: number;
  /** How long a consumer may say nothing. */
  readonly silenceMs: number;
};

export type FeedPort = {
  readonly port: number;
  /** Cuts all connections. */
  readonly close: () => Promise<void>;
};

/** @throws the error of the system when the port cannot be had */
export async function listenForConsumers(
  { port, ...times }: ListenRequest,
  events: ConsumerEvents,
): Promise<FeedPort> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConsumer(socket, times, events);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
