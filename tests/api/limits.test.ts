import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import postgres from 'postgres';
import { may } from '../../api/plugins/auth.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { makeFile, useDataDir } from '../support/files.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const MAX_BYTES = 2_000_000;
const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();

type Listening = { readonly app: FastifyInstance; readonly port: number; readonly lines: object[] };

const opened: FastifyInstance[] = [];
const sockets: net.Socket[] = [];

/** An API that really listens, and what it logged. */
async function listen(
  settings: Record<string, string> = {},
  prepare: (app: FastifyInstance) => void = () => undefined,
  sql = database.sql,
): Promise<Listening> {
  const lines: object[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line) as object) },
  );
  const app = await buildTestApp(
    { sql, client: temporal.client, log },
    { TAIN_DATA_DIR: data.dataDir, TAIN_UPLOAD_MAX_BYTES: String(MAX_BYTES), ...settings },
  );
  opened.push(app);
  prepare(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, port: (app.server.address() as net.AddressInfo).port, lines };
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const app of opened.splice(0)) await app.close();
});

type Wire = { readonly socket: net.Socket; read(): string; isClosed(): boolean };

/** A client that says exactly what the test tells it to. */
function connect(port: number, text = ''): Wire {
  let [read, isClosed] = ['', false];
  const socket = net.connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.setEncoding('utf8');
  socket.on('data', (part: string) => (read += part));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  socket.write(text);
  return { socket, read: () => read, isClosed: () => isClosed };
}

const closed = (wire: Wire): Promise<string> =>
  until(async () => {
    if (!wire.isClosed()) throw new Error(`still open, read: ${wire.read()}`);
    return wire.read();
  });

const problemIn = (answer: string): Problem =>
  JSON.parse(answer.slice(answer.lastIndexOf('\r\n\r\n') + 4)) as Problem;

const uploadHead = (name: string, more: string): string =>
  `POST /v1/files?name=${name}&date=2026-04-01 HTTP/1.1\r\nHost: tain\r\n` +
  `Authorization: Bearer ${tokenFor('service')}\r\nContent-Type: text/csv\r\n${more}\r\n\r\n`;

/** What an upload may have left, on its way or in its folder. */
const inFolder = async (): Promise<string[]> => {
  const places = [path.join('20260401', 'rec'), '.uploads'];
  const names = places.map((place) => readdir(path.join(data.dataDir, place)).catch(() => []));
  return (await Promise.all(names)).flat();
};

describe('the rate limit', () => {
  it('counts by caller where there is one, by address otherwise, and leaves probes alone', async () => {
    const { app } = await listen({ TAIN_RATE_LIMIT: '3' });
    const ask = (headers: Record<string, string>, url = '/v1/files') => app.inject({ url, headers });
    const one = bearer(tokenFor('viewer', 'one'));
    for (let number = 0; number < 3; number += 1) expect((await ask(one)).statusCode).toBe(200);

    const refused = await ask(one);

    expect(refused.statusCode).toBe(429);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.json<Problem>()).toMatchObject({ code: 'request.too-many', status: 429 });
    expect((await ask(bearer(tokenFor('viewer', 'other')))).statusCode).toBe(200);
    const bad: number[] = [];
    for (let number = 0; number < 5; number += 1) bad.push((await ask(bearer(`bad${number}`))).statusCode);
    expect(bad).toEqual([401, 401, 401, 429, 429]);
    expect((await ask({}, '/v1/nothing')).statusCode).toBe(429);
    for (const url of ['/healthz', '/readyz', '/metrics', '/healthz', '/healthz'])
      expect((await ask({}, url)).statusCode).toBe(200);
  });

  it('tells callers apart by their tokens, so that nobody locks out another of the same subject', async () => {
    const { app } = await listen({ TAIN_RATE_LIMIT: '2' });
    const ask = async (token: string) =>
      (await app.inject({ url: '/v1/files', headers: bearer(token) })).statusCode;
    const flooding = tokenFor('viewer', 'command-line');
    const answers: number[] = [];
    for (let number = 0; number < 4; number += 1) answers.push(await ask(flooding));

    expect(answers).toEqual([200, 200, 429, 429]);
    expect(await ask(tokenFor('operator', 'command-line'))).toBe(200);
    expect(await ask(tokenFor('viewer', 'command-line', 120_000))).toBe(200);
  });

  it('counts uploads like everything else', async () => {
    const { app } = await listen({ TAIN_RATE_LIMIT: '1' });
    const headers = { ...bearer(tokenFor('service')), 'content-type': 'text/csv' };
    const upload = () =>
      app.inject({
        method: 'POST',
        url: '/v1/files?name=limited.csv&date=2026-04-02',
        headers,
        payload: makeFile(2),
      });

    expect([(await upload()).statusCode, (await upload()).statusCode]).toEqual([202, 429]);
  });
});

