/** The answer to a registry's "who are you" (401): a login, or a token of the server that it names. */
import { z } from 'zod';
import { callRegistry, RegistryTrouble } from './registry-call.ts';
import type { RegistryLogin } from './registry-login.ts';

export type RegistryAccess = {
  /** Null: as anybody. */
  readonly login: RegistryLogin | null;
  /** Who is trusted, as PEM. */
  readonly ca: readonly string[];
  /** HTTP without TLS is spoken. */
  readonly isInsecure: boolean;
};

const Token = z.looseObject({ token: z.string().optional(), access_token: z.string().optional() });
const PRINTABLE = /^[\x21-\x7e]{1,16384}$/;
const TOKEN_BYTES = 256 * 1024;

const basicOf = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;

/**
 * The value of Authorization that a challenge asks for; null: there is nothing to answer it with.
 * @param challenge value of WWW-Authenticate
 * @throws RegistryTrouble
 */
export async function answerChallenge(
  challenge: string,
  repository: string,
  { login, ca, isInsecure }: RegistryAccess,
  signal: AbortSignal,
): Promise<string | null> {
  if (login?.kind === 'token') return `Bearer ${login.token}`;
  const [, bearer] = /(?:^|,)\s*Bearer\s+(.*)$/i.exec(challenge) ?? [];
  if (bearer === undefined) {
    const isBasic = /(?:^|,)\s*Basic\b/i.test(challenge);
    return isBasic && login?.kind === 'password' ? basicOf(login.user, login.password) : null;
  }
  const param = (name: string): string | undefined =>
    new RegExp(`(?:^|[,\\s])${name}="([^"]*)"`, 'i').exec(bearer)?.[1];
  const realm = realmOf(param('realm'), isInsecure);
  const wanted = param('scope') ?? '';
  const query: Record<string, string> = {
    ...(param('service') !== undefined && { service: param('service')! }),
    // A registry may call it otherwise there, but more than reading is not asked for.
    scope: /^repository:[^\s:]+:pull$/.test(wanted) ? wanted : `repository:${repository}:pull`,
  };
  const common = { ca, signal, mostBytes: TOKEN_BYTES };
  if (login?.kind === 'identity') {
    const form = { ...query, grant_type: 'refresh_token', client_id: 'tain', refresh_token: login.token };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    return bearerOf(realm, await callRegistry(realm, { ...common, method: 'POST', headers, body }));
  }
  for (const [name, value] of Object.entries(query)) realm.searchParams.set(name, value);
  const headers: Record<string, string> =
    login === null ? {} : { authorization: basicOf(login.user, login.password) };
  return bearerOf(realm, await callRegistry(realm, { ...common, method: 'GET', headers }));
}

function realmOf(text: string | undefined, isInsecure: boolean): URL {
  const realm = URL.parse(text ?? '');
  if (realm === null) throw new RegistryTrouble('answer', 'it names no server for tokens');
  if (realm.protocol !== 'https:' && !(isInsecure && realm.protocol === 'http:'))
    throw new RegistryTrouble('answer', `its server for tokens, ${realm.host}, would be asked without TLS`);
  // It may carry none of ours, and none of somebody else's either.
  [realm.username, realm.password, realm.hash] = ['', '', ''];
  return realm;
}

function bearerOf(
  { host }: URL,
  { status, body }: { readonly status: number; readonly body: Buffer },
): string {
  // A redirect is none: whoever it leads to would be told who we are.
  if (status === 400 || status === 401 || status === 403)
    throw new RegistryTrouble('denied', `${host} gives no token, HTTP ${status}`);
  if (status !== 200) throw new RegistryTrouble('status', `${host}, HTTP ${status}`);
  let found: z.output<typeof Token>;
  try {
    found = Token.parse(JSON.parse(body.toString('utf8')));
  } catch (error) {
    throw new RegistryTrouble('answer', `${host} answers with no token`, { cause: error });
  }
  const token = found.token || found.access_token || '';
  if (!PRINTABLE.test(token)) throw new RegistryTrouble('answer', `${host} answers with no token`);
  return `Bearer ${token}`;
}
