import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createSigner, type Algorithm } from 'fast-jwt';
import type { FastifyInstance } from 'fastify';
import { createKeySet } from '../../api/key-set.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { ConfigError, parseConfig } from '../../platform/config.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();

type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

const RSA: Pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const RSA_NEXT: Pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const EC: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ED: Pair = generateKeyPairSync('ed25519');

const jwk = ({ publicKey }: Pair, kid: string, more: object = {}) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  ...more,
});

/** An issuer of tokens: a discovery document and a key set that the test may change. */
const issuer = { url: '', keys: [] as object[], status: 200, asked: 0 };
let server: Server;
let app: FastifyInstance;

const buildIssuedApp = (settings: Record<string, string> = {}): Promise<FastifyInstance> =>
  buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_JWT_ISSUER: issuer.url, TAIN_JWT_AUDIENCE: 'tain', ...settings },
  );

beforeAll(async () => {
  server = createServer((request, response) => {
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    if (!isDiscovery) issuer.asked += 1;
    response.writeHead(issuer.status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        isDiscovery ? { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` } : { keys: issuer.keys },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(async () => {
  issuer.keys = [jwk(RSA, 'rsa'), jwk(EC, 'ec'), jwk(ED, 'ed')];
  issuer.status = 200;
  issuer.asked = 0;
  app = await buildIssuedApp();
});

afterEach(async () => {
  await app.close();
});

const CLAIMS = { sub: 'someone', role: 'viewer', aud: 'tain' };

function issue(
  { privateKey }: Pair,
  algorithm: Algorithm,
  kid: string | undefined,
  claims: object = {},
): string {
  const sign = createSigner({
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    algorithm,
    ...(kid && { kid }),
    noTimestamp: true,
  });
  const exp = Math.floor(Date.now() / 1000) + 600;
  return sign({ ...CLAIMS, iss: issuer.url, exp, ...claims });
}

const ask = async (token: string): Promise<{ statusCode: number; code: string | undefined }> => {
  const answer = await app.inject({ method: 'GET', url: '/v1/files', headers: bearer(token) });
  return { statusCode: answer.statusCode, code: answer.json<Partial<Problem>>().code };
};

describe('tokens of a configured issuer', () => {
  it.each([
    ['RS256', RSA, 'rsa'],
    ['PS256', RSA, 'rsa'],
    ['ES256', EC, 'ec'],
    ['EdDSA', ED, 'ed'],
  ] as const)('are taken when signed with %s', async (algorithm, pair, kid) => {
    expect(await ask(issue(pair, algorithm, kid))).toMatchObject({ statusCode: 200 });
  });

  it('are taken from a key set at an address of its own, and need no key name where one key fits', async () => {
    await app.close();
    app = await buildIssuedApp({ TAIN_JWKS_URL: `${issuer.url}/elsewhere` });

    expect(await ask(issue(RSA, 'RS256', undefined))).toMatchObject({ statusCode: 200 });
  });

  it('carry their role in the configured claim, alone or among roles of others', async () => {
    await app.close();
    app = await buildIssuedApp({ TAIN_JWT_ROLE_CLAIM: 'groups' });
    const withGroups = (groups: unknown) => issue(RSA, 'RS256', 'rsa', { groups, role: 'admin' });

    expect(await ask(withGroups(['mail', 'viewer']))).toMatchObject({ statusCode: 200 });
    expect(await ask(withGroups(['mail']))).toMatchObject({ statusCode: 401 });
    expect(await ask(withGroups(['viewer', 'admin']))).toMatchObject({ statusCode: 401 });
    expect(await ask(withGroups(undefined))).toMatchObject({ statusCode: 401 });
  });

  const past = Math.floor(Date.now() / 1000) - 1;
  const bad: [string, () => string][] = [
    ['is one of the local secret', () => tokenFor('admin')],
    ['is signed with a key that is not the issuer’s', () => issue(RSA_NEXT, 'RS256', 'rsa')],
    ['names a key that the issuer does not have', () => issue(RSA, 'RS256', 'other')],
    ['is for another audience', () => issue(RSA, 'RS256', 'rsa', { aud: 'payroll' })],
    ['names no audience', () => issue(RSA, 'RS256', 'rsa', { aud: undefined })],
    ['is of another issuer', () => issue(RSA, 'RS256', 'rsa', { iss: 'https://elsewhere.invalid' })],
    ['names no issuer', () => issue(RSA, 'RS256', 'rsa', { iss: undefined })],
    ['has expired', () => issue(RSA, 'RS256', 'rsa', { exp: past })],
    ['never expires', () => issue(RSA, 'RS256', 'rsa', { exp: undefined })],
    ['is not valid yet', () => issue(RSA, 'RS256', 'rsa', { nbf: past + 600 })],
    ['names no known role', () => issue(RSA, 'RS256', 'rsa', { role: 'king' })],
    [
      'is not signed',
      () => {
        const [, claims] = issue(RSA, 'RS256', 'rsa').split('.');
        return `${Buffer.from('{"alg":"none","kid":"rsa"}').toString('base64url')}.${claims}.`;
      },
    ],
  ];

  it.each(bad)('are refused when one %s', async (_how, make) => {
    expect(await ask(issue(RSA, 'RS256', 'rsa'))).toMatchObject({ statusCode: 200 });
    expect(await ask(make())).toEqual({ statusCode: 401, code: 'auth.missing' });
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)(
    'are refused when signed by %s with the public key as the secret',
    async (algorithm) => {
      // Every spelling of the key that a server might hold.
      const spellings = [
        RSA.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        RSA.publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(),
        RSA.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
        JSON.stringify(jwk(RSA, 'rsa')),
      ];
      const claims = issue(RSA, 'RS256', 'rsa', { role: 'admin' }).split('.')[1]!;
      for (const secret of spellings) {
        const header = Buffer.from(JSON.stringify({ alg: algorithm, kid: 'rsa' })).toString('base64url');
        const signature = createHmac(algorithm.replace('HS', 'sha'), secret).update(`${header}.${claims}`);
        const token = `${header}.${claims}.${signature.digest('base64url')}`;

        expect(await ask(token)).toEqual({ statusCode: 401, code: 'auth.missing' });
      }
    },
  );

  it('are taken with a new key as soon as the issuer has one', async () => {
    const old = issue(RSA, 'RS256', 'rsa');
    expect(await ask(old)).toMatchObject({ statusCode: 200 });
    issuer.keys = [jwk(RSA_NEXT, 'next')];

    expect(await ask(issue(RSA_NEXT, 'RS256', 'next'))).toMatchObject({ statusCode: 200 });
    expect(await ask(issue(RSA, 'RS256', 'rsa', { sub: 'late' }))).toMatchObject({ statusCode: 401 });
    // Also one that was found good while its key was.
    expect(await ask(old)).toMatchObject({ statusCode: 401 });
  });

  it('cannot make the issuer be asked over and over for keys that do not exist', async () => {
    await ask(issue(RSA, 'RS256', 'rsa'));
    for (let number = 0; number < 20; number += 1) {
      expect(await ask(issue(RSA, 'RS256', `invented-${number}`))).toMatchObject({ statusCode: 401 });
    }

    expect(issuer.asked).toBe(2);
  });

  it('are not refused but asked to come again while the issuer is down', async () => {
    issuer.status = 500;

    expect(await ask(issue(RSA, 'RS256', 'rsa'))).toEqual({ statusCode: 503, code: 'service.unavailable' });
    expect(await app.inject('/healthz')).toMatchObject({ statusCode: 200 });
  });

  it('need an audience in the configuration', () => {
    expect(() => parseConfig({ TAIN_JWT_ISSUER: 'https://issuer.invalid' })).toThrow(ConfigError);
    expect(() => parseConfig({ TAIN_JWKS_URL: 'https://issuer.invalid/keys' })).toThrow(/TAIN_JWT_ISSUER/);
  });
});

describe('the keys of an issuer', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  /** The clock goes at the test's word; what waits for the network goes on by itself. */
  const holdClock = (): void => {
    jest.useFakeTimers({
      doNotFake: [
        ...(['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval'] as const),
        ...(['clearImmediate', 'nextTick', 'queueMicrotask', 'hrtime'] as const),
      ],
    });
  };
  const minutes = (number: number): number => number * 60_000;

  it('serve for an hour while the issuer is down, and no longer', async () => {
    holdClock();
    const keys = createKeySet({ issuer: issuer.url });
    const known = await keys.find('rsa', 'RS256');
    issuer.status = 500;

    jest.advanceTimersByTime(minutes(59));
    expect(await keys.find('rsa', 'RS256')).toBe(known);
    jest.advanceTimersByTime(minutes(2));
    await expect(keys.find('rsa', 'RS256')).rejects.toMatchObject({ code: 'service.unavailable' });

    issuer.status = 200;
    jest.advanceTimersByTime(minutes(1));
    expect(await keys.find('rsa', 'RS256')).toBe(known);
  });

  it('are given up some minutes after the issuer has withdrawn them, though nobody names a new one', async () => {
    holdClock();
    const keys = createKeySet({ issuer: issuer.url });
    await keys.find('rsa', 'RS256');
    issuer.keys = [jwk(RSA_NEXT, 'next')];

    jest.advanceTimersByTime(minutes(6));
    expect(await keys.find('rsa', 'RS256')).toBeNull();
  });

  it('stay usable while the issuer is down, once they are known', async () => {
    const keys = createKeySet({ issuer: issuer.url });
    const known = await keys.find('rsa', 'RS256');
    issuer.status = 500;

    expect(await keys.find('rsa', 'RS256')).toBe(known);
    for (let again = 0; again < 2; again += 1)
      await expect(keys.find('new', 'RS256')).rejects.toMatchObject({ code: 'service.unavailable' });
    expect(issuer.asked).toBe(1);
  });

  it('are fetched once for many tokens that come together', async () => {
    const keys = createKeySet({ issuer: issuer.url });
    await Promise.all(Array.from({ length: 20 }, () => keys.find('rsa', 'RS256')));

    expect(issuer.asked).toBe(1);
  });

  it('serve only the algorithms of their kind and their own word', async () => {
    issuer.keys = [
      jwk(RSA, 'any'),
      jwk(RSA, 'only', { alg: 'PS256' }),
      jwk(RSA, 'secrecy', { use: 'enc' }),
      { kty: 'oct', kid: 'shared', k: 'c2VjcmV0' },
      { kty: 'RSA', kid: 'broken' },
    ];
    const keys = createKeySet({ issuer: issuer.url });

    expect(await keys.find('any', 'RS256')).toContain('PUBLIC KEY');
    expect(await keys.find('any', 'ES256')).toBeNull();
    expect(await keys.find('only', 'PS256')).toContain('PUBLIC KEY');
    for (const [kid, algorithm] of [
      ['only', 'RS256'],
      ['secrecy', 'RS256'],
      ['shared', 'HS256'],
      ['broken', 'RS256'],
    ] as const)
      expect(await keys.find(kid, algorithm)).toBeNull();
  });

  it('are not taken from a discovery document of somebody else', async () => {
    const keys = createKeySet({ issuer: `${issuer.url}/` });

    await expect(keys.find('rsa', 'RS256')).rejects.toMatchObject({ code: 'service.unavailable' });
  });
});
