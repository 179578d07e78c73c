import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { GuardedRoute } from '../../api/plugins/auth.ts';
import { isAllowed, POLICY, PUBLIC_ROUTES, ROLES } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { bearer, buildTestApp, SECRET, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;
let guarded: readonly GuardedRoute[];

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000' },
  );
  await app.ready();
  guarded = app.guardedRoutes.filter(({ action }) => action !== null);
});

afterAll(async () => {
  await app.close();
});

const EXAMPLES: Record<string, string> = {
  ':id': '20261121-00000000000000000000000000000000',
  ':date': '2026-11-21',
  ':feed': 'desk',
  ':user': 'tester',
};

/** What a stream refuses, so that its answer ends. */
const REFUSED: Record<string, string> = { '/v1/events': '?after=1000000' };

const ask = ({ method, url }: GuardedRoute, headers: Record<string, string>) =>
  app.inject({
    method: method as 'GET',
    url: url.replaceAll(/:\w+/g, (param) => EXAMPLES[param] ?? '1') + (REFUSED[url] ?? ''),
    headers,
  });

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token made by hand, as an attacker would. */
function forge(header: object, claims: object, secret = SECRET): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const HS256 = { alg: 'HS256', typ: 'JWT' };
const now = Math.floor(Date.now() / 1000);
const CLAIMS = { sub: 'x', role: 'admin', iat: now, exp: now + 600 };

const BAD_TOKENS: Record<string, Record<string, string>> = {
  'is missing': {},
  'is no bearer token': { authorization: `Basic ${tokenFor('admin')}` },
  'is no token at all': bearer('nonsense'),
  'is signed with another secret': bearer(forge(HS256, CLAIMS, 'another secret of enough characters')),
  'is not signed': bearer(`${encode({ alg: 'none', typ: 'JWT' })}.${encode(CLAIMS)}.`),
  'says none and carries a signature': bearer(forge({ alg: 'none', typ: 'JWT' }, CLAIMS)),
  'says nOnE': bearer(`${encode({ alg: 'nOnE', typ: 'JWT' })}.${encode(CLAIMS)}.`),
  'names another algorithm of the same secret': bearer(forge({ alg: 'HS512', typ: 'JWT' }, CLAIMS)),
  'had its role changed behind its signature': bearer(
    tokenFor('viewer')
      .split('.')
      .map((part, at) => (at === 1 ? encode(CLAIMS) : part))
      .join('.'),
  ),
  'has expired': bearer(forge(HS256, { ...CLAIMS, exp: now - 1 })),
  'never expires': bearer(forge(HS256, { ...CLAIMS, exp: undefined })),
  'is not valid yet': bearer(forge(HS256, { ...CLAIMS, nbf: now + 600 })),
  'names an unknown role': bearer(forge(HS256, { ...CLAIMS, role: 'king' })),
  'names no role': bearer(forge(HS256, { ...CLAIMS, role: undefined })),
  'names several roles': bearer(forge(HS256, { ...CLAIMS, role: ['viewer', 'admin'] })),
  'names an inherited property as its role': bearer(forge(HS256, { ...CLAIMS, role: 'toString' })),
  'names no subject': bearer(forge(HS256, { ...CLAIMS, sub: undefined })),
  'names a subject of more than 200 characters': bearer(forge(HS256, { ...CLAIMS, sub: 'x'.repeat(201) })),
  'names a subject with a line break': bearer(forge(HS256, { ...CLAIMS, sub: 'x\nadmin' })),
  'names a subject with a NUL character': bearer(forge(HS256, { ...CLAIMS, sub: 'x\0' })),
  'names the inbox as its subject': bearer(forge(HS256, { ...CLAIMS, sub: 'inbox' })),
  'names the ingest as its subject': bearer(forge(HS256, { ...CLAIMS, sub: 'file-ingest' })),
};

describe('the policy', () => {
  it('is asked by every route that is not on the short list of public ones', () => {
    const open = app.guardedRoutes.filter(({ action }) => action === null).map(({ url }) => url);

    expect(new Set(open)).toEqual(new Set(PUBLIC_ROUTES));
    expect(new Set(guarded.map(({ action }) => action))).toEqual(new Set(Object.keys(POLICY)));
  });

  it('lets exactly its roles through, on every route', async () => {
    const wrong: string[] = [];
    for (const route of guarded) {
      for (const role of ROLES) {
        const { statusCode } = await ask(route, bearer(tokenFor(role)));
        const isLetThrough = statusCode !== 401 && statusCode !== 403;
        if (isLetThrough !== isAllowed(role, route.action!))
          wrong.push(`${route.method} ${route.url} as ${role}: ${statusCode}`);
      }
    }

    expect(guarded.length).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  });

  it('answers a role that may not with 403 and what it would take', async () => {
    const answer = await ask({ method: 'POST', url: '/v1/files', action: null }, bearer(tokenFor('viewer')));

    expect(answer.json<Problem>()).toMatchObject({ status: 403, code: 'auth.forbidden' });
    expect(answer.json<Problem>().detail).toContain('viewer');
    expect(answer.json<Problem>().detail).toContain('admin, operator, service');
  });

  it('names the scheme to an asker without a token, and every request by an id of its own', async () => {
    const [route] = guarded.filter(({ method }) => method === 'GET');
    const answers = [await ask(route!, {}), await ask(route!, {})];

    for (const { headers } of answers) expect(headers['www-authenticate']).toBe('Bearer');
    const ids = answers.map((answer) => answer.json<Problem>().requestId);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it.each(Object.keys(BAD_TOKENS))('refuses a token that %s, on every route', async (how) => {
    const wrong: string[] = [];
    for (const route of guarded) {
      const answer = await ask(route, BAD_TOKENS[how]!);
      if (answer.statusCode !== 401) wrong.push(`${route.method} ${route.url}: ${answer.statusCode}`);
      else if (route.method !== 'HEAD')
        expect(answer.json<Problem>()).toMatchObject({ code: 'auth.missing', status: 401 });
    }

    expect(wrong).toEqual([]);
  });

  it.each([
    ['is missing', 'there is none'],
    ['is no bearer token', 'Authorization: Bearer TOKEN'],
    ['is not signed', 'it is not signed'],
    ['has expired', 'it has expired'],
    ['never expires', 'exp claim is required'],
    ['names an unknown role', 'it names no known role'],
    ['names a subject of more than 200 characters', 'more than 200 characters'],
    ['names a subject with a line break', 'control characters'],
    ['names the inbox as its subject', 'a service of Tain'],
  ])('says why when a token %s', async (how, why) => {
    const answer = await ask(guarded[0]!, BAD_TOKENS[how]!);

    expect(answer.json<Problem>().detail).toContain(why);
  });

  it('takes the token that the bad ones were made from', async () => {
    const answer = await ask(guarded[0]!, bearer(forge(HS256, CLAIMS)));

    expect(answer.statusCode).not.toBe(401);
  });

  it('stops a route that names no action at its registration', async () => {
    const another = await buildTestApp({ sql: database.sql, client: temporal.client });

    expect(() => another.get('/v1/forgotten', () => 'secret')).toThrow('/v1/forgotten must');
    await another.close();
  });
});
