/** How much one caller may ask, and what is turned away when the process cannot keep up. */
import { createHash } from 'node:crypto';
import { getHeapStatistics } from 'node:v8';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TainError } from '../../contracts/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Served whatever the load, and not counted. */
    isProbe?: true;
    /** Not counted: however often it is asked, it makes the engines no more work. */
    isCached?: true;
  }
}

const MINUTE_MS = 60_000;
const RETRY_SECONDS = 5;
const HEAP_SHARE = 0.9;

export type LimitSettings = { readonly TAIN_RATE_LIMIT: number; readonly TAIN_SHED_DELAY_MS: number };

const isProbe = (request: FastifyRequest): boolean => request.routeOptions.config.isProbe === true;

const isUncounted = (request: FastifyRequest): boolean =>
  isProbe(request) || request.routeOptions.config.isCached === true;

/**
 * Callers with tokens are told apart by what is signed in them, not by their subjects alone: whoever is given the
 * subject of another cannot use up what that one may ask. The signature is left out, which can be spelt in several ways.
 */
function callerOf(request: FastifyRequest): string {
  if (request.refusal) return `ip:${normalizeIP(request.ip)}`;
  const [header, claims] = (request.headers.authorization ?? '').split('.');
  const { sub, role } = request.user;
  return createHash('sha256')
    .update(JSON.stringify([sub, role, header, claims]))
    .digest('base64url');
}

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
    keyGenerator: callerOf,
    allowList: isUncounted,
    errorResponseBuilder: (_request, { max, ttl }) =>
      new TainError('request.too-many', { limit: max, seconds: Math.ceil(ttl / 1000) }),
  });
  // For all routes and for addresses without one, and before a route refuses its caller.
  app.addHook('onRequest', app.rateLimit());
}
