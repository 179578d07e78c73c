/** A registry of images on loopback: HTTPS with a certificate of a private authority, tokens or logins, and whatever a test has it say. */
import { createHash, randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { makeAuthority, serverCertificate } from './certificates.ts';

export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

export const sha256Of = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly accept: string;
  readonly body: string;
};

type Answer = (asked: Asked, response: ServerResponse) => void;

export type TestRegistry = {
  /** Host and port, as names of images have it. */
  readonly host: string;
  /** What it was asked, oldest first. */
  readonly asked: readonly Asked[];
  /** Puts an image there, with an index of its own. @returns its digest */
  push(repository: string, tag: string): string;
  /** Takes it away: a tag, or a digest. */
  remove(repository: string, reference: string): void;
  /** Answers to what begins with a path ("/v2/…", "/token") in its place; null: itself again. */
  answer(path: string, answer: Answer | null): void;
  /** It is there no more. */
  stop(): Promise<void>;
};

type RegistryOptions = {
  /** How it wants to know who asks. */
  readonly wants?: 'nothing' | 'token' | 'basic';
  /** Who may; absent: anybody gets a token. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Is changed for a token. */
  readonly identity?: string;
  readonly isInsecure?: boolean;
};

const say = (response: ServerResponse, status: number, body: unknown, headers: object = {}): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(body));

export const refuse = (response: ServerResponse, status: number, code: string): void =>
  say(response, status, { errors: [{ code, message: code.toLowerCase() }] });

/** Starts registries; all of them end with the test. */
export function useRegistries() {
  const authority = makeAuthority('Registries of tests');
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function start(options: RegistryOptions = {}): Promise<TestRegistry> {
    const { wants = 'nothing', login, identity, isInsecure = false } = options;
    const manifests = new Map<string, string>();
    const answers = new Map<string, Answer>();
    const asked: Asked[] = [];
    const token = randomBytes(12).toString('hex');
    const basic = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
    let host = '';

    const mayAsk = ({ authorization }: Asked): boolean =>
      wants === 'nothing' || authorization === (wants === 'token' ? `Bearer ${token}` : basic);

    function giveToken(one: Asked, response: ServerResponse): void {
      const form = new URLSearchParams(one.method === 'POST' ? one.body : one.path.split('?')[1]);
      const isKnown =
        one.method === 'POST'
          ? form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === identity
          : login === undefined || one.authorization === basic;
      const isWhole =
        form.get('service') === 'tests' && /^repository:\S+:pull$/.test(form.get('scope') ?? '');
      if (!isKnown || !isWhole) refuse(response, 401, 'UNAUTHORIZED');
      else say(response, 200, one.method === 'POST' ? { access_token: token } : { token });
    }

    function giveManifest(one: Asked, response: ServerResponse): void {
      const [, repository, reference] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(one.path) ?? [];
      if (repository === undefined || !one.accept.includes(INDEX_TYPE))
        return refuse(response, 400, 'UNSUPPORTED');
      if (!mayAsk(one)) {
        const scheme = isInsecure ? 'http' : 'https';
        const challenge =
          wants === 'basic'
            ? 'Basic realm="tests"'
            : `Bearer realm="${scheme}://${host}/token",service="tests",scope="repository:${repository}:pull"`;
        response.setHeader('www-authenticate', challenge);
        return refuse(response, 401, 'UNAUTHORIZED');
      }
      const manifest = manifests.get(`${repository}:${reference}`);
      if (manifest === undefined) {
        const isThere = [...manifests.keys()].some((key) => key.startsWith(`${repository}:`));
        return refuse(response, 404, isThere ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN');
      }
      response.writeHead(200, {
        'content-type': INDEX_TYPE,
        'docker-content-digest': sha256Of(manifest),
        'content-length': Buffer.byteLength(manifest),
      });
      response.end(one.method === 'HEAD' ? '' : manifest);
    }

    async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      let body = '';
      for await (const part of request) body += String(part);
      const { method = '', url: path = '', headers } = request;
      const one = {
        method,
        path,
        body,
        authorization: headers.authorization ?? null,
        accept: headers.accept ?? '',
      };
      asked.push(one);
      const own = [...answers].find(([begin]) => path.startsWith(begin))?.[1];
      if (own) own(one, response);
      else if (path.startsWith('/token')) giveToken(one, response);
      else giveManifest(one, response);
    }

    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      void handle(request, response);
    const server = isInsecure
      ? http.createServer(listener)
      : https.createServer(serverCertificate(authority), listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `localhost:${(server.address() as AddressInfo).port}`;
    const stop = async (): Promise<void> => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    };
    stops.push(stop);

    return {
      host,
      asked,
      push(repository, tag) {
        const manifest = JSON.stringify({
          ...{ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] },
          annotations: { made: randomBytes(8).toString('hex') },
        });
        for (const reference of [tag, sha256Of(manifest)])
          manifests.set(`${repository}:${reference}`, manifest);
        return sha256Of(manifest);
      },
      remove: (repository, reference) => void manifests.delete(`${repository}:${reference}`),
      answer(path, answer) {
        if (answer === null) answers.delete(path);
        else answers.set(path, answer);
      },
      stop,
    };
  }

  return { start, ca: authority.cert };
}
