/** The description of the API, from its routes. Nothing is connected: describing needs no answers. */
import { Client, Connection } from '@temporalio/client';
import { buildApp } from '../api/app.ts';
import { parseConfig } from '../platform/config.ts';
import { connectPostgres } from '../platform/postgres.ts';

export async function renderOpenApi(): Promise<string> {
  const app = await buildApp({
    sql: connectPostgres('postgres://nowhere.invalid/none', 'openapi'),
    client: new Client({ connection: Connection.lazy({ address: 'nowhere.invalid:1' }) }),
    jwtSecret: 'x'.repeat(32),
    config: parseConfig({}),
  });
  await app.ready();
  const description = app.swagger();
  await app.close();
  return `${JSON.stringify(description, null, 2)}\n`;
}
