/** Is it up (healthz), can it serve (readyz), how is it doing (metrics). No token: probes have none. */
import type { Client } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Sql } from '../../platform/postgres.ts';
import { askSeldom, waitAtMost } from '../patience.ts';

const CHECK_TIMEOUT_MS = 2000;
/** Whoever asks, and however many: the engines are asked once in this time. */
const READINESS_AGE_MS = 1000;

const Readiness = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) });

export type HealthRouteDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly registry: Registry;
};

export function healthRoutes({ sql, client, registry }: HealthRouteDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    const options = { tags: ['operations'], security: [] };
    const cached = { isCached: true } as const;
    const askReadiness = askSeldom(READINESS_AGE_MS, async () => {
      const [postgres, temporal] = await Promise.all([
        check(sql`select 1`),
        check(client.workflowService.describeNamespace({ namespace: client.options.namespace })),
      ]);
      const checks = { postgres, temporal };
      return { ready: Object.values(checks).every((result) => result === 'ok'), checks };
    });

    app.get(
      '/healthz',
      {
        config: { isProbe: true },
        schema: { ...options, response: { 200: z.object({ up: z.literal(true) }) } },
      },
      () => ({
        up: true as const,
      }),
    );

    app.get(
      '/readyz',
      { config: cached, schema: { ...options, response: { 200: Readiness, 503: Readiness } } },
      async (_request, reply) => {
        const readiness = await askReadiness();
        return reply.code(readiness.ready ? 200 : 503).send(readiness);
      },
    );

    app.get(
      '/metrics',
      { config: cached, schema: { ...options, produces: ['text/plain'] } },
      async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
    );
  };
}

async function check(probe: PromiseLike<unknown>): Promise<string> {
  const answer = Promise.resolve(probe).then(
    () => 'ok',
    (error: unknown) => (error as Error).message,
  );
  return waitAtMost(CHECK_TIMEOUT_MS, answer, `no answer within ${CHECK_TIMEOUT_MS} ms`);
}
