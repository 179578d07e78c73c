/** A way to a database that can be cut, and closed so that nobody gets through. */
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';

export type DatabaseWay = {
  readonly sql: Sql;
  /** Ends all connections; the next ones get through. */
  cut(how: 'destroy' | 'resetAndDestroy'): void;
  /** Ends all connections and takes no more, until it is opened again. */
  close(): Promise<void>;
  open(): Promise<void>;
};

/** @param closing takes what is to be done at the end, last first */
export async function openDatabaseWay(to: string, closing: (() => unknown)[]): Promise<DatabaseWay> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const target = net.connect({ host: hostname, port: Number(port) });
    for (const [from, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => other.destroy());
      from.on('close', () => other.destroy());
      from.pipe(other);
    }
  });
  const listen = (at: number) =>
    new Promise<void>((resolve) => server.listen(at, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port: own } = server.address() as AddressInfo;
  const url = new URL(to);
  url.hostname = '127.0.0.1';
  url.port = String(own);
  const cut = (how: 'destroy' | 'resetAndDestroy'): void => {
    for (const socket of sockets) socket[how]();
    sockets.clear();
  };
  closing.push(() => {
    server.close();
    cut('destroy');
  });
  const sql: Sql = connectPostgres(url.href, 'cut off', 2);
  closing.push(() => sql.end({ timeout: 1 }));
  return {
    ...{ sql, cut },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut('destroy');
      }),
    open: () => listen(own),
  };
}
