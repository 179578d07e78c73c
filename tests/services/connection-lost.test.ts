import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { useDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A way to the database that can be cut. */
async function openWay() {
  const { hostname, port } = new URL(database.url);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const target = net.connect({ host: hostname, port: Number(port) });
    for (const [from, to] of [
      [socket, target],
      [target, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const url = new URL(database.url);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const sql: Sql = connectPostgres(url.href, 'cut off', 2);
  closing.push(() => sql.end({ timeout: 1 }));
  const cut = (how: 'destroy' | 'resetAndDestroy'): void => {
    for (const socket of sockets) socket[how]();
    sockets.clear();
  };
  return { sql, cut };
}

test.each(['destroy', 'resetAndDestroy'] as const)(
  'a connection that is lost (%s) in the middle of a transaction fails it, and the next one finds another',
  async (how) => {
    const { sql, cut } = await openWay();
    const failures: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const begun = sql.begin(async (tx) => {
        await tx`create temporary table begun ()`;
        setTimeout(() => cut(how), 50);
        const steps = await Promise.allSettled([tx`select pg_sleep(5)`, tx`select 1`]);
        for (const step of steps) if (step.status === 'rejected') throw step.reason;
      });
      await begun.catch((error: Error & { code?: string }) => failures.push(error.code ?? error.message));
      await sleep(30);
      await until(async () => expect(await sql`select 1 as one`).toEqual([{ one: 1 }]), 10_000);
    }
    expect(failures).toHaveLength(3);
  },
);

test('what is asked of a transaction whose connection is gone fails, and ends nothing else', async () => {
  const { sql, cut } = await openWay();
  const begun = sql.begin(async (tx) => {
    await tx`select 1`;
    cut('destroy');
    await sleep(20);
    await tx`select 1`;
  });
  await expect(begun).rejects.toThrow();
  await until(async () => expect(await sql`select 1 as one`).toEqual([{ one: 1 }]), 10_000);
});
