/**
 * The public keys of a token issuer (JWKS, RFC 7517). The whole set is fetched at once and kept; a key that is not
 * in it makes the set be fetched again, but not more often than the cooldown says: anybody can send a token that
 * names a key of his own invention, and the issuer must not pay for it.
 */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { TainError } from '../contracts/errors.ts';

const FRESH_MS = 5 * 60_000;
const USABLE_MS = 60 * 60_000;
const COOLDOWN_MS = 10_000;
const FETCH_TIMEOUT_MS = 5000;

/** Signature algorithms by type of key. None of them is symmetric: a public key must never serve as a secret. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  EC: ['ES256', 'ES384', 'ES512'],
  OKP: ['EdDSA'],
};

export const ISSUER_ALGORITHMS = Object.values(ALGORITHMS).flat();

type Jwk = JsonWebKey & { readonly kid?: string; readonly use?: string; readonly alg?: string };

type Key = { readonly kid: string | undefined; readonly algorithms: readonly string[]; readonly pem: string };

export type KeySetOptions = {
  readonly issuer: string;
  /** Absent: named by the issuer's discovery document. */
  readonly jwksUrl?: string | undefined;
  readonly cooldownMs?: number;
};

export type KeySet = {
  /**
   * The key (PEM) that a token names, or null when the issuer has no such key.
   * @throws TainError service.unavailable when the issuer does not answer and no key is known well enough
   */
  find(kid: string | undefined, algorithm: string): Promise<string | null>;
};

export function createKeySet({ issuer, jwksUrl, cooldownMs = COOLDOWN_MS }: KeySetOptions): KeySet {
  let keys: readonly Key[] = [];
  let loadedAt = -Infinity;
  let retryAt = -Infinity;
  let failure: Error | null = null;
  let loading: Promise<void> | null = null;

  const lookUp = (kid: string | undefined, algorithm: string): string | null => {
    const fitting = keys.filter((key) => key.algorithms.includes(algorithm));
    // A token may leave the name of its key out where there is only one.
    const key =
      kid === undefined
        ? fitting.length === 1 && fitting[0]
        : fitting.find((candidate) => candidate.kid === kid);
    return key ? key.pem : null;
  };

  const load = async (): Promise<void> => {
    try {
      keys = await fetchKeys(issuer, jwksUrl);
      loadedAt = performance.now();
      failure = null;
    } catch (error) {
      failure = error as Error;
      retryAt = performance.now() + cooldownMs;
    }
  };

  return {
    async find(kid, algorithm) {
      const now = performance.now();
      const age = now - loadedAt;
      const known = age < USABLE_MS ? lookUp(kid, algorithm) : null;
      if (known !== null && age < FRESH_MS) return known;
      if (!loading && now >= retryAt) {
        // The very first fetch is nobody's doubt about a key.
        if (loadedAt > 0) retryAt = now + cooldownMs;
        loading = load().finally(() => (loading = null));
      }
      await loading;
      const found = failure !== null && age >= USABLE_MS ? null : lookUp(kid, algorithm);
      // A key that is not known may be one that the issuer cannot tell us of at present.
      if (found === null && failure !== null)
        throw new TainError(
          'service.unavailable',
          { service: `The token issuer ${issuer}` },
          { cause: failure },
        );
      return found;
    },
  };
}

async function fetchKeys(issuer: string, jwksUrl: string | undefined): Promise<Key[]> {
  const { keys } = (await fetchJson(jwksUrl ?? (await discover(issuer)))) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('The key set has no keys.');
  return keys.flatMap((jwk: Jwk) => readKey(jwk) ?? []);
}

/** OpenID Connect Discovery 1.0, section 4: the document must name the issuer it was asked for. */
async function discover(issuer: string): Promise<string> {
  const document = (await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)) as {
    issuer?: unknown;
    jwks_uri?: unknown;
  };
  if (document.issuer !== issuer) throw new Error(`The discovery document is of ${String(document.issuer)}.`);
  if (typeof document.jwks_uri !== 'string') throw new Error('The discovery document names no jwks_uri.');
  return document.jwks_uri;
}

async function fetchJson(url: string): Promise<object> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null) throw new Error(`${url} did not answer with an object.`);
  return body;
}

/** Keys that are not for signatures, of unknown types or broken are left out: the others stay usable. */
function readKey(jwk: Jwk): Key | null {
  const algorithms = ALGORITHMS[jwk.kty ?? ''] ?? [];
  if (algorithms.length === 0 || (jwk.use !== undefined && jwk.use !== 'sig')) return null;
  try {
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const only = jwk.alg;
    return {
      kid: jwk.kid,
      algorithms: only ? algorithms.filter((name) => name === only) : algorithms,
      pem: pem.toString(),
    };
  } catch {
    return null;
  }
}
