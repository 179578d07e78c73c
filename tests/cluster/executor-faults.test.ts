/** What can go wrong between an executor and its cluster. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AdmissionregistrationV1Api, type KubeConfig } from '@kubernetes/client-node';
import { findKubeConfig } from '../../platform/kubernetes-credentials.ts';
import { proxyApi, type ApiProxy } from '../support/api-proxy.ts';
import { uniqueName, type TestCluster } from '../support/cluster.ts';
import { certificateOf } from '../support/cluster-files.ts';
import { useClusterRuns, type ClusterExecutor } from '../support/cluster-runs.ts';
import { provided } from '../support/engines.ts';
import { eventually } from '../support/runs.ts';

const undo: (() => Promise<unknown>)[] = [];
const FOREVER = 'while :; do sleep 0.1; done';

describe.each<[ClusterExecutor]>([['kubernetes-job'], ['argo']])('a run by %s', (kind) => {
  let kubeConfig: KubeConfig | undefined;
  const { cluster, ...runs } = useClusterRuns(kind, {
    ...{ startMs: 3000, roomMs: 5000 },
    connect: () => kubeConfig ?? cluster.kubeConfig,
  });
  afterEach(async () => {
    kubeConfig = undefined;
    for (const one of undo.splice(0).reverse()) await one();
  });

  async function through(
    ...changes: Parameters<typeof proxyApi> extends [unknown, ...infer Rest] ? Rest : never
  ) {
    const proxy: ApiProxy = await proxyApi(cluster.kubeConfig, ...changes);
    undo.push(proxy.stop);
    return proxy.kubeConfig;
  }

  it('whose watch begins at a version that the API server has no more is followed from a list', async () => {
    let watches = 0;
    kubeConfig = await through(undefined, ({ method, url }) => {
      if (method !== 'GET' || url?.includes('watch=true') !== true) return 'ask';
      watches += 1;
      return watches === 1 ? { status: 410 } : 'ask';
    });
    await runs.executor().start(runs.script('old', 'echo told; sleep 5; exit 4'));

    expect(await runs.end('old')).toMatchObject({ cause: 'failed', code: 4 });
    expect(runs.output('old')).toBe('told\n');
    expect(watches).toBeGreaterThan(1);
  });

  it('is made once by an API server that has too many requests', async () => {
    const refused: string[] = [];
    kubeConfig = await through(undefined, ({ method, url }) => {
      if (method === 'GET' || refused.length >= 3) return 'ask';
      refused.push(`${method} ${url}`);
      return { status: 429, headers: { 'retry-after': '1' } };
    });
    await runs.executor().start(runs.script('busy', `echo ran >> ${runs.work('ran')}; exit 0`));

    expect(await runs.end('busy')).toMatchObject({ cause: 'finished' });
    expect(readFileSync(runs.work('ran'), 'utf8')).toBe('ran\n');
    expect(refused).toHaveLength(3);
  });

  it('that a webhook denies is refused in its words, once and for all', async () => {
    const resources = kind === 'argo' ? ['workflows'] : ['jobs'];
    await deny(cluster, { apiGroups: [kind === 'argo' ? 'argoproj.io' : 'batch'], resources });

    await expect(runs.executor().start(runs.script('denied', 'exit 0'))).rejects.toMatchObject({
      code: 'job.cluster-refused',
      params: { reason: expect.stringContaining('no training on Fridays') },
    });
  });

  it('whose pod a webhook denies has not started, and says why', async () => {
    await deny(cluster, { apiGroups: [''], resources: ['pods'] });
    const started = await runs
      .executor()
      .start(runs.script('podless', 'exit 0'))
      .catch((error: unknown) => error);

    expect(JSON.stringify(started)).toContain('no training on Fridays');
    expect(started).toMatchObject(
      kind === 'argo'
        ? { state: 'ended', exit: { cause: 'not-started', startedAt: null } }
        : { code: 'job.pod-waits', params: { rule: 'refused' } },
    );
  });

  it('whose node is gone is waited for in the words of the scheduler where nobody may look for it', async () => {
    let asked = 0;
    kubeConfig = await through(undefined, ({ url }) => {
      if (url?.startsWith('/api/v1/nodes') !== true) return 'ask';
      asked += 1;
      return { status: 403 };
    });
    const launch = runs.script('unseen', 'exit 0', { node: uniqueName('gone') });

    await expect(runs.executor().start(launch)).rejects.toMatchObject({
      code: 'job.no-room',
      params: { rule: 'unschedulable', reason: expect.stringContaining('nodes are available') },
    });
    expect(asked).toBeGreaterThan(0);
  });

  it('whose node is lost was not preempted, and has not failed by itself', async () => {
    await runs.executor().start(runs.script('on-it', `echo told; ${FOREVER}`));
    await eventually(async () => (await runs.executor().tail('on-it', 10)) !== '').catch(() => undefined);
    const end = runs.end('on-it');
    await eventually(async () => (await runs.executor().tail('on-it', 10)).includes('told'));
    await runs.loseNode();

    expect(await end).toMatchObject({
      ...{ cause: 'runner-lost', code: null },
      detail: expect.stringMatching(/^DeletionByTaintManager: /),
    });
    expect(runs.output('on-it')).toMatch(/^told\n/);
  });

  it('is watched on with credentials that were replaced meanwhile', async () => {
    let token = 'first';
    const gate = await through(undefined, ({ headers }) =>
      headers.authorization === `Bearer ${token}` ? 'ask' : { status: 401 },
    );
    const dir = mkdtempSync(path.join(os.tmpdir(), 'tain-credentials-'));
    const before = process.env['KUBECONFIG'];
    process.env['KUBECONFIG'] = path.join(dir, 'config');
    undo.push(async () => {
      rmSync(dir, { recursive: true });
      if (before === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = before;
    });
    const write = (): void => {
      const { server } = gate.getCurrentCluster()!;
      writeFileSync(
        path.join(dir, 'config'),
        JSON.stringify({
          clusters: [{ name: 'gate', cluster: { server, 'insecure-skip-tls-verify': true } }],
          users: [{ name: 'tain', user: { token } }],
          contexts: [{ name: 'gate', context: { cluster: 'gate', user: 'tain' } }],
          'current-context': 'gate',
        }),
      );
    };
    write();
    kubeConfig = findKubeConfig();
    await runs.executor().start(runs.script('rotated', 'sleep 5; echo told; exit 4'));
    const end = runs.end('rotated');
    token = 'second';
    setTimeout(write, 1000);

    expect(await end).toMatchObject({ cause: 'failed', code: 4 });
    expect(runs.output('rotated')).toBe('told\n');
  });
});

/** Has a webhook deny what is made of some resources in the namespace of the test. */
async function deny(
  { kubeConfig, namespace }: TestCluster,
  what: { readonly apiGroups: string[]; readonly resources: string[] },
): Promise<void> {
  const certificate = certificateOf(provided('TAIN_TEST_CLUSTER'));
  const [cert, key] = [readFileSync(certificate), readFileSync(certificate.replace(/crt$/, 'key'))];
  const server = https.createServer({ cert, key }, (request, response) => {
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      const { apiVersion, kind, request: asked } = JSON.parse(text) as Record<string, { uid: string }>;
      const status = { code: 403, message: 'no training on Fridays' };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ apiVersion, kind, response: { uid: asked!.uid, allowed: false, status } }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const admission = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const name = `${namespace}.deny.test`;
  undo.push(async () => {
    await admission.deleteValidatingWebhookConfiguration({ name });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await admission.createValidatingWebhookConfiguration({
    body: {
      metadata: { name },
      webhooks: [
        {
          ...{ name, sideEffects: 'None', admissionReviewVersions: ['v1'], timeoutSeconds: 5 },
          clientConfig: {
            url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
            caBundle: cert.toString('base64'),
          },
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          rules: [{ ...what, apiVersions: ['*'], operations: ['CREATE'], scope: '*' }],
        },
      ],
    },
  });
  // It counts for the API server when it has seen it.
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
