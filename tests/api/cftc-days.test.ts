import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createCftcDayActivities } from '../../activities/cftc-day.ts';
import type { DayFileList, DayPage, DayRunResult, DayView } from '../../contracts/cftc-day.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { applyPublished, makeDay } from '../support/applied.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const DATE = '2026-11-23';
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildTestApp({ sql: database.sql, client: temporal.client }, { TAIN_DATA_DIR: data.dataDir });
  const { file } = await publishDropped(database.sql, data, 'demo.csv', makeDay('api', 300, 1)[0]!);
  await applyPublished(database.sql, file);
});
afterAll(async () => {
  await app.close();
});

const get = (url: string, role: Role = 'viewer', language = 'en') =>
  app.inject({
    method: 'GET',
    url,
    headers: { ...bearer(tokenFor(role, 'vera')), 'accept-language': language },
  });
const post = (operation: string, payload: object, date = DATE, role: Role = 'operator') =>
  app.inject({
    method: 'POST',
    url: `/v1/days/${date}/${operation}`,
    headers: bearer(tokenFor(role, 'olga')),
    payload,
  });
const day = async (): Promise<DayView> => (await get(`/v1/days/${DATE}`)).json<DayView>();

describe('days', () => {
  it('are run, shown with counts that add up, read file by file, opened again and closed', async () => {
    const activities = createCftcDayActivities({
      ...{ sql: database.sql, client: temporal.client, dataDir: data.dataDir, lookMs: 50, cycleMs: 1000 },
    });
    await withWorker(temporal, activities, async () => {
      const run = await post('run', {});
      expect([run.statusCode, run.json<DayRunResult>()]).toEqual([
        202,
        { date: DATE, workflowId: `cftc/${DATE}` },
      ]);
      await until(async () => expect((await day()).state).toBe('reported'));
      expect((await post('run', {})).statusCode).toBe(202);

      const shown = await day();
      const counts = shown.counts!;
      expect(counts.accepted).toBe(
        counts.applied + counts.duplicate + counts.conflict + counts.pending + counts.violated,
      );
      expect(counts.applied + counts.settled).toBe(counts.messages + counts.otherReports);
      expect(shown.messages).toMatchObject({ pending: counts.messages, sent: 0 });
      const grouped = shown.groups.reduce((sum, { pending }) => sum + pending, 0);
      expect(grouped).toBe(counts.messages);
      const dues = shown.groups.flatMap(({ nextDueAt }) => nextDueAt ?? []).toSorted();
      expect(shown.nextDueAt).toBe(dues[0] ?? null);
      expect(shown.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
        ...['inputs done', 'cut done', 'stragglers done', 'messages done', 'files done'],
        ...['delivery waiting', 'answers to-come'],
      ]);
      expect(shown.blocking).toMatchObject([{ code: 'not-sent' }]);
      expect(shown.openedBy).toBe('olga');
      const korean = (await get(`/v1/days/${DATE}`, 'viewer', 'ko')).json<DayView>();
      expect(korean.blocking[0]!.text).toMatch(/[가-힣]/);
      expect((await get('/v1/days')).json<DayPage>()).toMatchObject({
        days: [{ date: DATE, state: 'reported', messages: { pending: counts.messages } }],
        next: null,
      });

      await proveFiles(counts.messages);

      await expectProblem(post('close', { reason: ' ' }), 400, 'request.invalid');
      expect((await post('close', { reason: 'sent by hand' })).json<DayView>()).toMatchObject({
        state: 'closed',
        closedBy: 'olga',
        closedReason: 'sent by hand',
      });
      expect((await get('/v1/days')).json<DayPage>().days).toMatchObject([
        { state: 'closed', messages: null },
      ]);
    });
  });

  it('say what is wrong: a holiday, a date to come, one before the last cut, one that was not opened, rights, an input', async () => {
    const holiday = await expectProblem(post('run', {}, '2026-11-26'), 409, 'day.not-business-day');
    expect(holiday.detail).toContain('2026-11-26 is no business day of calendar US');
    await expectProblem(post('run', {}, '2999-01-04'), 409, 'day.ahead');
    const behind = await expectProblem(post('run', { reason: 'forgotten' }, '2026-11-20'), 409, 'day.behind');
    expect(behind.detail).toContain(`Day ${DATE} is cut`);
    await expectProblem(get('/v1/days/2026-11-02'), 404, 'day.not-found');
    await expectProblem(post('close', { reason: 'nobody' }, '2026-11-02'), 404, 'day.not-found');
    await expectProblem(post('run', {}, 'yesterday'), 400, 'request.invalid');
    await expectProblem(post('run', {}, DATE, 'viewer'), 403, 'auth.forbidden');
    await expectProblem(get(`/v1/days/${DATE}/files/manifest.json`), 403, 'auth.forbidden');
    await expectProblem(get(`/v1/days/${DATE}/files/..%2Fsecret`, 'operator'), 400, 'request.invalid');
    await expectProblem(get(`/v1/days/${DATE}/files/other.csv`, 'operator'), 404, 'day.file-not-found');
  });

  it('are not taken over while nobody is at work', async () => {
    await expectProblem(post('reopen', { reason: 'nobody answers' }), 503, 'day.unattended');
  });
});

async function expectProblem(asked: ReturnType<typeof get>, status: number, code: string): Promise<Problem> {
  const answer = await asked;
  const problem = answer.json<Problem>();
  expect([answer.statusCode, problem.code]).toEqual([status, code]);
  return problem;
}

async function proveFiles(messages: number): Promise<void> {
  const { files, version } = (await get(`/v1/days/${DATE}/files`)).json<DayFileList>();
  expect(version).toBe(1);
  expect(files.filter(({ isOutbound }) => isOutbound).reduce((sum, { rows }) => sum + rows, 0)).toBe(
    messages,
  );
  const [file] = files.filter(({ kind }) => kind === 'valuation');
  const url = `/v1/days/${DATE}/files/${file!.name}`;
  const sent = await get(url, 'operator');
  expect([sent.statusCode, sent.rawPayload.length]).toEqual([200, file!.sizeBytes]);
  expect(sent.headers['content-disposition']).toBe(`attachment; filename="${file!.name}"`);
  const [noted] = await database.sql`select actor, after from audit_log where action = 'day.downloaded'`;
  expect(noted).toEqual({ actor: 'vera', after: { what: file!.name } });

  await appendFile(path.join(data.dataDir, '20261123', 'send', file!.name), 'x');
  await expectProblem(get(url, 'operator'), 410, 'day.file-lost');
  const downloads = await database.sql`select from audit_log where action = 'day.downloaded'`;
  expect(downloads).toHaveLength(1);
}
