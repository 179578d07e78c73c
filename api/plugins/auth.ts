/** Who asks: HS256 tokens with the claims sub and role. A route names its action of the policy table. */
import fastifyJwt from '@fastify/jwt';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TainError } from '../../contracts/errors.ts';
import { isAllowed, isRole, type Action, type Role } from '../../contracts/policy.ts';

type Claims = { sub: string; role: Role };

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: Claims;
    user: Claims;
  }
}

export async function registerAuth(app: FastifyInstance, secret: string): Promise<void> {
  await app.register(fastifyJwt, { secret, verify: { algorithms: ['HS256'] }, sign: { algorithm: 'HS256' } });
}

/** Hook of a route: lets a request through whose token's role may do `action`. */
export function may(action: Action) {
  return async (request: FastifyRequest): Promise<void> => {
    const claims: { role?: unknown } = await request.jwtVerify<Claims>().catch((error: unknown) => {
      throw new TainError('auth.missing', { reason: (error as Error).message });
    });
    if (!isRole(claims.role)) throw new TainError('auth.missing', { reason: 'it names no known role' });
    if (!isAllowed(claims.role, action)) {
      throw new TainError('auth.forbidden', { role: claims.role, action });
    }
  };
}
