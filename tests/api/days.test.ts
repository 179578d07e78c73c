import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { AuditPage } from '../../contracts/audit.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import type { VerificationView } from '../../contracts/verification.schema.ts';
import { auditDownload } from '../../db/audit.ts';
import { fileIdOf } from '../../db/file-audit.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { makeFile, useDataDir } from '../support/files.ts';
import { publishDropped, type Published } from '../support/published.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const DAY = '/v1/days/2026-11-21/verification';
let app: FastifyInstance;
let published: Published;

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, DATABASE_URL: database.url },
  );
  published = await publishDropped(database.sql, data, 'day.csv', makeFile(40));
});

afterAll(async () => {
  await app.close();
});

const headers = (role: Role) => ({
  ...bearer(tokenFor(role, 'auditor')),
});
const get = (url: string, role: Role = 'viewer') =>
  app.inject({ method: 'GET', url, headers: headers(role) });

describe('the proof of a day', () => {
  it('is the report of tain verify, with the audit log', async () => {
    const answer = await get(DAY);

    expect(answer.statusCode).toBe(200);
    expect(answer.json<VerificationView>()).toMatchObject({
      holds: true,
      files: [
        {
          id: fileIdOf(published.file),
          provenFrom: 'file',
          counts: { read: 40, accepted: 36, rejected: 4 },
          differing: 0,
        },
      ],
      strays: { differing: 0 },
      audit: { rows: 2, head: { seq: 2 }, broken: 0 },
    });
  });

  it('says in words what was altered, and of which day there is nothing', async () => {
    const where = database.sql`file_id = ${published.file.file_id} and record_no = 10`;
    await database.sql`update tb_bat_file_hist set verdict = 'accepted' where ${where}`;
    const altered = (await get(DAY)).json<VerificationView>();
    await database.sql`update tb_bat_file_hist set verdict = 'rejected' where ${where}`;
    const empty = (await get('/v1/days/2026-11-20/verification')).json<Problem>();

    expect(altered.holds).toBe(false);
    expect(altered.files[0]!.differences).toEqual([
      expect.objectContaining({
        kind: 'verdict',
        record: 10,
        message: expect.stringMatching(
          /^record 10 \(line 11, bytes \d+–\d+\): the stored verdict is accepted; the bytes give rejected\.$/,
        ) as unknown,
      }),
    ]);
    expect(empty).toMatchObject({ status: 404, code: 'verification.nothing' });
    expect(empty.detail).toContain('2026-11-20');
  });

  it('is not begun for HEAD, which would throw its report away', async () => {
    const answer = await app.inject({ method: 'HEAD', url: DAY, headers: headers('viewer') });

    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET']);
  });

  it('is one at a time, ends when its client goes away, and does not hold up the API', async () => {
    const holder = connectPostgres(database.url, 'holder', 1);
    const address = await app.listen({ host: '127.0.0.1', port: 0 }).then(() => app.server.address());
    await holder`begin`;
    await holder`lock table tb_bat_file_mst in access exclusive mode`;
    const first = httpRequest({
      host: '127.0.0.1',
      port: (address as AddressInfo).port,
      path: DAY,
      headers: headers('viewer'),
    });
    first.on('error', () => undefined);
    first.end();
    const proofs = async (): Promise<number[]> => {
      const rows = await database.sql<{ pid: number }[]>`
        select pid from pg_stat_activity
        where datname = current_database() and application_name = 'tain api proof' and wait_event_type = 'Lock'`;
      return rows.map(({ pid }) => pid);
    };
    const [before] = await until(async () => {
      const waiting = await proofs();
      expect(waiting).toHaveLength(1);
      return waiting;
    });

    const second = await get(DAY);
    expect(second.statusCode).toBe(503);
    expect(second.headers['retry-after']).toBe('10');
    expect(second.json<Problem>()).toMatchObject({ code: 'verification.busy' });
    expect((await get('/healthz')).statusCode).toBe(200);

    first.destroy();
    // The next one gets its turn while the tables are still locked: the first has ended without them.
    const third = await until(async () => {
      const asked = get(DAY);
      let isRefused = false;
      void asked.then(() => (isRefused = true));
      for (let waits = false; !waits;) {
        waits = (await proofs()).some((pid) => pid !== before);
        if (isRefused) throw new Error('the first one is still there');
      }
      return { asked };
    });
    await holder`rollback`;
    await holder.end();
    expect((await third.asked).statusCode).toBe(200);
  });

  it.each(['user', 'service'] as const)('is not for the role %s', async (role) => {
    expect((await get(DAY, role)).statusCode).toBe(403);
    expect((await get('/v1/audit', role)).statusCode).toBe(403);
  });
});

describe('the audit log', () => {
  it('shows changes and downloads by page, newest first', async () => {
    const subject = fileIdOf(published.file);
    await auditDownload(database.sql, { sub: 'auditor', role: 'viewer' }, subject, 'rejections.csv');

    const newest = (await get('/v1/audit?limit=2')).json<AuditPage>();
    const rest = (await get(`/v1/audit?limit=2&cursor=${newest.next}`)).json<AuditPage>();
    const downloads = (await get('/v1/audit?action=file.downloaded&actor=auditor')).json<AuditPage>();

    expect([...newest.entries, ...rest.entries].map(({ seq, action }) => [seq, action])).toEqual([
      [3, 'file.downloaded'],
      [2, 'file.published'],
      [1, 'file.entered'],
    ]);
    expect(rest.next).toBeNull();
    expect(downloads.entries).toMatchObject([
      { subject, role: 'viewer', after: { what: 'rejections.csv' }, prevHash: newest.entries[1]!.hash },
    ]);
    expect((await get('/v1/audit?action=nonsense')).statusCode).toBe(400);
  });
});
