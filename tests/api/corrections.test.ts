import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { FastifyInstance } from 'fastify';
import type { FileView, RecordPage, RecordView, UploadResult } from '../../contracts/files.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { linkCorrections } from '../../db/corrections.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { badRow, goodRow, HEADER, useDataDir } from '../support/files.ts';
import { withIngest as withRunningIngest } from '../support/ingest.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildTestApp({ sql: database.sql, client: temporal.client }, { TAIN_DATA_DIR: data.dataDir });
});
afterAll(async () => {
  await app.close();
});

const headersOf = (role: Role): Record<string, string> => ({
  ...bearer(tokenFor(role)),
});
const get = (url: string, role: Role = 'user') =>
  app.inject({ method: 'GET', url, headers: headersOf(role) });

/** Sends a file in and waits until it is through, links included. */
async function send(name: string, content: string): Promise<FileView> {
  const answer = await app.inject({
    method: 'POST',
    url: `/v1/files?name=${name}&date=2026-11-21`,
    headers: { ...headersOf('service'), 'content-type': 'text/csv' },
    payload: content,
  });
  const { id } = answer.json<UploadResult>();
  const file = await until(async () => {
    const view = (await get(`/v1/files/${id}`)).json<FileView>();
    expect(view.state).toBe('published');
    return view;
  });
  await until(() => temporal.client.workflow.getHandle(file.workflowId).result());
  return file;
}

const recordsOf = async (id: string): Promise<RecordView[]> =>
  (await get(`/v1/files/${id}/records`)).json<RecordPage>().records;
const rejectionsOf = async (id: string): Promise<string> =>
  (await get(`/v1/files/${id}/rejections.csv`)).body;

const RETURNED_HEADER = `${HEADER},tainRecord`;
const returned = (row: string, reference: string): string => `${row},${reference}`;
const returnedFile = (...rows: string[]): string => `${[RETURNED_HEADER, ...rows].join('\n')}\n`;

const withIngest = <Result>(run: () => Promise<Result>): Promise<Result> =>
  withRunningIngest(database, temporal, data.dataDir, run);

