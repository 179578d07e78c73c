import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openExecutor } from '../../../platform/executors/open-executor.ts';
import { instanceOf } from '../../../platform/executors/run-manifest.ts';
import { EXECUTOR_REQUESTS } from '../../../platform/executors/workflow-object.ts';
import { loadClusterConfig } from '../../../platform/kubernetes-config.ts';
import { EXECUTOR_RESOURCES } from '../../support/argo-values.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const FILE = {
  executor: 'kubernetes-job',
  namespace: 'training',
  image: `registry.test:5000/tain/train:1.4.0@${DIGEST}`,
  volumes: [
    { path: '/srv/training', claim: 'training' },
    { path: '/srv/data', use: 'data', nfs: { server: 'files.test', path: '/data' } },
  ],
};

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'tain-kubernetes-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(content: unknown): string {
  const file = path.join(dir, 'kubernetes.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('the cluster file', () => {
  it('says where training runs, with what, and what its pods see', async () => {
    const { template, places } = await loadClusterConfig(write(FILE));

    expect(places).toEqual({ node: '/usr/local/bin/node', root: '/app' });
    expect(template).toMatchObject({
      namespace: 'training',
      gpuResource: 'nvidia.com/gpu',
      graceSeconds: 600,
    });
    expect(template.volumes).toEqual([
      { path: '/srv/training', use: 'training', source: { claim: 'training' } },
      { path: '/srv/data', use: 'data', source: { nfs: { server: 'files.test', path: '/data' } } },
    ]);
  });

  it('may say that a MIG instance is what a card is, as it could before jobs asked for profiles', async () => {
    const gpuResource = 'nvidia.com/mig-1g.10gb';
    const { template } = await loadClusterConfig(write({ ...FILE, gpuResource }));
    expect(template.gpuResource).toBe(gpuResource);
  });

  it.each([
    ['executor', { executor: 'slurm' }, /kubernetes-job/],
    ['executorServiceAccount', { executorServiceAccount: 'argo' }, /for the executor argo alone/],
    ['executorRequests', { executorRequests: { cpu: '1', memory: '1Gi' } }, /for the executor argo alone/],
    ['executorRequests.cpu', { executorRequests: { cpu: 'half', memory: '1Gi' } }, /no quantity like 100m/],
    ['namespace', { namespace: 'Training' }, /no name of an object/],
    ['image', { image: 'tain/train:latest' }, /no image with a tag/],
    ['image', { image: 'tain/train' }, /no image with a tag/],
    ['image', { image: 'registry.test//train:1' }, /no name of an image/],
    ['volumes', { volumes: [] }, /one at least/],
    ['volumes.0', { volumes: [{ path: '/srv' }] }, /a claim or an NFS export/],
    ['volumes.0.path', { volumes: [{ path: '/srv/../etc', claim: 'a' }] }, /no absolute path/],
    ['tolerations.0.effect', { tolerations: [{ effect: 'Never' }] }, /NoSchedule/],
    ['models.NVIDIA-L4', { models: { 'NVIDIA-L4': 'L4 24GB' } }, /no name of a model/],
    ['the file', { prorityClass: 'training' }, /prorityClass/],
  ])('is refused for its %s, with what is wrong', async (place, change, problem) => {
    await expect(loadClusterConfig(write({ ...FILE, ...change }))).rejects.toMatchObject({
      code: 'kubernetes-file.invalid',
      params: { place, problem: expect.stringMatching(problem) },
    });
  });

  it('says what Argo’s containers ask for; what is taken when it does not is what our installation has them ask for', async () => {
    const readAs = async (executorRequests: object) =>
      (await loadClusterConfig(write({ ...FILE, executor: 'argo', executorRequests }))).template
        .executorRequests;

    expect(await readAs(EXECUTOR_RESOURCES.requests)).toEqual(EXECUTOR_REQUESTS);
    expect(await readAs({ cpu: '0', memory: '0' })).toEqual({ cpuMillis: 0, memoryBytes: 0 });
    expect(await readAs({ cpu: '0.5', memory: '1G' })).toEqual({ cpuMillis: 500, memoryBytes: 1e9 });
  });

  it('that is not there is told by its path', async () => {
    await expect(loadClusterConfig(path.join(dir, 'none.json'))).rejects.toMatchObject({
      code: 'kubernetes-file.unreadable',
      params: { reason: 'ENOENT' },
    });
  });

  it('chooses the executor of the gpu role: without it training runs on this machine', async () => {
    const here = await openExecutor({ TAIN_STATE_DIR: dir, TAIN_KUBERNETES_FILE: undefined });
    const there = await openExecutor({
      TAIN_STATE_DIR: dir,
      TAIN_KUBERNETES_FILE: write({
        ...{ ...FILE, node: '/opt/node', root: '/opt/tain', nodeSelector: { pool: 'gpu' } },
        models: { 'NVIDIA-L4': 'L4-24GB' },
      }),
    });

    const argo = await openExecutor({
      TAIN_STATE_DIR: dir,
      TAIN_KUBERNETES_FILE: write({ ...FILE, executor: 'argo', executorServiceAccount: 'argo' }),
    });

    expect([here, there, argo].map(({ executor }) => executor.kind)).toEqual([
      ...['process', 'kubernetes-job', 'argo'],
    ]);
    expect(here.places.node).toBe(process.execPath);
    expect(there.places).toEqual({ node: '/opt/node', root: '/opt/tain' });
    expect(here.cluster).toBeNull();
    expect(there.cluster?.needs).toEqual({
      ...{ gpuResource: 'nvidia.com/gpu', nodeSelector: { pool: 'gpu' }, tolerations: [] },
      models: { 'NVIDIA-L4': 'L4-24GB' },
      own: {
        ...{ namespace: FILE.namespace, label: 'tain.dev/instance', container: 'main' },
        value: instanceOf(path.join(dir, 'gpu', 'runs')),
      },
    });
  });
});
