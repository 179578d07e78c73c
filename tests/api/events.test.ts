import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { BY_INBOX, type AuditAction } from '../../contracts/audit.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { appendAudit, lastAuditSeq } from '../../db/audit.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { openEvents, type EventReader } from '../support/event-source.ts';
import { useDataDir } from '../support/files.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;
let url: string;
const readers: EventReader[] = [];

async function listen(settings: Record<string, string> = {}): Promise<void> {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000', ...settings },
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as net.AddressInfo).port}`;
}

beforeEach(() => listen());

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.cut();
  await app.close();
});

async function open(query = '', headers: Record<string, string> = {}): Promise<EventReader> {
  const reader = await openEvents(`${url}/v1/events${query}`, { ...bearer(tokenFor('viewer')), ...headers });
  readers.push(reader);
  return reader;
}

const append = (subject: string, action: AuditAction = 'file.published', reason?: string): Promise<number> =>
  database.sql.begin((tx) =>
    appendAudit(tx, { ...BY_INBOX, action, subject, after: { rows: 3 }, ...(reason && { reason }) }),
  );

/** Notes something in a transaction that takes its time, and fails. */
const takeBack = (): Promise<void> =>
  database.sql
    .begin(async (tx) => {
      await appendAudit(tx, { ...BY_INBOX, action: 'file.refused', subject: '20261121-x' });
      await sleep(20);
      throw new Error('taken back');
    })
    .catch(() => undefined);

const head = (): Promise<number> => lastAuditSeq(database.sql);
const idsOf = ({ events }: EventReader): number[] => events.map(({ id }) => id);
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe('the stream of events', () => {
  it('tells what is noted from now on, as the log has it', async () => {
    const reader = await open();
    const seq = await append('20261121-a', 'file.held', 'a "reason"\nof two lines');

    await reader.until((events) => events.length > 0);

    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    expect(reader.text()).toMatch(/^retry: \d+\nid: \d+\n\n/);
    expect(reader.events).toEqual([
      {
        id: seq,
        event: 'file.held',
        data: {
          seq,
          at: expect.any(String),
          action: 'file.held',
          subject: '20261121-a',
          after: { rows: 3 },
          reason: 'a "reason"\nof two lines',
        },
      },
    ]);
  });

  it('says to no one more than the audit log does', async () => {
    await append('20261121-a');
    const reader = await open('?after=0');
    await reader.until((events) => events.length > 0);
    const { entries } = (
      await app.inject({ url: '/v1/audit?limit=500', headers: bearer(tokenFor('viewer')) })
    ).json<{ entries: Record<string, unknown>[] }>();

    for (const { id, data: told } of reader.events)
      expect(entries.find(({ seq }) => seq === id)).toMatchObject(told);
    expect((await open('', bearer(tokenFor('user')))).status).toBe(403);
  });

  it('misses nothing and doubles nothing however often its reader is cut off while rows are added', async () => {
    const first = (await head()) + 1;
    let isAdding = true;
    const adding = Promise.all(
      range(1, 4).map(async (writer) => {
        for (let row = 0; row < 80; row += 1) {
          await append(`20261121-${writer}`);
          // One that is taken back gives its number away, and another one that is slow keeps all others waiting.
          if (row % 10 === writer) await takeBack();
        }
      }),
    ).then(() => (isAdding = false));
    const seen: number[] = [];
    let lastId = String(first - 1);
    let cuts = 0;
    while (isAdding || seen.length < 320) {
      const reader = await open('?after=0', { 'last-event-id': lastId });
      await sleep(20 + ((cuts * 37) % 150));
      reader.cut();
      await until(async () => expect(reader.isEnded()).toBe(true));
      seen.push(...idsOf(reader));
      lastId = reader.lastId();
      cuts += 1;
    }
    await adding;

    expect(cuts).toBeGreaterThan(3);
    expect(seen).toEqual(range(first, first + 319));
  });

  it('tells all readers the same, wherever they begin', async () => {
    const before = await head();
    for (let row = 0; row < 450; row += 1) await append('20261121-b');
    const late = await open(`?after=${before}`);
    const all = await open('?after=0');
    await append('20261121-b');
    const last = before + 451;

    await Promise.all([late, all].map((reader) => reader.until((events) => events.at(-1)?.id === last)));

    expect(idsOf(late)).toEqual(range(before + 1, last));
    expect(idsOf(all)).toEqual(range(1, last));
  });

  it('tells only what was asked for, and moves on past the rest', async () => {
    await app.close();
    await listen({ TAIN_CLIENT_TIMEOUT_MS: '300' });
    const reader = await open('?actions=file.held,file.refused&subject=20261121-c');
    await append('20261121-c');
    await append('20261121-d', 'file.held');
    const wanted = await append('20261121-c', 'file.refused');
    const last = await append('20261121-c', 'file.linked');

    await reader.until((events) => events.length > 0);
    await until(async () => expect(reader.lastId()).toBe(String(last)));

    expect(idsOf(reader)).toEqual([wanted]);
    expect(reader.text()).toContain(': still here');
    // Longer than the server lets a connection be silent.
    expect(reader.isEnded()).toBe(false);
  });

  it('ends with the token of its reader', async () => {
    const token = bearer(tokenFor('viewer', 'short', 1500));
    const reader = await open('', token);

    await until(async () => expect(reader.isEnded()).toBe(true));

    expect(reader.status).toBe(200);
    expect((await open('', token)).status).toBe(401);
  });

  it('drops a reader that reads nothing, without keeping what it does not read', async () => {
    await app.close();
    // Long enough for the first rows to be read also on a busy machine: who is dropped before has nothing waiting.
    await listen({ TAIN_CLIENT_TIMEOUT_MS: '2000' });
    const reason = 'x'.repeat(60_000);
    for (let row = 0; row < 300; row += 1) await append('20261121-e', 'file.held', reason);
    const waiting: number[] = [];
    app.server.once('connection', (connection: net.Socket) => {
      const timer = setInterval(() => waiting.push(connection.writableLength), 10);
      connection.on('close', () => clearInterval(timer));
    });
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    let isClosed = false;
    socket.on('error', () => undefined).on('close', () => (isClosed = true));
    socket.pause();
    socket.write(
      `GET /v1/events?after=0 HTTP/1.1\r\nHost: tain\r\nAuthorization: ${bearer(tokenFor('viewer')).authorization}\r\n\r\n`,
    );

    const connections = (): Promise<number> =>
      new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)));
    await until(async () => expect(await connections()).toBe(1));
    // A paused socket does not hear that it was closed: the server knows.
    await until(async () => expect(await connections()).toBe(0));
    // Of 18 MB, what the kernel did not take.
    expect(Math.max(...waiting)).toBeGreaterThan(0);
    expect(Math.max(...waiting)).toBeLessThan(1e6);
    socket.resume();
    await until(async () => expect(isClosed).toBe(true));

    // It may come back, and is told the rest.
    const reader = await open('?after=0&subject=20261121-e');
    await reader.until((events) => events.length === 300);
  });

  it('ends when the API stops, also one that is not read', async () => {
    const reader = await open('?after=0');
    const deaf = net.connect(Number(new URL(url).port), '127.0.0.1').pause();
    deaf.on('error', () => undefined);
    deaf.write(
      `GET /v1/events?after=0 HTTP/1.1\r\nHost: tain\r\nAuthorization: ${bearer(tokenFor('viewer')).authorization}\r\n\r\n`,
    );
    await reader.until((events) => events.length > 0);

    await app.close();

    await until(async () => expect(reader.isEnded()).toBe(true));
    deaf.destroy();
  });
});

describe('a stream of events is refused', () => {
  const refusal = async (query: string, headers: Record<string, string> = {}): Promise<Problem> =>
    (
      await app.inject({ url: `/v1/events${query}`, headers: { ...bearer(tokenFor('viewer')), ...headers } })
    ).json<Problem>();

  it.each([
    ['?after=x', {}, 'after'],
    ['?after=-1', {}, 'after'],
    ['?actions=file.held,nothing', {}, 'actions'],
    ['?subject=', {}, 'subject'],
    ['?from=1', {}, 'from'],
    ['', { 'last-event-id': '12x' }, 'last-event-id'],
  ])('where %s %j says something wrong', async (query, headers, field) => {
    const problem = await refusal(query, headers);

    expect(problem).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(problem.detail).toContain(field);
  });

  it('where its entry is ahead of the log, in the language of the reader', async () => {
    const problem = await refusal('', { 'last-event-id': '999999999', 'accept-language': 'ko' });

    expect(problem).toMatchObject({ status: 409, code: 'events.ahead' });
    expect(problem.title).toBe('로그가 아직 그 번호에 이르지 않았습니다');
  });

  it('to other methods, and to HEAD, which would have no end', async () => {
    for (const method of ['HEAD', 'POST', 'DELETE'] as const) {
      const answer = await app.inject({ method, url: '/v1/events', headers: bearer(tokenFor('viewer')) });
      expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'GET']);
    }
  });

  it('beyond ten of a caller, until one of them ends', async () => {
    const own = await Promise.all(range(1, 10).map(() => open()));
    const other = await open('', bearer(tokenFor('viewer', 'somebody else')));
    const answer = await app.inject({ url: '/v1/events', headers: bearer(tokenFor('viewer')) });

    expect(answer.json<Problem>()).toMatchObject({ status: 429, code: 'events.too-many' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(other.status).toBe(200);
    own[0]!.cut();
    await until(async () => expect((await open()).status).toBe(200));
  });

  it('to nobody because of readers that went away before they were answered', async () => {
    for (let number = 0; number < 15; number += 1) {
      const request = http.get(`${url}/v1/events`, { headers: bearer(tokenFor('viewer')), agent: false });
      request.on('error', () => undefined);
      await sleep(number);
      request.destroy();
    }

    await until(async () => {
      const opened = await Promise.all(range(1, 10).map(() => open()));
      for (const reader of opened) reader.cut();
      expect(opened.map(({ status }) => status)).toEqual(Array(10).fill(200));
    });
  });

  it('beyond a hundred of all', async () => {
    const opened = await Promise.all(
      range(0, 99).map((number) => open('', bearer(tokenFor('viewer', `reader ${number % 10}`)))),
    );
    const answer = await app.inject({ url: '/v1/events', headers: bearer(tokenFor('viewer', 'one more')) });

    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answer.json<Problem>()).toMatchObject({ status: 503, code: 'events.full' });
  });
});
