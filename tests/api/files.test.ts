import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, unlink, utimes, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { may } from '../../api/plugins/auth.ts';
import { clearStaging } from '../../api/upload-staging.ts';
import type {
  FilePage,
  FileView,
  InboxView,
  RecordPage,
  UploadResult,
} from '../../contracts/files.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { registerFile } from '../../db/files.ts';
import { recordUnreadable } from '../../db/inbox.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { goodRow, HEADER, makeFile, useDataDir } from '../support/files.ts';
import { withIngest as withRunningIngest } from '../support/ingest.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const MAX_BYTES = 200_000;
const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;

const authorization = (role: Role) => bearer(tokenFor(role));

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_UPLOAD_MAX_BYTES: String(MAX_BYTES) },
  );
});

afterAll(async () => {
  await app.close();
});

const get = (url: string, role: Role = 'viewer') =>
  app.inject({ method: 'GET', url, headers: authorization(role) });

const upload = (
  name: string,
  payload: string | Buffer | Readable,
  query = 'date=2026-11-21',
  role: Role = 'service',
) =>
  app.inject({
    method: 'POST',
    url: `/v1/files?name=${encodeURIComponent(name)}&${query}`,
    headers: { ...authorization(role), 'content-type': 'text/csv' },
    payload,
  });

async function published(id: string): Promise<FileView> {
  return until(async () => {
    const file = (await get(`/v1/files/${id}`)).json<FileView>();
    expect(file.state).toBe('published');
    return file;
  });
}

const withIngest = <Result>(run: () => Promise<Result>): Promise<Result> =>
  withRunningIngest(database, temporal, data.dataDir, run);

