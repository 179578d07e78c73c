/**
 * The public keys of a token issuer (JWKS, RFC 7517). jose fetches and reads the set and picks the key; what stands
 * here is when the issuer is asked: anybody can send a token that names a key of his own invention, and the issuer
 * must not pay for it; and an issuer that is down must not lock out those whose keys are known.
 */
import { createRemoteJWKSet, customFetch, exportSPKI, type CryptoKey, type FetchImplementation } from 'jose';
import { TainError } from '../contracts/errors.ts';

const FRESH_MS = 5 * 60_000;
const USABLE_MS = 60 * 60_000;
const COOLDOWN_MS = 10_000;
const FETCH_TIMEOUT_MS = 5000;

export type KeySetOptions = {
  readonly issuer: string;
  /** Absent: named by the issuer's discovery document. */
  readonly jwksUrl?: string | undefined;
};

export type KeySet = {
  /**
   * The key (PEM) that a token names, or null when the issuer has no such key.
   * @throws TainError service.unavailable when the issuer does not answer and no key is known well enough
   */
  find(kid: string | undefined, algorithm: string): Promise<string | null>;
};

export function createKeySet({ issuer, jwksUrl }: KeySetOptions): KeySet {
  const set = createRemoteJWKSet(new URL(jwksUrl ?? discoveryUrl(issuer)), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cacheMaxAge: USABLE_MS,
    // jose's own cooldown begins with the first fetch and knows no failures: `find` decides instead.
    cooldownDuration: Infinity,
    ...(!jwksUrl && { [customFetch]: fetchDiscovered(issuer) }),
  });
  const pems = new WeakMap<CryptoKey, string>();
  let staleAt = -Infinity;
  let retryAt = -Infinity;
  let failure: unknown = null;

  const lookUp = async (kid: string | undefined, alg: string): Promise<string | null> => {
    if (!set.fresh) return null;
    try {
      const key = await set({ alg, ...(kid !== undefined && { kid }) });
      const pem = pems.get(key) ?? (await exportSPKI(key));
      pems.set(key, pem);
      return pem;
    } catch {
      // There is none, there are several, or it is broken: the token names no key.
      return null;
    }
  };

  const reload = async (): Promise<void> => {
    // The very first fetch is nobody's doubt about a key.
    if (staleAt > 0) retryAt = performance.now() + COOLDOWN_MS;
    try {
      await set.reload();
      staleAt = performance.now() + FRESH_MS;
      failure = null;
    } catch (error) {
      failure = error;
      retryAt = performance.now() + COOLDOWN_MS;
    }
  };

  return {
    async find(kid, algorithm) {
      const known = await lookUp(kid, algorithm);
      const now = performance.now();
      if (known !== null && now < staleAt) return known;
      // Who comes while the set is being fetched waits for the same answer.
      if (set.reloading || now >= retryAt) await reload();
      const found = await lookUp(kid, algorithm);
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

const discoveryUrl = (issuer: string): string =>
  `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

/** OpenID Connect Discovery 1.0, section 4: the document must name the issuer it was asked for. */
function fetchDiscovered(issuer: string): FetchImplementation {
  return async (url, options) => {
    const response = await fetch(url, { signal: options.signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
    const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown } | null;
    if (document?.issuer !== issuer)
      throw new Error(`The discovery document is of ${String(document?.issuer)}.`);
    if (typeof document.jwks_uri !== 'string') throw new Error('The discovery document names no jwks_uri.');
    return fetch(document.jwks_uri, options);
  };
}
