/** An API server as seen through somebody who may change what is asked of it. */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

export type ApiProxy = {
  /** For clients that go through it. */
  readonly kubeConfig: KubeConfig;
  stop(): Promise<void>;
};

/** An answer that somebody on the way gives, or 'ask' for the server's own. */
export type ProxyAnswer = 'ask' | { readonly status: number; readonly headers?: Record<string, string> };

/**
 * @param change gives the path and query that are asked instead
 * @param answer instead of the server
 */
export async function proxyApi(
  real: KubeConfig,
  change: (url: URL) => URL = (url) => url,
  answer: (request: http.IncomingMessage) => ProxyAnswer = () => 'ask',
): Promise<ApiProxy> {
  const target = real.getCurrentCluster()!.server;
  const options: https.RequestOptions = {};
  await real.applyToHTTPSOptions(options);
  const server = http.createServer((request, response) => {
    const own = answer(request);
    if (own !== 'ask') {
      request.resume();
      return void response.writeHead(own.status, own.headers).end(JSON.stringify({ code: own.status }));
    }
    const url = change(new URL(request.url!, target));
    const { method, headers } = request;
    const asked = https.request(
      url,
      { ...options, method: method!, headers: { ...headers, ...options.headers, host: url.host } },
      (answered) => {
        response.writeHead(answered.statusCode!, answered.headers);
        answered.pipe(response);
      },
    );
    asked.on('error', () => response.destroy());
    response.on('close', () => asked.destroy());
    request.pipe(asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [
      {
        name: 'proxy',
        server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        skipTLSVerify: true,
      },
    ],
    users: [{ name: 'proxy', token: real.getCurrentUser()!.token! }],
    contexts: [{ name: 'proxy', cluster: 'proxy', user: 'proxy' }],
    currentContext: 'proxy',
  });
  return {
    kubeConfig,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
