import net from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { choosePort } from '../../../platform/embedded/ports.ts';

let server: net.Server;
let busy: number;

beforeEach(async () => {
  server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  busy = (server.address() as net.AddressInfo).port;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

test('a busy preferred port gives way to the next free one', async () => {
  expect(await choosePort(undefined, busy, 'TAIN_API_PORT')).toBeGreaterThan(busy);
});

test('a busy configured port is an error that names the port and its variable', async () => {
  await expect(choosePort(busy, 8080, 'TAIN_API_PORT')).rejects.toThrow(
    `Port ${busy}, set by TAIN_API_PORT, is in use by another program.`,
  );
});

test('a free configured port is taken whatever is preferred', async () => {
  const free = await choosePort(undefined, busy, 'TAIN_API_PORT');

  expect(await choosePort(free, 1, 'TAIN_API_PORT')).toBe(free);
});
