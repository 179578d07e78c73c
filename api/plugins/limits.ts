/** How much one caller may ask, and what is turned away when the process cannot keep up. Probes are always served. */
import { getHeapStatistics } from 'node:v8';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TainError } from '../../contracts/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Served whatever the load, and not counted. */
    isProbe?: true;
  }
}

const MINUTE_MS = 60_000;
const RETRY_SECONDS = 5;
const HEAP_SHARE = 0.9;

export type LimitSettings = { readonly TAIN_RATE_LIMIT: number; readonly TAIN_SHED_DELAY_MS: number };

const isProbe = (request: FastifyRequest): boolean => request.routeOptions.config.isProbe === true;

/** Register it behind the hook that knows the caller. */
export async function registerLimits(app: FastifyInstance, settings: LimitSettings): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: settings.TAIN_SHED_DELAY_MS,
    maxHeapUsedBytes: Math.floor(getHeapStatistics().heap_size_limit * HEAP_SHARE),
    async pressureHandler(request, reply) {
      if (isProbe(request)) return;
      reply.header('retry-after', RETRY_SECONDS);
      throw new TainError('service.overloaded');
    },
  });

  await app.register(rateLimit, {
    global: false,
    max: settings.TAIN_RATE_LIMIT,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) =>
      request.refusal ? `ip:${normalizeIP(request.ip)}` : `sub:${request.user.sub}`,
    allowList: isProbe,
    errorResponseBuilder: (_request, { max, ttl }) =>
      new TainError('request.too-many', { limit: max, seconds: Math.ceil(ttl / 1000) }),
  });
  // For all routes and for addresses without one, and before a route refuses its caller.
  app.addHook('onRequest', app.rateLimit());
}