describe('rejected records', () => {
  it('are listed as a download, corrected, sent in again and linked both ways', async () => {
    await withIngest(async () => {
      const odd = `${goodRow(4).replace('USD', '=1+1')}"x""y, -1"`;
      const sent = `${HEADER}\n${goodRow(1)}\n${badRow(2)}\nragged\n${odd}\n`;
      const file = await send('original.csv', sent);
      expect(file.progress).toMatchObject({ read: 4, accepted: 1, rejected: 3 });

      const download = await get(`/v1/files/${file.id}/rejections.csv`);

      expect(download.statusCode).toBe(200);
      expect(download.headers).toMatchObject({
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="original-rejections.csv"',
        'x-content-type-options': 'nosniff',
      });
      const listed = parse<Record<string, string>>(download.body, { columns: true });
      expect(listed.map(({ tainRecord }) => tainRecord)).toEqual([2, 3, 4].map((no) => `${file.id}/${no}`));
      expect(listed[1]).toMatchObject({ actionType: '', tainRaw: 'ragged' });
      expect(listed[2]).toMatchObject({ notionalCurrencyLeg1: '=1+1', Remark: 'x"y, -1', tainRaw: '' });
      expect(listed[0]!['tainIssues']).toMatch(/XQX.*ISO 4217/);

      const corrected = download.body.replace('XQX', 'USD').replace('"=1+1"', 'EUR');
      const second = await send('corrected.csv', corrected);

      expect(second).toMatchObject({
        unknownColumns: ['Remark'],
        progress: { read: 3, accepted: 2, rejected: 1 },
      });
      const corrections = await recordsOf(second.id);
      expect(corrections.map(({ supersedes }) => supersedes)).toEqual(
        [2, 3, 4].map((record) => ({ file: file.id, record })),
      );
      expect(corrections[2]!.values).toMatchObject({ notionalCurrencyLeg1: 'EUR' });
      const originals = await recordsOf(file.id);
      expect(originals.map(({ verdict }) => verdict)).toEqual([
        'accepted',
        'rejected',
        'rejected',
        'rejected',
      ]);
      expect(originals.map(({ supersededBy }) => supersededBy)).toEqual([
        [],
        [{ file: second.id, record: 1, verdict: 'accepted' }],
        [{ file: second.id, record: 2, verdict: 'rejected' }],
        [{ file: second.id, record: 3, verdict: 'accepted' }],
      ]);
      expect((await get(`/v1/files/${file.id}`)).json<FileView>().progress).toMatchObject({ rejected: 3 });

      // Returned and rejected again: the list of the second file leads to a third, and so do the links.
      const again = await rejectionsOf(second.id);
      expect(again.split('\n')[0]).toBe(download.body.split('\n')[0]);
      const [third] = parse<Record<string, string>>(again, { columns: true });
      expect(third).toMatchObject({ tainRecord: `${second.id}/2` });
      const last = await send('third.csv', returnedFile(returned(goodRow(3), third!['tainRecord']!)));
      expect((await recordsOf(second.id))[1]).toMatchObject({
        supersedes: { file: file.id, record: 3 },
        supersededBy: [{ file: last.id, record: 1, verdict: 'accepted' }],
      });
    });
  });

  it('may be corrected twice; every correction is kept', async () => {
    await withIngest(async () => {
      const file = await send('twice.csv', `${HEADER}\n${badRow(20)}\n`);
      const rows = [goodRow(21), goodRow(22)].map((row) => returned(row, `${file.id}/1`));
      const both = await send('both.csv', returnedFile(...rows));

      expect((await recordsOf(file.id))[0]!.supersededBy).toEqual([
        { file: both.id, record: 1, verdict: 'accepted' },
        { file: both.id, record: 2, verdict: 'accepted' },
      ]);
    });
  });

  it('are linked to nothing else: each wrong reference says what is wrong with it, and its record is kept', async () => {
    await withIngest(async () => {
      const file = await send('target.csv', `${HEADER}\n${goodRow(30)}\n${badRow(31)}\n`);
      const nowhere = `20261121-${'0'.repeat(32)}/1`;
      const references = [`${file.id}/1`, `${file.id}/3`, nowhere, '20269999-x/1', 'target.csv/2', ''];
      const wrong = await send(
        'wrong.csv',
        returnedFile(...references.map((reference, at) => returned(goodRow(40 + at), reference))),
      );

      expect(wrong.progress).toMatchObject({ read: 6, accepted: 6 });
      const records = await recordsOf(wrong.id);
      expect(records.map(({ correction }) => correction?.outcome ?? null)).toEqual([
        'not-rejected',
        'unknown-record',
        'unknown-file',
        null,
        null,
        null,
      ]);
      expect(records.every(({ supersedes }) => supersedes === null)).toBe(true);
      expect(records.map(({ issues }) => issues.map(({ ruleId }) => ruleId))).toEqual([
        ...[[], [], []],
        ...[['record.correction-reference'], ['record.correction-reference'], []],
      ]);
      expect((await recordsOf(file.id)).flatMap(({ supersededBy }) => supersededBy)).toEqual([]);
    });
  });

  it('are linked once, however often the step is repeated', async () => {
    await withIngest(async () => {
      const file = await send('once.csv', `${HEADER}\n${badRow(50)}\n`);
      const corrected = await send('once-more.csv', returnedFile(returned(goodRow(51), `${file.id}/1`)));
      const [row] = await database.sql<{ file_id: number }[]>`
        select file_id from tb_bat_file_mst where file_name = 'once-more.csv'`;

      expect(await linkCorrections(database.sql, row!.file_id)).toBe(0);
      expect((await recordsOf(file.id))[0]!.supersededBy).toEqual([
        { file: corrected.id, record: 1, verdict: 'accepted' },
      ]);
    });
  });

  it('of the same file are not corrected by it', async () => {
    // No file can name itself: its id is a hash of its bytes. Stored rows can, after a mistake.
    await withIngest(async () => {
      const file = await send('self.csv', returnedFile(returned(badRow(60), ''), returned(goodRow(61), '')));
      const [row] = await database.sql<{ file_id: number }[]>`
        update tb_bat_file_hist set corrects = ${`${file.id}/1`}
        where record_no = 2 and file_id = (select file_id from tb_bat_file_mst where file_name = 'self.csv')
        returning file_id`;

      expect(await linkCorrections(database.sql, row!.file_id)).toBe(1);
      expect((await recordsOf(file.id))[1]).toMatchObject({
        correction: { outcome: 'same-file' },
        supersedes: null,
      });
    });
  });

  it('are listed only of published files, and only for who may take them away', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/files?name=waits.csv&date=2026-03-05',
      headers: { ...headersOf('service'), 'content-type': 'text/csv' },
      payload: `${HEADER}\n${badRow(70)}\n`,
    });
    const url = `/v1/files/${answer.json<UploadResult>().id}/rejections.csv`;

    expect((await get(url)).json<Problem>()).toMatchObject({ code: 'file.not-published' });
    expect((await get(url, 'viewer')).json<Problem>()).toMatchObject({ code: 'auth.forbidden' });
  });

  it('are listed to the last one when they fill many pages', async () => {
    await withIngest(async () => {
      const rows = Array.from({ length: 1_201 }, (_, index) => badRow(1_000 + index));
      const file = await send('many.csv', `${HEADER}\n${rows.join('\n')}\n`);

      const listed = parse<Record<string, string>>(await rejectionsOf(file.id), { columns: true });

      expect(listed.map(({ tainRecord }) => tainRecord)).toEqual(
        rows.map((_, index) => `${file.id}/${index + 1}`),
      );
    });
  });
});
