import { describe, expect, it } from '@jest/globals';
import { readImageName } from '../../../domain/gpu-jobs/image-name.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('the name of an image', () => {
  it.each([
    ['node:24-slim', 'registry-1.docker.io', 'library/node', '24-slim', null],
    ['tain/train:1', 'registry-1.docker.io', 'tain/train', '1', null],
    ['docker.io/node:24', 'registry-1.docker.io', 'library/node', '24', null],
    ['index.docker.io/library/node:24', 'registry-1.docker.io', 'library/node', '24', null],
    ['localhost/train:1', 'localhost', 'train', '1', null],
    ['localhost:5000/train:1', 'localhost:5000', 'train', '1', null],
    ['registry.test:5000/a/b__c/d-e:v1.4', 'registry.test:5000', 'a/b__c/d-e', 'v1.4', null],
    [`registry.test/train@${DIGEST}`, 'registry.test', 'train', null, DIGEST],
    [`registry.test:5000/train:1@${DIGEST}`, 'registry.test:5000', 'train', '1', DIGEST],
  ])('%s says whom to ask, for what', (text, registry, repository, tag, digest) => {
    expect(readImageName(text)).toMatchObject({ registry, repository, tag, digest });
  });

  it('keeps what people wrote, without tag and digest', () => {
    expect(readImageName('node:24-slim')?.name).toBe('node');
    expect(readImageName(`localhost:5000/a/train:1@${DIGEST}`)?.name).toBe('localhost:5000/a/train');
  });

  it.each([
    'registry.test/',
    'registry.test//train:1',
    'registry.test/a/../b:1',
    'registry.test/Train:1',
    'train:',
    'train:a/b@sha256:1',
    `train@sha512:${'0'.repeat(128)}`,
    'registry.test:port/train:1',
    'train:1?x=y',
  ])('%s is none', (text) => {
    expect(readImageName(text)).toBeNull();
  });
});
