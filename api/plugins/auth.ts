/** Who asks, and may they: every request is told its caller, every route names its action of the policy table. */
import jwt from '@fastify/jwt';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { TainError } from '../../contracts/errors.ts';
import { isAllowed, POLICY, PUBLIC_ROUTES, type Action } from '../../contracts/policy.ts';
import { asRefusal, readCaller, type Caller, type Claims, type TokenCheck } from '../token-check.ts';

/** A registered route and what it asks of its caller; no action: public. */
export type GuardedRoute = {
  readonly method: string;
  readonly url: string;
  readonly action: Action | null;
};

declare module '@fastify/jwt' {
  interface FastifyJWT {
    /** request.user: there for every request that `may` has let through. */
    user: Caller;
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the request has no user. */
    refusal: TainError | null;
  }
  interface FastifyInstance {
    /** All routes, in the order of their registration. */
    guardedRoutes: readonly GuardedRoute[];
  }
}

type Done = (error?: Error) => void;

/** Register it before any route: a route that is neither public nor guarded is an error of the program. */
export async function registerAuth(app: FastifyInstance, { options, roleClaim }: TokenCheck): Promise<void> {
  const routes: GuardedRoute[] = [];
  app.decorate('guardedRoutes', routes);
  app.decorateRequest('user');
  app.decorateRequest('refusal', null);
  await app.register(jwt, options);

  app.addHook('onRoute', (route) => {
    const action = actionOf(route);
    const isPublic = PUBLIC_ROUTES.includes(route.url);
    if ((action === null) !== isPublic)
      throw new Error(`${route.url} must either name its action with may(), or be in PUBLIC_ROUTES.`);
    for (const method of [route.method].flat()) routes.push({ method, url: route.url, action });
  });

  // Before the rate limit, which counts by caller.
  app.addHook('onRequest', async (request) => {
    try {
      request.user = readCaller(await request.jwtVerify<Claims>(), roleClaim);
    } catch (error) {
      request.refusal = asRefusal(error);
    }
  });
}

/** Hook of a route: lets a request through whose caller's role may do `action`. */
export function may(action: Action) {
  const check = (request: FastifyRequest, _reply: FastifyReply, done: Done): void => {
    if (request.refusal) return done(request.refusal);
    const { role } = request.user;
    const roles = POLICY[action].join(', ');
    done(isAllowed(role, action) ? undefined : new TainError('auth.forbidden', { role, action, roles }));
  };
  return Object.assign(check, { action });
}

function actionOf({ onRequest }: RouteOptions): Action | null {
  const guards = [onRequest ?? []].flat() as { action?: Action }[];
  return guards.find((guard) => guard.action)?.action ?? null;
}
