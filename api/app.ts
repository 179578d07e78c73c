/** The HTTP API: what is registered, in its order. The process around it is server.ts. */
import type { Client } from '@temporalio/client';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Config } from '../platform/config.ts';
import type { Sql } from '../platform/postgres.ts';
import { registerAuth } from './plugins/auth.ts';
import { registerErrors } from './plugins/errors.ts';
import { registerDocs, registerOpenApi } from './plugins/openapi.ts';
import { auditRoutes } from './routes/audit.ts';
import { dayRoutes } from './routes/days.ts';
import { fileRoutes } from './routes/files.ts';
import { healthRoutes } from './routes/health.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { clearStaging } from './upload-staging.ts';

export type AppDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly jwtSecret: string;
  /** DATABASE_URL is for proofs, which take a connection of their own. */
  readonly config: Pick<
    Config,
    'DATABASE_URL' | 'TAIN_DATA_DIR' | 'TAIN_TIME_ZONE' | 'TAIN_UPLOAD_MAX_BYTES'
  >;
  /** Absent: nothing is logged. */
  readonly log?: FastifyBaseLogger;
};

export async function buildApp({
  sql,
  client,
  jwtSecret,
  config,
  log,
}: AppDependencies): Promise<FastifyInstance> {
  const app = fastify({ ...(log && { loggerInstance: log }), connectionTimeout: 60_000 });
  app.withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  registerErrors(app);
  await registerAuth(app, jwtSecret);
  await registerOpenApi(app);

  const dataDir = config.TAIN_DATA_DIR;
  const timeZone = config.TAIN_TIME_ZONE;
  await clearStaging(dataDir);
  await app.register(healthRoutes({ sql, client }));
  await app.register(inboxRoutes({ sql, client, dataDir, timeZone }));
  await app.register(fileRoutes({ sql, dataDir, timeZone, uploadMaxBytes: config.TAIN_UPLOAD_MAX_BYTES }));
  await app.register(dayRoutes({ databaseUrl: config.DATABASE_URL, dataDir }));
  await app.register(auditRoutes({ sql, timeZone }));
  await registerDocs(app);
  return app;
}
