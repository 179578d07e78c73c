/** Which tokens are good, and whose they are: those of the local secret, or those of an issuer, never both. */
import type { FastifyJWTOptions } from '@fastify/jwt';
import type { Algorithm, DecodedJwt } from 'fast-jwt';
import { SERVICE_ACTORS } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import { isRole, type Role } from '../contracts/policy.ts';
import { createKeySet } from './key-set.ts';

export type Caller = {
  readonly sub: string;
  readonly role: Role;
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAt: number;
};

export type Claims = Readonly<Record<string, unknown>>;

export type TokenSettings = {
  readonly TAIN_JWT_ISSUER?: string | undefined;
  readonly TAIN_JWT_AUDIENCE?: string | undefined;
  readonly TAIN_JWT_ROLE_CLAIM: string;
  readonly TAIN_JWKS_URL?: string | undefined;
};

export type TokenCheck = {
  /** For the registration of @fastify/jwt. */
  readonly options: FastifyJWTOptions;
  readonly roleClaim: string;
};

/** A token once found good is not verified again for this long; its own exp and nbf count all the same. */
const CACHE = { cache: 1000, cacheTTL: 60_000 };

/** The subject goes into the audit log and the logs. */
const MAX_SUBJECT_CHARACTERS = 200;

/** Names under which Tain's own services act. */
const RESERVED_SUBJECTS: readonly string[] = SERVICE_ACTORS.map(({ actor }) => actor);

/** None of them is symmetric: a public key must never serve as a secret. */
const ISSUER_ALGORITHMS: Algorithm[] = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
];

/** Why a token is not good, as the detail of auth.missing goes on to say it. */
const messages: NonNullable<FastifyJWTOptions['messages']> = {
  noAuthorizationInHeaderMessage: 'there is none in a header "Authorization: Bearer TOKEN"',
  badRequestErrorMessage: 'the Authorization header is not "Bearer TOKEN"',
  authorizationTokenExpiredMessage: 'it has expired',
  authorizationTokenUnsigned: 'it is not signed',
  authorizationTokenInvalid: (error) => error.message,
};

/** The API verifies and does not sign: `public`, also where the key is a secret. */
export function createTokenCheck(settings: TokenSettings, secret: string): TokenCheck {
  const { TAIN_JWT_ISSUER: issuer, TAIN_JWT_AUDIENCE: audience } = settings;
  const roleClaim = issuer ? settings.TAIN_JWT_ROLE_CLAIM : 'role';
  const requiredClaims = ['sub', 'exp', roleClaim];
  const options: FastifyJWTOptions = issuer
    ? {
        secret: { public: findKeyOf(issuer, settings.TAIN_JWKS_URL) },
        decode: { complete: true },
        verify: {
          ...CACHE,
          algorithms: ISSUER_ALGORITHMS,
          allowedIss: issuer,
          allowedAud: audience!,
          requiredClaims: [...requiredClaims, 'iss', 'aud'],
        },
      }
    : { secret: { public: secret }, verify: { ...CACHE, algorithms: ['HS256'], requiredClaims } };
  // What is signed is not yet a caller of ours: it becomes `request.user` when it has been read.
  return { options: { ...options, messages, decoratorName: 'claims' }, roleClaim };
}

function findKeyOf(issuer: string, jwksUrl: string | undefined) {
  const keys = createKeySet({ issuer, jwksUrl });
  return async (_request: unknown, token: unknown): Promise<string> => {
    const { alg, kid } = (token as DecodedJwt).header as { alg: Algorithm; kid?: string };
    // Asked first: keys are fetched for tokens that could be good, and for no others.
    if (!ISSUER_ALGORITHMS.includes(alg)) throw refuse(`its algorithm ${alg} is not taken`);
    const key = await keys.find(kid, alg);
    if (key === null) throw refuse('its issuer has no such key for this algorithm');
    return key;
  };
}

/**
 * The role is a text, or a list that holds exactly one role of ours among others' (as issuers of many services do).
 * @throws TainError auth.missing
 */
export function readCaller(claims: Claims, roleClaim: string): Caller {
  const { sub, exp } = claims;
  if (typeof sub !== 'string' || sub === '') throw refuse('it names no subject');
  if (sub.length > MAX_SUBJECT_CHARACTERS)
    throw refuse(`its subject has more than ${MAX_SUBJECT_CHARACTERS} characters`);
  if (/[\p{Cc}\p{Cs}]/u.test(sub)) throw refuse('its subject contains control characters');
  if (RESERVED_SUBJECTS.includes(sub)) throw refuse('its subject is that of a service of Tain');
  const roles = [claims[roleClaim]].flat().filter(isRole);
  if (roles.length !== 1) throw refuse('it names no known role');
  // That it is a number, and there, was checked with the signature.
  return { sub, role: roles[0]!, expiresAt: Number(exp) * 1000 };
}

/** What was thrown while a token was checked, as an error of ours: auth.missing, or service.unavailable as it is. */
export function asRefusal(error: unknown): TainError {
  return error instanceof TainError ? error : refuse((error as Error).message.replace(/\.$/, ''));
}

const refuse = (reason: string): TainError => new TainError('auth.missing', { reason });
