/** Is this token good, and whose is it? Tokens of the local secret, or those of an issuer: never both. */
import { createVerifier, type Algorithm, type DecodedJwt } from 'fast-jwt';
import { TainError } from '../contracts/errors.ts';
import { isRole, type Role } from '../contracts/policy.ts';
import { createKeySet, ISSUER_ALGORITHMS } from './key-set.ts';

export type Caller = { readonly sub: string; readonly role: Role };

/** @throws TainError auth.missing; service.unavailable when the issuer's keys cannot be had */
export type CheckToken = (token: string) => Caller | Promise<Caller>;

export type TokenSettings = {
  readonly TAIN_JWT_ISSUER?: string | undefined;
  readonly TAIN_JWT_AUDIENCE?: string | undefined;
  readonly TAIN_JWT_ROLE_CLAIM: string;
  readonly TAIN_JWKS_URL?: string | undefined;
};

type Claims = Readonly<Record<string, unknown>>;

/** A token once found good is not verified again for this long; its own exp and nbf count all the same. */
const CACHE = { cache: 1000, cacheTTL: 60_000 };

export function createTokenCheck(settings: TokenSettings, secret: string): CheckToken {
  return settings.TAIN_JWT_ISSUER ? checkIssued(settings, settings.TAIN_JWT_ISSUER) : checkLocal(secret);
}

function checkLocal(secret: string): CheckToken {
  const verify = createVerifier({
    ...CACHE,
    key: secret,
    algorithms: ['HS256'],
    requiredClaims: ['sub', 'exp', 'role'],
  });
  return (token) => {
    try {
      return readCaller(verify(token) as Claims, 'role');
    } catch (error) {
      throw refusal(error);
    }
  };
}

function checkIssued(settings: TokenSettings, issuer: string): CheckToken {
  const keys = createKeySet({ issuer, jwksUrl: settings.TAIN_JWKS_URL });
  const verify = createVerifier({
    ...CACHE,
    key: async ({ header }: DecodedJwt): Promise<string> => {
      const { alg, kid } = header as { alg: string; kid?: string };
      // Asked first: keys are fetched for tokens that could be good, and for no others.
      if (!ISSUER_ALGORITHMS.includes(alg))
        throw new TainError('auth.missing', { reason: `its algorithm ${alg} is not taken` });
      const key = await keys.find(kid, alg);
      if (key === null)
        throw new TainError('auth.missing', { reason: 'its issuer has no such key for this algorithm' });
      return key;
    },
    algorithms: ISSUER_ALGORITHMS as Algorithm[],
    allowedIss: issuer,
    allowedAud: settings.TAIN_JWT_AUDIENCE!,
    requiredClaims: ['sub', 'exp', 'iss', 'aud', settings.TAIN_JWT_ROLE_CLAIM],
  });
  return async (token) => {
    try {
      return readCaller((await verify(token)) as Claims, settings.TAIN_JWT_ROLE_CLAIM);
    } catch (error) {
      throw refusal(error);
    }
  };
}

/** The role is a text, or a list that holds exactly one role of ours among others' (as issuers of many services do). */
function readCaller(claims: Claims, roleClaim: string): Caller {
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '')
    throw new TainError('auth.missing', { reason: 'it names no subject' });
  const roles = [claims[roleClaim]].flat().filter(isRole);
  if (roles.length !== 1) throw new TainError('auth.missing', { reason: 'it names no known role' });
  return { sub, role: roles[0]! };
}

function refusal(error: unknown): TainError {
  const origin = (error as { originalError?: unknown }).originalError ?? error;
  if (origin instanceof TainError) return origin;
  return new TainError('auth.missing', { reason: (error as Error).message.replace(/\.$/, '') });
}
