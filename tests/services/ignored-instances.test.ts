import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { followCapacity } from '../../platform/cluster-capacity.ts';
import { until } from '../support/until.ts';

const NODE = {
  metadata: {
    uid: 'u-1',
    name: 'node-1',
    resourceVersion: '1',
    labels: { 'nvidia.com/gpu.product': 'L40S' },
  },
  status: {
    allocatable: { cpu: '8', memory: '8Gi', 'nvidia.com/gpu': '1', 'nvidia.com/mig-1g.10gb': '7' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
};

it('MIG instances that are not given out are logged with the reason, once however often all is told', async () => {
  const stopping = new AbortController();
  // It lists one node and no pod; its watches are quiet.
  const server = http.createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json');
    if (url.includes('watch=true')) return void response.flushHeaders();
    const items = url.startsWith('/api/v1/nodes') ? [NODE] : [];
    response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '1' }, items }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeConfig = new KubeConfig();
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kubeConfig.loadFromClusterAndUser({ name: 'test', server: address, skipTLSVerify: true }, { name: 'test' });
  const logged: unknown[] = [];
  const log = (...what: readonly unknown[]): unknown => logged.push(what);
  let told = 0;
  const following = followCapacity({
    ...{ kubeConfig, signal: stopping.signal, log: { info: log, error: log }, settleMs: 1, retryMs: 1 },
    needs: {
      ...{ gpuResource: 'nvidia.com/gpu', nodeSelector: {}, tolerations: [], models: {} },
      own: { namespace: 'training', label: 'instance', value: 'ours', container: 'main' },
    },
    // Something waits, so that all is told again.
    apply: () => Promise.resolve((told += 1) > 3),
  });
  try {
    await until(async () => expect(told).toBeGreaterThan(3));
  } finally {
    stopping.abort();
    server.closeAllConnections();
    server.close();
    await following;
  }
  expect(logged).toEqual([
    [{ node: 'node-1', reason: expect.stringMatching(/^its 7 × 1g\.10gb .*L40S/) }, 'gpu.instances-ignored'],
  ]);
});
