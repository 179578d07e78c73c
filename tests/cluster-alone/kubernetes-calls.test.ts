import net from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { ask } from '../../platform/kubernetes.ts';
import { aPod, programOf, uniqueName, useCluster } from '../support/cluster.ts';

const cluster = useCluster();

const servers: net.Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** Something that is no API server, and its address. */
async function listen(onConnection: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer((socket) => onConnection(socket.on('error', () => undefined)));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

function clientOf(port: number): CoreV1Api {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'test', server: `https://127.0.0.1:${port}`, skipTLSVerify: true }],
    users: [{ name: 'test', token: 'test' }],
    contexts: [{ name: 'test', cluster: 'test', user: 'test' }],
    currentContext: 'test',
  });
  return kubeConfig.makeApiClient(CoreV1Api);
}

it('a refusal is an answer: nobody asks again', async () => {
  let calls = 0;
  const asked = ask((options) => {
    calls += 1;
    return cluster.core.readNamespacedPod({ namespace: cluster.namespace, name: 'nobody' }, options);
  });

  await expect(asked).rejects.toMatchObject({ code: 404 });
  expect(calls).toBe(1);
});

it('where nobody listens it tries again, then says so', async () => {
  const port = await listen(() => undefined);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  let calls = 0;
  const asked = ask(
    (options) => {
      calls += 1;
      return clientOf(port).listNamespace({}, options);
    },
    { attempts: 3, firstPauseMs: 1 },
  );

  await expect(asked).rejects.toMatchObject({
    code: 'job.cluster-unreachable',
    message: expect.stringMatching(/in 3 attempts.*ECONNREFUSED/),
  });
  expect(calls).toBe(3);
});

it('one that takes the connection and says nothing has a deadline', async () => {
  const sockets: net.Socket[] = [];
  const port = await listen((socket) => void sockets.push(socket));
  const began = performance.now();
  const asked = ask((options) => clientOf(port).listNamespace({}, options), { attempts: 1, deadlineMs: 300 });

  await expect(asked).rejects.toMatchObject({ code: 'job.cluster-unreachable' });
  // Without a deadline of ours the client gives up after 10.5 s.
  expect(performance.now() - began).toBeLessThan(8000);
  for (const socket of sockets) socket.destroy();
});

it('who is told to stop stops at once, between attempts and within one', async () => {
  const sockets: net.Socket[] = [];
  const port = await listen((socket) => void sockets.push(socket));
  const stop = new AbortController();
  const asked = ask((options) => clientOf(port).listNamespace({}, options), { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('the worker stops')), 100);

  await expect(asked).rejects.toThrow('the worker stops');
  for (const socket of sockets) socket.destroy();
});

it('a call goes through while the API server is killed and started again', async () => {
  process.kill((await programOf('kube-apiserver')).pid, 'SIGKILL');
  const name = uniqueName('train');
  const { namespace } = cluster;
  const made = await ask(
    (options) => cluster.core.createNamespacedPod({ namespace, body: aPod(cluster, name) }, options),
    { attempts: 10 },
  );

  expect(made.metadata?.name).toBe(name);
});
