/** Somebody who takes alerts over HTTP, and can be slow, failing or not there. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Alert } from '../../contracts/exception-watch.ts';

export type Behaviour = 'takes' | 'fails' | 'silent';

export type ReceivedAlert = {
  readonly alert: Alert;
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Was it answered with success? */
  readonly isTaken: boolean;
};

export type AlertReceiver = {
  readonly url: string;
  readonly received: ReceivedAlert[];
  behaviour: Behaviour;
  taken(): string[];
  stop(): Promise<void>;
};

/** Listens on a free port, or on the one that is given, to come back where another one was. */
export async function startAlertReceiver(port = 0): Promise<AlertReceiver> {
  const received: ReceivedAlert[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (body += part));
    request.on('end', () => {
      const { behaviour } = receiver;
      const alert = JSON.parse(body) as Alert;
      received.push({ alert, body, headers: request.headers, isTaken: behaviour === 'takes' });
      if (behaviour === 'silent') return;
      response.writeHead(behaviour === 'takes' ? 204 : 503).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const receiver: AlertReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    received,
    behaviour: 'takes',
    taken: () => received.filter(({ isTaken }) => isTaken).map(({ alert }) => alert.id),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}