describe('an API that cannot keep up', () => {
  it('sheds requests with the advice to come back, and still answers its probes', async () => {
    const { app } = await listen({ TAIN_SHED_DELAY_MS: '10' });
    await until(async () => {
      const end = Date.now() + 300;
      while (Date.now() < end);
      await sleep(1);
      if (!app.isUnderPressure()) throw new Error('not yet under pressure');
    });

    const answer = await app.inject({ url: '/v1/files', headers: bearer(tokenFor('viewer')) });
    const probe = await app.inject('/healthz');

    expect(answer.json<Problem>()).toMatchObject({ code: 'service.overloaded', status: 503 });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(probe.statusCode).toBe(200);
    for (const url of ['/readyz', '/metrics']) expect((await app.inject(url)).statusCode).toBe(503);
  });

  it('asks its engines once for a hundred who ask it how it is', async () => {
    const asked: string[] = [];
    const sql = postgres(database.url, {
      max: 2,
      debug: (_connection, query) => void asked.push(query),
      onnotice: () => undefined,
      fetch_types: false,
      types: { count: { to: 20, from: [20], serialize: String, parse: Number } },
    });
    try {
      const { app } = await listen({ TAIN_RATE_LIMIT: '1', TAIN_SHED_DELAY_MS: '60000' }, undefined, sql);
      const many = await Promise.all(
        Array.from({ length: 100 }, (_, number) => app.inject(number % 2 === 0 ? '/readyz' : '/metrics')),
      );

      expect(new Set(many.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
      // Each question once, or more where the hundred took longer than an answer stands.
      expect(asked.filter((query) => query.includes('select 1')).length).toBeLessThan(10);
      expect(asked.filter((query) => query.includes('tb_bat_file_mst')).length).toBeLessThan(10);
      expect(asked.length).toBeGreaterThanOrEqual(2);
    } finally {
      await sql.end();
    }
  });

  it('ends a query that takes too long and says so', async () => {
    const sql = connectPostgres(database.url, 'test slow', 1, { statementMs: 100 });
    try {
      const { app } = await listen({}, (api) => {
        api.get('/v1/slow', { onRequest: may('files.read') }, () => sql`select pg_sleep(30)`);
      });

      const answer = await app.inject({ url: '/v1/slow', headers: bearer(tokenFor('viewer')) });

      expect(answer.json<Problem>()).toMatchObject({ code: 'service.timeout', status: 504 });
    } finally {
      await sql.end();
    }
  });
});

describe('what browsers are told', () => {
  it('is that data is data: nothing in it runs, is framed or guessed at', async () => {
    const { app } = await listen();
    for (const url of ['/v1/files', '/v1/nothing', '/healthz', '/openapi.json']) {
      const { headers } = await app.inject(url);

      expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  it('lets the page for people run its own scripts, and reach no other host', async () => {
    const { app } = await listen();
    const { headers, body } = await app.inject('/docs/');
    const policy = String(headers['content-security-policy']);
    const inline = /<script type="text\/javascript">([^]+?)<\/script>/.exec(body)![1]!;

    expect(policy).toContain(`'sha256-${createHash('sha256').update(inline).digest('base64')}'`);
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/https?:|unsafe-eval|\*/);
    expect(body).toMatch(/"withDefaultFonts": false/);
    expect(body).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});

describe('requests that fit no route', () => {
  it.each([
    ['DELETE', '/v1/files', 'GET, HEAD, POST'],
    ['PUT', '/v1/files/20261121-00000000000000000000000000000000', 'GET, HEAD'],
    ['POST', '/v1/inbox?really', 'GET, HEAD'],
  ] as const)('by their method learn which would: %s %s', async (method, url, allowed) => {
    const { app } = await listen();
    const answer = await app.inject({ method, url });

    expect(answer.json<Problem>()).toMatchObject({ status: 405, code: 'request.method-not-allowed' });
    expect(String(answer.headers['allow']).split(', ').sort().join(', ')).toBe(allowed);
  });

  it.each([
    ['GET /v1/files/%zz HTTP/1.1\r\nHost: tain', 400, 'request.invalid'],
    [`GET /v1/files/${'x'.repeat(300)} HTTP/1.1\r\nHost: tain`, 414, 'request.too-large'],
    [`GET /v1/files?name=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: tain`, 431, 'request.too-large'],
    [`GET /healthz HTTP/1.1\r\nHost: tain\r\nX-Large: ${'x'.repeat(20_000)}`, 431, 'request.too-large'],
    ['NONSENSE', 400, 'request.invalid'],
    ['GET /healthz HTTP/1.1\r\nHost: tain\r\nContent-Length: many', 400, 'request.invalid'],
  ])('or are no HTTP are answered as problems too: %.40s', async (head, status, code) => {
    const { port } = await listen();
    const wire = connect(port, `${head}\r\nConnection: close\r\n\r\n`);

    const answer = await closed(wire);

    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    const problem = problemIn(answer);
    expect(problem).toMatchObject({ status, code });
    expect(problem.help.length).toBeGreaterThan(10);
  });

  it('take no large JSON', async () => {
    const { app } = await listen({}, (api) => {
      api.post('/v1/json', { onRequest: may('files.upload') }, () => ({}));
    });
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/json',
      headers: bearer(tokenFor('service')),
      payload: { text: 'x'.repeat(100_000) },
    });

    expect(answer.json<Problem>()).toMatchObject({ status: 413, code: 'request.too-large' });
  });
});

describe('an upload of 10 GB', () => {
  const TEN_GB = 10 * 1024 ** 3;

  it('that says so is refused before its body is read', async () => {
    const { port } = await listen();
    const wire = connect(port, uploadHead('huge.csv', `Content-Length: ${TEN_GB}`));

    const answer = await until(async () => {
      if (!wire.read().includes('}')) throw new Error('no answer yet');
      return wire.read();
    });

    expect(problemIn(answer)).toMatchObject({ status: 413, code: 'file.too-large' });
    // The client has not sent a byte of it, and is not waited for.
    await closed(wire);
    expect(await inFolder()).toEqual([]);
  });

  it('that asks first is never told to go on', async () => {
    const { port } = await listen();
    const huge = connect(port, uploadHead('huge.csv', `Content-Length: ${TEN_GB}\r\nExpect: 100-continue`));
    const small = connect(port, uploadHead('asked.csv', 'Content-Length: 4\r\nExpect: 100-continue'));
    await until(async () => expect(small.read()).toContain('100 Continue'));
    small.socket.write('x\ny\n');

    expect(await closed(huge)).toMatch(/^HTTP\/1.1 413 /);
    await until(async () => expect(small.read()).toContain('HTTP/1.1 202 '));
  });

  it('that does not say so is cut at the limit and leaves nothing', async () => {
    const { port } = await listen();
    const before = await inFolder();
    const wire = connect(port, uploadHead('endless.csv', 'Transfer-Encoding: chunked'));
    const block = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let sent = 0;
    const pump = (): void => {
      while (!wire.isClosed() && sent < TEN_GB) {
        sent += 0x10000;
        if (!wire.socket.write(block)) return void wire.socket.once('drain', pump);
      }
    };
    pump();

    expect(problemIn(await closed(wire))).toMatchObject({ status: 413, code: 'file.too-large' });
    expect(sent).toBeLessThan(TEN_GB);
    expect(await inFolder()).toEqual(before);
  });

  it('that breaks off is a note in the log and no error, and leaves nothing', async () => {
    const { port, lines } = await listen();
    const before = await inFolder();
    const wire = connect(port, `${uploadHead('broken.csv', 'Content-Length: 1000')}half of it`);
    await until(async () => expect((await inFolder()).length).toBe(before.length + 1));
    wire.socket.destroy();

    await until(async () =>
      expect(lines).toContainEqual(expect.objectContaining({ msg: 'request.aborted' })),
    );
    await until(async () => expect(await inFolder()).toEqual(before));
    expect(lines.filter((line) => (line as { level: number }).level >= 50)).toEqual([]);
  });
});

describe('slow clients', () => {
  const SLOW = 1000;
  let dribble: NodeJS.Timeout;

  beforeAll(() => {
    dribble = setInterval(() => sockets.forEach((socket) => socket.write('x')), 200);
  });
  afterAll(() => clearInterval(dribble));

  it('of a thousand leave the API answering others, and are closed in the end', async () => {
    const { app, port } = await listen({ TAIN_CLIENT_TIMEOUT_MS: '3000' });
    const heads = Array.from({ length: SLOW / 2 }, () => connect(port, 'GET /v1/files HTTP/1.1\r\nX-Slow: '));
    const bodies = Array.from({ length: SLOW / 2 }, (_, number) =>
      connect(
        port,
        number % 2 === 0
          ? uploadHead(`slow-${number}.csv`, 'Content-Length: 1000000')
          : `GET /healthz HTTP/1.1\r\nHost: tain\r\nContent-Length: 1000000\r\n\r\n`,
      ),
    );
    await until(async () => {
      const count = await new Promise<number>((resolve) => app.server.getConnections((_, n) => resolve(n)));
      if (count < SLOW / 2) throw new Error(`${count} connected`);
    });

    for (let number = 0; number < 5; number += 1) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/files`, {
        headers: { ...bearer(tokenFor('viewer', 'quick')), connection: 'close' },
      });
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }

    const answers = await Promise.all([...heads, ...bodies].map(closed));
    expect(problemIn(answers[0]!)).toMatchObject({ status: 408, code: 'request.timeout' });
    expect(problemIn(answers[SLOW / 2]!)).toMatchObject({ status: 408, code: 'request.timeout' });
    expect(answers[SLOW / 2 + 1]).toContain('200 OK');
    await until(async () => expect((await inFolder()).filter((name) => /slow|part/.test(name))).toEqual([]));
  });
});

describe('the metrics', () => {
  it('tell the time of requests by route, the delay of the event loop and the files by state', async () => {
    const { app } = await listen();
    const headers = bearer(tokenFor('viewer'));
    await app.inject({ url: '/v1/files/20261121-00000000000000000000000000000000', headers });
    await app.inject({ url: '/v1/nothing', headers });
    const { body } = await app.inject('/metrics');

    expect(body).toMatch(
      /tain_http_request_duration_seconds_count\{method="GET",route="\/v1\/files\/:id",status="404"\} 1/,
    );
    expect(body).toMatch(/_count\{method="GET",route="none",status="404"\} 1/);
    expect(body).toMatch(/tain_nodejs_eventloop_lag_seconds [\d.e-]+/);
    expect(body).toMatch(/tain_process_cpu_seconds_total [\d.e-]+/);
    expect(body).toMatch(/tain_files\{state="published"\} \d+/);
  });
});
