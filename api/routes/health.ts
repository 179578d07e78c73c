/** Is it up (healthz), can it serve (readyz), how is it doing (metrics). No token: probes have none. */
import type { Client } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Sql } from '../../platform/postgres.ts';

const CHECK_TIMEOUT_MS = 2000;

const Readiness = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) });

export type HealthRouteDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly registry: Registry;
};

export function healthRoutes({ sql, client, registry }: HealthRouteDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    const options = { tags: ['operations'], security: [] };
    const config = { isProbe: true } as const;

    app.get(
      '/healthz',
      { config, schema: { ...options, response: { 200: z.object({ up: z.literal(true) }) } } },
      () => ({
        up: true as const,
      }),
    );

    app.get(
      '/readyz',
      { config, schema: { ...options, response: { 200: Readiness, 503: Readiness } } },
      async (_request, reply) => {
        const checks = {
          postgres: await check(sql`select 1`),
          temporal: await check(
            client.workflowService.describeNamespace({ namespace: client.options.namespace }),
          ),
        };
        const ready = Object.values(checks).every((result) => result === 'ok');
        return reply.code(ready ? 200 : 503).send({ ready, checks });
      },
    );

    app.get(
      '/metrics',
      { config, schema: { ...options, produces: ['text/plain'] } },
      async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
    );
  };
}

async function check(probe: PromiseLike<unknown>): Promise<string> {
  const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const late = new Promise<string>((resolve) => {
    timeout.addEventListener('abort', () => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`));
  });
  const answer = Promise.resolve(probe).then(
    () => 'ok',
    (error: unknown) => (error as Error).message,
  );
  return Promise.race([answer, late]);
}
