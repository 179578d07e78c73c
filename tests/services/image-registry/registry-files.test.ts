import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadClusterConfig } from '../../../platform/kubernetes-config.ts';
import { makeAuthority } from '../../support/certificates.ts';

const FILE = {
  ...{ executor: 'kubernetes-job', namespace: 'training', image: 'registry.test:5000/train:1' },
  volumes: [{ path: '/srv/training', claim: 'training' }],
};
const AUTH = Buffer.from('robot:secret').toString('base64');

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'tain-registry-files-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Writes files beside the cluster file, and loads that. */
function load(registry: unknown, files: Readonly<Record<string, unknown>> = {}) {
  const all = { ...files, 'kubernetes.json': { ...FILE, registry } };
  for (const [name, content] of Object.entries(all))
    writeFileSync(path.join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  return loadClusterConfig(path.join(dir, 'kubernetes.json'));
}

describe('the registry in the cluster file', () => {
  it('is asked for the image unless the file says otherwise', async () => {
    expect((await load(undefined)).image).toMatchObject({ image: FILE.image });
    expect((await load({})).image).toMatchObject({ image: FILE.image });
    expect((await load({ ask: false })).image).toBeNull();
  });

  it.each(['registry.test:5000', 'https://registry.test:5000', 'http://registry.test:5000/v2/'])(
    'has the login of %s, and a certificate, in files beside it',
    async (key) => {
      const files = { 'login.json': { auths: { [key]: { auth: AUTH } } }, 'ca.pem': makeAuthority('A').cert };

      expect((await load({ credentialsFile: 'login.json', caFile: 'ca.pem' }, files)).image).not.toBeNull();
    },
  );

  it.each<[string, unknown, string, RegExp]>([
    ['registry', { host: 'registry.test' }, 'kubernetes.json', /"host"/],
    ['registry', 'registry.test', 'kubernetes.json', /expected object/],
    ['registry.insecure', { insecure: 'yes' }, 'kubernetes.json', /expected boolean/],
    ['registry.caFile', { caFile: '' }, 'kubernetes.json', /./],
    ['the file', { caFile: 'ca.pem' }, 'ca.pem', /no certificate/],
    ['the file', { credentialsFile: 'text.json' }, 'text.json', /no JSON with logins/],
    ['the file', { credentialsFile: 'list.json' }, 'list.json', /no JSON with logins/],
    ['auths', { credentialsFile: 'none.json' }, 'none.json', /expected record/],
    ['auths', { credentialsFile: 'other.json' }, 'other.json', /no login for registry\.test:5000/],
    ['auths.registry.test:5000', { credentialsFile: 'empty.json' }, 'empty.json', /neither auth/],
    ['auths.registry.test:5000.auth', { credentialsFile: 'auth.json' }, 'auth.json', /base64/],
    ['auths.registry.test:5000.registrytoken', { credentialsFile: 'token.json' }, 'token.json', /no header/],
  ])('is refused for its %s, with what is wrong', async (place, registry, file, problem) => {
    const auths = (entry: object): object => ({ auths: { 'registry.test:5000': entry } });
    const files = {
      'ca.pem': 'no certificate',
      'text.json': 'robot:hunter2',
      ...{ 'list.json': [], 'none.json': { credsStore: 'desktop' } },
      'other.json': { auths: { 'registry.test': { auth: AUTH } } },
      ...{ 'empty.json': auths({}), 'auth.json': auths({ auth: 'aHVudGVyMg==' }) },
      'token.json': auths({ registrytoken: 'two\r\nhunter2' }),
    };
    const error: unknown = await load(registry, files).catch((caught: unknown) => caught);

    expect(error).toMatchObject({
      code: 'kubernetes-file.invalid',
      params: { place, file: path.join(dir, file), problem: expect.stringMatching(problem) },
    });
    expect(String(error)).not.toContain('hunter2');
  });

  it.each([{ caFile: 'gone' }, { credentialsFile: 'gone' }])(
    'that names a file which is not there is told by its path',
    async (registry) => {
      await expect(load(registry)).rejects.toMatchObject({
        code: 'kubernetes-file.unreadable',
        params: { file: path.join(dir, 'gone'), reason: 'ENOENT' },
      });
    },
  );
});