describe('uploading a file', () => {
  it('puts the very bytes into the folder and shows them through to their records', async () => {
    const content = Buffer.from(`${HEADER}\n${goodRow(1)}\n${goodRow(2).replace('USD', 'XQX')}\nragged\n`);

    const answer = await upload('own.csv', content);
    const sent = answer.json<UploadResult>();

    expect(answer.statusCode).toBe(202);
    expect(answer.headers['location']).toBe(`/v1/files/${sent.id}`);
    expect(sent).toMatchObject({ isNew: true, sizeBytes: content.length });
    expect(await readFile(path.join(data.dataDir, '20261121/rec/own.csv'))).toEqual(content);
    await withIngest(async () => {
      const file = await published(sent.id);
      expect(file).toMatchObject({
        name: 'own.csv',
        folderDate: '2026-11-21',
        sha256: createHash('sha256').update(content).digest('hex'),
        format: 'submission',
        unknownColumns: ['Remark'],
        progress: { percent: 100, read: 3, accepted: 1, rejected: 2 },
        workflowId: `file/20261121/${sent.id.slice(9)}`,
      });

      const applied = await until(async () => {
        const view = (await get(`/v1/files/${sent.id}`)).json<FileView>();
        expect(view.ledger?.done).toBe(true);
        return view;
      });
      const none = { applied: 0, duplicate: 0, conflict: 0, pending: 0, violated: 0, unplaced: 0 };
      expect(applied.ledger).toEqual({ records: 3, done: true, outcomes: { ...none, applied: 1 } });
      const { files } = (await get('/v1/files')).json<FilePage>();
      expect(files.find(({ id }) => id === sent.id)?.ledger).toMatchObject({ done: true, outcomes: null });

      const page = (await get(`/v1/files/${sent.id}/records?verdict=rejected`)).json<RecordPage>();
      expect(page.next).toBeNull();
      expect(page.records.map((record) => [record.record, record.line, record.issues[0]!.ruleId])).toEqual([
        [2, 3, 'code.currency'],
        [3, 4, 'csv.field-count'],
      ]);
      const [first, second] = page.records;
      expect(first!.issues[0]!.message).toMatch(/#32.*XQX/);
      expect(first!.values).toMatchObject({ actionType: 'NEWT', notionalCurrencyLeg1: 'XQX' });
      expect(second!.values).toBeNull();
      for (const record of page.records) {
        const slice = content.subarray(record.byteOffset, record.byteOffset + record.byteLength);
        expect(record.raw).toBe(slice.toString());
      }
    });
  });

  it('gives the same bytes the same id, and other bytes under a name in use a name of their own', async () => {
    const first = (await upload('same.csv', makeFile(3, 99))).json<UploadResult>();
    const again = (await upload('same.csv', makeFile(3, 99))).json<UploadResult>();
    const other = (await upload('same.csv', makeFile(4, 99))).json<UploadResult>();

    expect(again).toMatchObject({ id: first.id, name: 'same.csv', isNew: false });
    const otherAgain = (await upload('same.csv', makeFile(4, 99))).json<UploadResult>();
    expect(otherAgain).toMatchObject({ id: other.id, name: other.name, isNew: false });
    const stored = await readdir(path.join(data.dataDir, '20261121/rec'));
    expect(stored.filter((name) => name.startsWith('same'))).toHaveLength(2);
    expect(other.id).not.toBe(first.id);
    expect(other.name).toMatch(/^same-[0-9a-f]{12}\.csv$/);
    expect(await readFile(path.join(data.dataDir, '20261121/rec/same.csv'), 'utf8')).toBe(makeFile(3, 99));
  });

  it.each(['../outside.csv', '.hidden', 'a/b.csv', 'ends.part', 'ends.tmp', 'a.csv.done', 'ünï.csv'])(
    'refuses the name %s',
    async (name) => {
      const answer = await upload(name, 'x');

      expect(answer.statusCode).toBe(400);
      expect(answer.json<Problem>()).toMatchObject({ code: 'file.name-invalid' });
    },
  );

  it('refuses what is too large, told or found on the way, and leaves nothing of it', async () => {
    const declared = await upload('large.csv', 'x'.repeat(MAX_BYTES + 1));
    const streamed = await upload(
      'large.csv',
      Readable.from(Array.from({ length: 30 }, () => Buffer.alloc(10_000, 'x'))),
    );
    const empty = await upload('empty.csv', Buffer.alloc(0));

    expect([declared.statusCode, streamed.statusCode, empty.statusCode]).toEqual([413, 413, 422]);
    const left = await readdir(path.join(data.dataDir, '20261121/rec'));
    expect(left.filter((name) => /large|empty|part/.test(name))).toEqual([]);
    expect(await readdir(path.join(data.dataDir, '.uploads'))).toEqual([]);
  });

  it('clears at its start what killed uploads left, and leaves those that still go on', async () => {
    const folder = path.join(data.dataDir, '.uploads');
    const [abandoned, goingOn] = [path.join(folder, 'old.part'), path.join(folder, 'new.part')];
    await mkdir(folder, { recursive: true });
    await Promise.all([writeFile(abandoned, 'half'), writeFile(goingOn, 'half')]);
    await utimes(abandoned, new Date(0), new Date(0));

    await clearStaging(data.dataDir);

    expect(await readdir(folder)).toEqual(['new.part']);
    await unlink(goingOn);
  });
});

describe('reading files', () => {
  it('pages through the list, newest first, and filters it', async () => {
    for (let number = 0; number < 5; number += 1) {
      await upload(`page-${number}.csv`, `${HEADER}\n${goodRow(500 + number)}\n`, 'date=2026-03-04');
    }

    const seen: string[] = [];
    let cursor = '';
    do {
      const page = (await get(`/v1/files?date=2026-03-04&limit=2${cursor}`)).json<FilePage>();
      seen.push(...page.files.map((file) => file.name));
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');

    expect(seen).toEqual(['page-4.csv', 'page-3.csv', 'page-2.csv', 'page-1.csv', 'page-0.csv']);
    expect((await get('/v1/files?date=2026-03-04&state=published')).json<FilePage>().files).toEqual([]);
  });

  it('finds files by part of their name, by format and by problem', async () => {
    const [found, other] = ['Needle_100.csv', 'needleX100.csv'] as const;
    await upload(found, makeFile(2, 50), 'date=2026-03-07');
    await upload(other, makeFile(3, 50), 'date=2026-03-07');
    const { id } = (await upload('broken.csv', makeFile(4, 50), 'date=2026-03-07')).json<UploadResult>();
    await database.sql`update tb_bat_file_mst set format = 'submission' where file_name = ${found}`;
    await database.sql`
      update tb_bat_file_mst set state = 'refused', problem_code = 'file.empty', problem_params = '{}'
      where starts_with(sha256, ${id.slice(9)})`;
    const names = async (query: string): Promise<string[]> =>
      (await get(`/v1/files?date=2026-03-07&${query}`)).json<FilePage>().files.map(({ name }) => name);

    expect(await names('name=nEEDLE')).toEqual([other, found]);
    expect(await names('name=e_1')).toEqual([found]);
    expect(await names('name=%25')).toEqual([]);
    expect(await names('format=submission')).toEqual([found]);
    expect(await names('problem=file.empty')).toEqual(['broken.csv']);
    expect(await names('problem=file.empty&state=published')).toEqual([]);
  });

  it('shows no records before the file is published', async () => {
    const { id } = (await upload('waits.csv', makeFile(7, 99), 'date=2026-03-05')).json<UploadResult>();

    const answer = await get(`/v1/files/${id}/records`);

    expect(answer.statusCode).toBe(409);
    expect(answer.json<Problem>()).toMatchObject({ code: 'file.not-published' });
  });

  it.each([
    ['/v1/files/20261121-00000000000000000000000000000000', 404, 'file.not-found'],
    ['/v1/files/nonsense', 400, 'request.invalid'],
    ['/v1/files?limit=0', 400, 'request.invalid'],
    ['/v1/files?date=2026-02-30', 400, 'request.invalid'],
    ['/v1/files?problem=file.nonsense', 400, 'request.invalid'],
    ['/v1/files?format=xml', 400, 'request.invalid'],
    [`/v1/files?name=${'x'.repeat(201)}`, 400, 'request.invalid'],
    ['/v1/files?name=a%00b', 400, 'request.invalid'],
    ['/v1/files?problem=%00', 400, 'request.invalid'],
    ['/v1/files?cursor=9007199254740993', 400, 'request.invalid'],
    ['/v1/audit?actor=%00', 400, 'request.invalid'],
    ['/v1/audit?date=0000-01-01', 400, 'request.invalid'],
    ['/v1/audit?subject=own.csv', 400, 'request.invalid'],
    ['/v1/nothing', 404, 'request.not-found'],
  ])('answers %s with %i', async (url, status, code) => {
    const answer = await get(url);

    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const problem = answer.json<Problem>();
    expect(problem).toMatchObject({ status, code });
    expect(problem.help.length).toBeGreaterThan(10);
  });
});

describe('a name behind the question mark that nobody knows', () => {
  const id = '20261121-00000000000000000000000000000000';
  it.each([
    ...['/v1/files', `/v1/files/${id}`, `/v1/files/${id}/records`, `/v1/files/${id}/rejections.csv`],
    ...['/v1/inbox', '/v1/audit', '/v1/days/2026-11-21/verification'],
  ])('is refused by name, rather than passed over: %s', async (url) => {
    const answer = await get(`${url}?stat=held&limti=3`, 'admin');

    expect(answer.json<Problem>()).toMatchObject({
      status: 400,
      code: 'request.invalid',
      errors: [
        { field: 'querystring.stat', message: 'is not known here' },
        { field: 'querystring.limti', message: 'is not known here' },
      ],
    });
  });
});

describe('a value that only the database refuses', () => {
  it('is a mistake of the request, not of Tain', async () => {
    const other = await buildTestApp({ sql: database.sql, client: temporal.client });
    other.get('/v1/year', { onRequest: may('files.read') }, () => database.sql`select make_date(0, 1, 1)`);
    const answer = await other.inject({ url: '/v1/year', headers: authorization('viewer') });
    await other.close();

    expect(answer.json<Problem>()).toMatchObject({ status: 400, code: 'request.invalid' });
  });
});

describe('the inbox at a glance', () => {
  it('counts held files, and names what cannot be read', async () => {
    const params = { file: 'held.csv', what: 'bytes', stated: 2, actual: 1 };
    await registerFile(database.sql, {
      folderDate: '2026-03-07',
      sha256: 'ab'.repeat(32),
      fileName: 'held.csv',
      path: '20260307/rec/held.csv',
      sizeBytes: 1,
      problem: { code: 'file.done-disagrees', params },
    });
    await recordUnreadable(database.sql, [{ place: '20260307/rec/x', reason: 'EACCES' }]);

    const inbox = (await get('/v1/inbox')).json<InboxView>();
    const { files } = (await get('/v1/files?state=held')).json<FilePage>();

    expect(inbox.files.held).toBe(1);
    expect(inbox.unreadable).toEqual({ total: 1, places: [{ place: '20260307/rec/x', reason: 'EACCES' }] });
    expect(files[0]).toMatchObject({ name: 'held.csv', problem: { code: 'file.done-disagrees' } });
    expect(files[0]!.problem!.detail).toContain('states bytes 2, but the file has 1');
  });
});

describe('a Temporal that does not answer', () => {
  it('leaves the inbox shown, within seconds, without the state of its workflow', async () => {
    const sockets: net.Socket[] = [];
    const frozen = net.createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => frozen.listen(0, '127.0.0.1', resolve));
    const { port } = frozen.address() as net.AddressInfo;
    const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
    const other = await buildTestApp({ sql: database.sql, client: new Client({ connection }) });
    const answer = await other.inject({ url: '/v1/inbox', headers: authorization('viewer') });
    await other.close();
    await connection.close();
    for (const socket of sockets) socket.destroy();
    frozen.close();

    expect(answer.json<InboxView>().workflow).toBe('UNREACHABLE');
  });
});

describe('a list of rejected records', () => {
  it('is not noted as downloaded by HEAD, which has no such route', async () => {
    const id = '20261121-00000000000000000000000000000000';
    const url = `/v1/files/${id}/rejections.csv`;
    const answer = await app.inject({ method: 'HEAD', url, headers: authorization('admin') });

    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET']);
  });
});

describe('the open routes', () => {
  it('say that the API is up and ready, and how it is doing', async () => {
    const [up, ready, metrics] = await Promise.all(
      ['/healthz', '/readyz', '/metrics'].map((url) => app.inject({ method: 'GET', url })),
    );

    expect(up!.json()).toEqual({ up: true });
    expect(ready!.json()).toEqual({ ready: true, checks: { postgres: 'ok', temporal: 'ok' } });
    expect(metrics!.body).toMatch(/tain_files\{state="waiting"\} \d+/);
  });

  it('describe every route in OpenAPI 3.1 and on a page for people', async () => {
    const description = (await app.inject({ method: 'GET', url: '/openapi.json' })).json<{
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; requestBody?: object; responses: object }>>;
    }>();
    const page = await app.inject({ method: 'GET', url: '/docs/' });

    expect(description.openapi).toMatch(/^3\.1/);
    expect(Object.keys(description.paths)).toEqual(
      expect.arrayContaining([
        '/v1/files',
        '/v1/files/{id}',
        '/v1/files/{id}/records',
        '/v1/files/{id}/rejections.csv',
        '/v1/inbox',
        '/healthz',
      ]),
    );
    const upload = description.paths['/v1/files']!['post']!;
    expect(upload.requestBody).toHaveProperty(['content', 'application/octet-stream']);
    expect(upload.responses).toHaveProperty(['4XX', 'content', 'application/problem+json']);
    const ids = Object.values(description.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('Tain');
  });
});
