/** The API process: configuration → clients → listen → graceful stop. */
import { loadConfig } from '../platform/config.ts';
import { createLogger } from '../platform/log.ts';
import { API_POOL_SIZE, connectPostgres } from '../platform/postgres.ts';
import { sayReady } from '../platform/ready.ts';
import { loadJwtSecret } from '../platform/secret.ts';
import { connectTemporal } from '../platform/temporal.ts';
import { buildApp } from './app.ts';

const config = loadConfig(['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TAIN_API_PORT']);
const log = createLogger(config, 'api');
const sql = connectPostgres(config.DATABASE_URL, 'tain api', API_POOL_SIZE, {
  statementMs: config.TAIN_QUERY_TIMEOUT_MS,
});
const client = await connectTemporal(config);
const app = await buildApp({
  sql,
  client,
  jwtSecret: config.TAIN_JWT_ISSUER ? '' : await loadJwtSecret(config),
  config,
  log,
});

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await app.close();
  await client.connection.close();
  await sql.end({ timeout: 3 });
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

await app.listen({ host: config.TAIN_API_HOST, port: config.TAIN_API_PORT });
sayReady('api');
