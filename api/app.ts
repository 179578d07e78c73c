/** The HTTP API: what is registered, in its order. The process around it is server.ts. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { trainingRoots, type Config } from '../platform/config.ts';
import type { Sql } from '../platform/postgres.ts';
import { openTables } from '../platform/tables.ts';
import { registerConnections, serverOptions } from './connections.ts';
import { registerAuth } from './plugins/auth.ts';
import { answerError, registerErrors } from './plugins/errors.ts';
import { registerHeaders } from './plugins/headers.ts';
import { registerLimits } from './plugins/limits.ts';
import { registerMetrics } from './plugins/metrics.ts';
import { registerDocs, registerOpenApi } from './plugins/openapi.ts';
import { auditRoutes } from './routes/audit.ts';
import { cftcDayRoutes } from './routes/cftc-days.ts';
import { daySummaryRoutes } from './routes/day-summary.ts';
import { dayRoutes } from './routes/days.ts';
import { exceptionRoutes } from './routes/exceptions.ts';
import { feedRoutes } from './routes/feeds.ts';
import { eventRoutes } from './routes/events.ts';
import { fileRoutes } from './routes/files.ts';
import { gpuAccountRoutes } from './routes/gpu-accounts.ts';
import { gpuJobRunRoutes } from './routes/gpu-job-runs.ts';
import { gpuJobRoutes } from './routes/gpu-jobs.ts';
import { gpuNodeRoutes } from './routes/gpu-nodes.ts';
import { healthRoutes } from './routes/health.ts';
import { outboundRoutes } from './routes/outbound.ts';
import { obligationRoutes } from './routes/obligations.ts';
import { priorityRoutes } from './routes/priority.ts';
import { reportRoutes } from './routes/reports.ts';
import { ruleRoutes } from './routes/rules.ts';
import { swapRoutes } from './routes/swaps.ts';
import { traceRoutes } from './routes/trace.ts';
import { RequestLog } from './request-log.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { createTokenCheck } from './token-check.ts';
import { clearStaging } from './upload-staging.ts';

export type AppDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  /** Unused where the configuration names an issuer of tokens. */
  readonly jwtSecret: string;
  /** DATABASE_URL is for proofs, which take a connection of their own. */
  readonly config: Config;
  /**
   * Check every answer against its schema before it is sent: for tests. Handlers are typed by the same schemas, and
   * a check at run time costs 50 µs on the busiest route and could only turn a good answer into an error.
   */
  readonly checkAnswers?: boolean;
  /** Absent: nothing is logged. */
  readonly log?: FastifyBaseLogger;
};

export async function buildApp({
  sql,
  client,
  jwtSecret,
  config,
  checkAnswers = false,
  log,
}: AppDependencies): Promise<FastifyInstance> {
  const clientTimeoutMs = config.TAIN_CLIENT_TIMEOUT_MS;
  const app = fastify({
    ...serverOptions(clientTimeoutMs),
    ...(log && { loggerInstance: log }),
    logController: new RequestLog(),
    // Told to people, who look for it in logs of many starts.
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  app.withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(checkAnswers ? serializerCompiler : () => JSON.stringify);
  registerConnections(app);
  const registry = registerMetrics(app, sql, client);
  await registerHeaders(app);
  await registerAuth(app, createTokenCheck(config, jwtSecret));
  await registerLimits(app, config);
  registerErrors(app);
  await registerOpenApi(app);

  const dataDir = config.TAIN_DATA_DIR;
  const timeZone = config.TAIN_TIME_ZONE;
  await clearStaging(dataDir);
  await app.register(healthRoutes({ sql, client, registry }));
  await app.register(inboxRoutes({ sql, client, dataDir, timeZone }));
  const uploadMaxBytes = config.TAIN_UPLOAD_MAX_BYTES;
  const dateWindow = { pastDays: config.TAIN_DATE_PAST_DAYS, aheadDays: config.TAIN_DATE_AHEAD_DAYS };
  await app.register(fileRoutes({ sql, dataDir, timeZone, uploadMaxBytes, dateWindow, clientTimeoutMs }));
  await app.register(feedRoutes({ sql, client }));
  await app.register(dayRoutes({ databaseUrl: config.DATABASE_URL, dataDir }));
  const { TAIN_ROLE: role, TAIN_DAY_FILE: dayFile, TAIN_TABLE_DIR: tableDir } = config;
  await app.register(cftcDayRoutes({ sql, client, dataDir, rules: { role, dayFile, tableDir, timeZone } }));
  await app.register(auditRoutes({ sql, timeZone }));
  await app.register(outboundRoutes({ sql, client }));
  await app.register(priorityRoutes({ sql }));
  await app.register(gpuNodeRoutes({ sql, client }));
  await app.register(gpuAccountRoutes({ sql }));
  await app.register(gpuJobRoutes({ sql, client, roots: trainingRoots(config) }));
  await app.register(gpuJobRunRoutes({ sql, stateDir: config.TAIN_STATE_DIR, clientTimeoutMs }));
  await app.register(eventRoutes({ sql, clientTimeoutMs }));
  await app.register(swapRoutes({ sql, timeZone }));
  await app.register(reportRoutes({ sql, client, dataDir }));
  const tables = await openTables(config.TAIN_TABLE_DIR);
  await app.register(exceptionRoutes({ sql, tables }));
  await app.register(daySummaryRoutes({ sql, tables }));
  await app.register(obligationRoutes({ sql, tables }));
  await app.register(traceRoutes({ sql, dataDir }));
  await app.register(ruleRoutes());
  await registerDocs(app);
  return app;
}
