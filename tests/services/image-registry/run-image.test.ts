import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createRunImage,
  type RegistrySettings,
  type RunImage,
} from '../../../platform/image-registry/run-image.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { INDEX_TYPE, refuse, sha256Of, useRegistries, type TestRegistry } from '../../support/registry.ts';

const ERRORS = { invalid: 'kubernetes-file.invalid', unreadable: 'kubernetes-file.unreadable' } as const;
const LOGIN = { user: 'robot$tain', password: 'p:ä s' };
const registries = useRegistries();

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'tain-registry-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, content: string | object): string {
  const file = path.join(dir, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function imageAt({ host }: { readonly host: string }, rest: string, change: Partial<RegistrySettings> = {}) {
  const settings = { caFile: write('ca.pem', registries.ca), credentialsFile: null, isInsecure: false };
  return createRunImage(`${host}/${rest}`, { ...settings, ...change }, ERRORS);
}

const loginFile = (host: string, entry: object): string =>
  write('config.json', { auths: { 'other.test': { auth: 'eDp5' }, [`https://${host}`]: entry } });
const authOf = ({ user, password }: typeof LOGIN): object => ({
  auth: Buffer.from(`${user}:${password}`).toString('base64'),
});

/** What became of a question that no registry answered: the rule, and the sentence. */
async function warningOf(image: RunImage, pinned: string | null = null) {
  const { digest, warning } = await image.find(pinned);
  return { digest, code: warning?.code, rule: warning?.params['rule'], text: warning?.message ?? '' };
}

describe('an image that its registry has', () => {
  it('is found by its tag and pinned to the digest, with nothing but HEAD', async () => {
    const registry = await registries.start();
    const digest = registry.push('tain/train', '1.4.0');
    const image = imageAt(registry, 'tain/train:1.4.0');

    expect(await image.find(null)).toEqual({ digest, warning: null });
    expect(image.pinnedTo(digest)).toBe(`${registry.host}/tain/train@${digest}`);
    expect(registry.asked).toMatchObject([{ method: 'HEAD', path: '/v2/tain/train/manifests/1.4.0' }]);
  });

  it('is asked for by its digest where it has one, whatever the tag is', async () => {
    const registry = await registries.start();
    const digest = registry.push('train', '1');
    registry.push('train', '1');

    expect(await imageAt(registry, `train:1@${digest}`).find(null)).toEqual({ digest, warning: null });
    expect(await imageAt(registry, 'train:1').find(digest)).toEqual({ digest, warning: null });
  });

  it('is asked for once by many starts at the same time', async () => {
    const registry = await registries.start();
    registry.push('train', '1');
    const image = imageAt(registry, 'train:1');
    const found = await Promise.all(Array.from({ length: 20 }, () => image.find(null)));

    expect(new Set(found.map(({ digest }) => digest)).size).toBe(1);
    expect(registry.asked).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['a token for a login', authOf(LOGIN)],
    ['a token for a user and a password', { username: LOGIN.user, password: LOGIN.password }],
    ['a token for an identity token', { ...authOf(LOGIN), identitytoken: 'identity-of-tain' }],
  ])('is found with %s', async (_, entry) => {
    const registry = await registries.start({ wants: 'token', login: LOGIN, identity: 'identity-of-tain' });
    const digest = registry.push('a/b/c', '1');
    const image = imageAt(registry, 'a/b/c:1', { credentialsFile: loginFile(registry.host, entry) });

    expect(await image.find(null)).toEqual({ digest, warning: null });
    expect(registry.asked.map(({ authorization }) => authorization?.split(' ')[0] ?? null)).toEqual([
      null,
      'identitytoken' in entry ? null : 'Basic',
      'Bearer',
    ]);
  });

  it('is found with a token that anybody gets, with a login by itself, and with a token of the registry', async () => {
    const open = await registries.start({ wants: 'token' });
    const basic = await registries.start({ wants: 'basic', login: LOGIN });
    const digests = [open, basic].map((registry) => registry.push('train', '1'));
    const withLogin = { credentialsFile: loginFile(basic.host, authOf(LOGIN)) };

    expect((await imageAt(open, 'train:1').find(null)).digest).toBe(digests[0]);
    expect((await imageAt(basic, 'train:1', withLogin).find(null)).digest).toBe(digests[1]);

    const { authorization } = open.asked.at(-1)!;
    const registrytoken = authorization!.replace('Bearer ', '');
    const withToken = { credentialsFile: loginFile(open.host, { registrytoken }) };
    expect((await imageAt(open, 'train:1', withToken).find(null)).digest).toBe(digests[0]);
    expect(open.asked.filter(({ path: at }) => at.startsWith('/token'))).toHaveLength(1);
  });

  it('is found where the registry does not tell its digest, by that of the manifest', async () => {
    const registry = await registries.start();
    registry.answer('/v2/', ({ method }, response) => {
      response.writeHead(200, { 'content-type': `${INDEX_TYPE}; charset=utf-8` });
      response.end(method === 'HEAD' ? '' : '{"manifests": []}');
    });

    expect((await imageAt(registry, 'train:1').find(null)).digest).toBe(sha256Of('{"manifests": []}'));
  });

  it('is found where the registry sends on, which is told nobody’s login', async () => {
    const [registry, other] = [
      await registries.start({ wants: 'basic', login: LOGIN }),
      await registries.start(),
    ];
    const digest = other.push('far/train', '1');
    registry.answer('/v2/train/manifests', ({ authorization }, response) => {
      if (authorization === null) response.setHeader('www-authenticate', 'Basic realm="tests"');
      else response.setHeader('location', `https://${other.host}/v2/far/train/manifests/1`);
      response.writeHead(authorization === null ? 401 : 307).end();
    });
    const image = imageAt(registry, 'train:1', { credentialsFile: loginFile(registry.host, authOf(LOGIN)) });

    expect((await image.find(null)).digest).toBe(digest);
    expect(registry.asked.at(-1)!.authorization).toMatch(/^Basic /);
    expect(other.asked).toMatchObject([{ method: 'HEAD', authorization: null }]);
  });

  it('is found without TLS only where the settings say so', async () => {
    const registry = await registries.start({ isInsecure: true, wants: 'token' });
    const digest = registry.push('train', '1');

    expect((await imageAt(registry, 'train:1', { isInsecure: true }).find(null)).digest).toBe(digest);
    expect(await warningOf(imageAt(registry, 'train:1'))).toMatchObject({
      digest: null,
      rule: 'unreachable',
    });
  });

  it('is found with a login that was replaced meanwhile', async () => {
    const registry = await registries.start({ wants: 'token', login: LOGIN });
    const digest = registry.push('train', '1');
    const credentialsFile = loginFile(registry.host, authOf({ ...LOGIN, password: 'old' }));
    const settings = { credentialsFile };

    expect(await warningOf(imageAt(registry, 'train:1', settings))).toMatchObject({ rule: 'denied' });
    loginFile(registry.host, authOf(LOGIN));
    expect((await imageAt(registry, 'train:1', settings).find(null)).digest).toBe(digest);
  });
});

describe('an image that its registry does not have', () => {
  it.each([
    ['repository', 'nobody/pushed:1', /has no repository/],
    ['tag', 'train:2', /no such tag/],
    ['digest', `train@${sha256Of('another')}`, /nothing with this digest/],
  ])('is refused, for its %s', async (rule, rest, text) => {
    const registry = await registries.start({ wants: 'token' });
    registry.push('train', '1');

    await expect(imageAt(registry, rest).find(null)).rejects.toMatchObject({
      code: 'job.image-unknown',
      params: { rule, image: `${registry.host}/${rest}`, registry: registry.host },
      message: expect.stringMatching(text),
    });
  });

  it('any more is refused by the digest that the job was started with, though its tag is there', async () => {
    const registry = await registries.start();
    const digest = registry.push('train', '1');
    registry.push('train', '1');
    registry.remove('train', digest);

    await expect(imageAt(registry, 'train:1').find(digest)).rejects.toMatchObject({
      code: 'job.image-unknown',
      params: { rule: 'pinned', digest },
    });
  });
});

describe('a registry that cannot be asked holds nobody up:', () => {
  const registryThat = async (answer: Parameters<TestRegistry['answer']>[1]): Promise<TestRegistry> => {
    const registry = await registries.start();
    registry.push('train', '1');
    registry.answer('/v2/', answer);
    return registry;
  };
  const found = (digest: string, type = INDEX_TYPE) =>
    registryThat((_, response) => {
      response.writeHead(200, { 'content-type': type, 'docker-content-digest': digest }).end();
    });

  it.each([500, 502, 429])('one that answers %i', async (status) => {
    const registry = await registryThat((_, response) => refuse(response, status, 'TOOMANYREQUESTS'));

    expect(await warningOf(imageAt(registry, 'train:1'))).toMatchObject({
      ...{ digest: null, code: 'job.image-unchecked', rule: 'status' },
      text: expect.stringContaining(`${registry.host}, HTTP ${status}`),
    });
  });

  it('a digest that is known counts all the same', async () => {
    const registry = await registryThat((_, response) => refuse(response, 503, 'UNAVAILABLE'));
    const [own, pinned] = [sha256Of('own'), sha256Of('pinned')];

    expect(await warningOf(imageAt(registry, `train:1@${own}`))).toMatchObject({
      digest: own,
      rule: 'status',
    });
    expect(await warningOf(imageAt(registry, 'train:1'), pinned)).toMatchObject({ digest: pinned });
  });

  it('one that is not there, and one that says nothing', async () => {
    const gone = await registries.start();
    await gone.stop();
    const silent = net.createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const host = `localhost:${(silent.address() as AddressInfo).port}`;
      expect(await warningOf(imageAt(gone, 'train:1'))).toMatchObject({
        ...{ rule: 'unreachable', text: expect.stringContaining('ECONNREFUSED') },
      });
      expect(await warningOf(imageAt({ host }, 'train:1'))).toMatchObject({ rule: 'slow' });
    } finally {
      silent.close();
    }
  });

  it('one whose certificate is of another authority', async () => {
    const registry = await registries.start();
    const caFile = write('other.pem', makeAuthority('Somebody else').cert);

    expect(await warningOf(imageAt(registry, 'train:1', { caFile }))).toMatchObject({ rule: 'untrusted' });
    expect(await warningOf(imageAt(registry, 'train:1', { caFile: null }))).toMatchObject({
      rule: 'untrusted',
    });
    expect(registry.asked).toEqual([]);
  });

  it('one that does not let Tain look: nodes may have another login', async () => {
    const registry = await registries.start({ wants: 'token', login: LOGIN });
    registry.push('train', '1');
    const wrong = loginFile(registry.host, authOf({ ...LOGIN, password: 'wrong' }));

    expect(await warningOf(imageAt(registry, 'train:1'))).toMatchObject({ digest: null, rule: 'denied' });
    const refused = await warningOf(imageAt(registry, 'train:1', { credentialsFile: wrong }));
    expect(refused).toMatchObject({ rule: 'denied', text: expect.stringContaining('no token, HTTP 401') });
    expect(refused.text).not.toContain('wrong');
  });

  it('one whose server for tokens is another’s without TLS, sends on, or gives none', async () => {
    const registry = await registries.start({ wants: 'token', login: LOGIN });
    const credentialsFile = loginFile(registry.host, authOf(LOGIN));
    const asked = () => warningOf(imageAt(registry, 'train:1', { credentialsFile }));
    const thief = await registries.start({ isInsecure: true });

    registry.answer('/token', (_, response) => {
      response.writeHead(302, { location: `http://${thief.host}/token` }).end();
    });
    expect(await asked()).toMatchObject({ rule: 'status' });
    registry.answer('/token', (_, response) => void response.end('{"token": "two\\r\\nlines"}'));
    expect(await asked()).toMatchObject({ rule: 'answer' });
    registry.answer('/token', (_, response) => void response.end(Buffer.alloc(2 ** 20, 0x20)));
    expect(await asked()).toMatchObject({ rule: 'answer', text: expect.stringContaining('more than') });
    registry.answer('/v2/', (_, response) => {
      response.setHeader('www-authenticate', `Bearer realm="http://${thief.host}/token",service="tests"`);
      response.writeHead(401).end();
    });
    expect(await asked()).toMatchObject({ rule: 'answer', text: expect.stringContaining('without TLS') });
    expect(thief.asked).toEqual([]);
  });

  it('one that sends on in a circle, or to where there is no TLS', async () => {
    const circle = await registryThat(
      (_, response) => void response.writeHead(307, { location: '/v2/train/manifests/1' }).end(),
    );
    const down = await registryThat(
      (_, response) => void response.writeHead(307, { location: `http://${circle.host}/` }).end(),
    );

    expect(await warningOf(imageAt(circle, 'train:1'))).toMatchObject({ rule: 'answer' });
    expect(circle.asked).toHaveLength(4);
    expect(await warningOf(imageAt(down, 'train:1'))).toMatchObject({ rule: 'answer' });
  });

  it.each<[string, () => Promise<TestRegistry>, RegExp]>([
    ['tells a digest of another kind', () => found(`sha512:${'0'.repeat(128)}`), /not a SHA-256/],
    ['tells what is no digest', () => found('sha256:1234'), /not a SHA-256/],
    ['answers with a page', () => found(sha256Of('page'), 'text/html'), /answers with text\/html/],
    [
      'says 404 like any web server',
      () => registryThat((_, response) => void response.writeHead(404).end('<h1>Not found</h1>')),
      /not in the words of a registry/,
    ],
    [
      'says 404 for another reason',
      () =>
        registryThat((_, response) => {
          response.writeHead(404, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS' }] }));
        }),
      /not in the words of a registry/,
    ],
    [
      'has a manifest that is not what its digest says',
      () =>
        registryThat(({ method }, response) => {
          const digest = method === 'HEAD' ? {} : { 'docker-content-digest': sha256Of('another') };
          response.writeHead(200, { 'content-type': INDEX_TYPE, ...digest });
          response.end(method === 'HEAD' ? '' : '{}');
        }),
      /its manifest is/,
    ],
    [
      'answers with more than a manifest may have',
      () =>
        registryThat(({ method }, response) => {
          response.writeHead(200, { 'content-type': INDEX_TYPE });
          response.end(method === 'HEAD' ? '' : Buffer.alloc(5 * 2 ** 20, 0x20));
        }),
      /more than 4194304 bytes/,
    ],
    [
      'breaks off',
      () => registryThat((_, response) => void response.socket!.destroy()),
      /ECONNRESET|socket hang up/,
    ],
  ])('one that %s', async (_, make, text) => {
    expect(await warningOf(imageAt(await make(), 'train:1'))).toMatchObject({
      ...{ digest: null, code: 'job.image-unchecked', text: expect.stringMatching(text) },
    });
  });

  it('one that answers with another digest than was asked for: what was asked for counts', async () => {
    const registry = await found(sha256Of('another'));
    const own = sha256Of('own');

    expect(await warningOf(imageAt(registry, `train@${own}`))).toMatchObject({ digest: own, rule: 'answer' });
  });

  it('one whose files are gone since the start', async () => {
    const registry = await registries.start();
    const caFile = path.join(dir, 'gone.pem');

    expect(await warningOf(imageAt(registry, 'train:1', { caFile }))).toMatchObject({ rule: 'settings' });
  });
});
