import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createMaintenanceActivities } from '../../activities/maintenance.ts';
import type { ReportPage, ReportView } from '../../contracts/on-demand-report.schema.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { listAudit } from '../../db/audit.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { as, OPEN, PERIOD, useReportDesk } from '../support/report-desk.ts';
import { FIRST_DAY, SECOND_DAY } from '../support/report-ledger.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const { ended, get, order, remove, reportFiles, withReports } = useReportDesk({ database, temporal, data });

describe('a report on demand', () => {
  it('is accepted, made, and fetched as its file', async () => {
    await withReports(async () => {
      const answer = await order(OPEN);
      const accepted = answer.json<ReportView>();

      expect(answer.statusCode).toBe(202);
      expect(answer.headers['location']).toBe(`/v1/reports/${accepted.id}`);
      const ready = await ended(accepted.id);
      expect(ready).toMatchObject({
        ...OPEN,
        title: 'Open swaps',
        owner: 'anna',
        progress: { percent: 100, rows: 3 },
        problem: null,
      });
      const file = await get(ready.file!.href);
      expect(file.statusCode).toBe(200);
      expect(file.headers['content-type']).toBe('text/csv; charset=utf-8');
      expect(file.headers['etag']).toBe(`"${ready.file!.sha256}"`);
      expect(file.headers['content-disposition']).toContain(`open-swaps-${FIRST_DAY}.csv`);
      expect(file.rawPayload).toHaveLength(ready.file!.sizeBytes);
      expect(file.body.split('\n')).toHaveLength(5);
    });
  });

  it('is the same when the same is asked again, and another when it is asked by another', async () => {
    await withReports(async () => {
      const first = (await order(OPEN)).json<ReportView>();
      await ended(first.id);
      const again = await order({ ...OPEN, filters: {} });
      const ofOther = (await order(OPEN, as('bert'))).json<ReportView>();

      expect(again.statusCode).toBe(200);
      expect(again.json<ReportView>()).toMatchObject({ id: first.id, createdAt: first.createdAt });
      expect(ofOther.id).not.toBe(first.id);
    });
  });

  it('of all that is known is another as soon as more is known', async () => {
    await withReports(async () => {
      const known = (await order(OPEN)).json<ReportView>();
      await ended(known.id);
      const asked = { kind: 'counts', asOf: SECOND_DAY };
      const first = (await order(asked)).json<ReportView>();
      await ended(first.id);
      await database.sql`update cftc_day set state = 'closed' where business_date = ${FIRST_DAY}`;
      const second = (await order(asked)).json<ReportView>();

      expect(second.id).not.toBe(first.id);
      expect(await ended(second.id)).toMatchObject({ knownAt: null });
      // What was known at a cut is known for good.
      expect((await order(OPEN)).json<ReportView>().id).toBe(known.id);
    });
  });

  it('is sent in ranges, and not at all to whom has it', async () => {
    await withReports(async () => {
      const { id } = (await order(OPEN)).json<ReportView>();
      const { file } = await ended(id);
      const { href, sizeBytes, sha256 } = file!;
      const whole = (await get(href)).body;
      const ask = (headers: Record<string, string>) => get(href, { ...as(), ...headers });

      const some = await ask({ range: 'bytes=10-19' });
      expect(some.statusCode).toBe(206);
      expect(some.headers['content-range']).toBe(`bytes 10-19/${sizeBytes}`);
      expect(some.body).toBe(whole.slice(10, 20));
      expect((await ask({ range: 'bytes=-5' })).body).toBe(whole.slice(-5));
      expect((await ask({ range: 'bytes=10-', 'if-range': '"another"' })).body).toBe(whole);
      expect((await ask({ 'if-none-match': `"${sha256}"` })).statusCode).toBe(304);
      const none = await ask({ range: `bytes=${sizeBytes}-` });
      expect(none.statusCode).toBe(416);
      expect(none.headers['content-range']).toBe(`bytes */${sizeBytes}`);
    });
    const noted = await listAudit(database.sql, { action: 'report.downloaded', timeZone: 'UTC', limit: 50 });
    expect(noted.map(({ after }) => (after as { range: string | null }).range)).toContain('10-19');
  });

  it('may be of ten years, and come as Parquet', async () => {
    await withReports(async () => {
      const asked = { kind: 'activity', format: 'parquet', from: '2016-03-17', to: SECOND_DAY };
      const { id } = (await order(asked)).json<ReportView>();
      const { file } = await ended(id);

      expect(file!.rows).toBe(9);
      expect((await get(file!.href)).rawPayload.subarray(0, 4).toString()).toBe('PAR1');
    });
  });
});

describe('what was known at the cut of a day', () => {
  it('is told once all messages until then are made, because it would not stay so before', async () => {
    await database.sql`
      update cftc_day_version set messages_cut = false where business_date = ${FIRST_DAY}`;
    const early = await order({ ...OPEN, asOf: SECOND_DAY, knownAt: SECOND_DAY });
    await database.sql`update cftc_day_version set messages_cut = true where business_date = ${FIRST_DAY}`;

    expect(early.json<Problem>()).toMatchObject({ status: 400, code: 'report.day-not-cut' });
  });
});

describe('a report that is asked for wrongly', () => {
  it.each<[string, object, string]>([
    ['a kind that is none', { kind: 'everything' }, 'kind'],
    ['a period that ends before it begins', { kind: 'late', from: SECOND_DAY, to: FIRST_DAY }, 'body.to'],
    ['a state without its day', { kind: 'counts' }, 'body.asOf'],
    ['a filter of another kind', { ...OPEN, filters: { outcome: 'applied' } }, 'body.filters.outcome'],
    ['a field that there is not', { ...OPEN, since: FIRST_DAY }, 'since'],
    ['a day that was not cut', { ...OPEN, knownAt: '2026-03-18' }, 'knownAt'],
  ])('names the field: %s', async (_what, body, field) => {
    const answer = await order(body);

    expect(answer.statusCode).toBe(400);
    expect(answer.json<Problem>().detail).toContain(field);
  });

  it.each(['rejections', 'part45-transaction'])(
    'is refused to a role that may not have its kind (%s)',
    async (kind) => {
      const answer = await order({ kind, ...PERIOD }, as('vera', 'viewer'));

      expect(answer.json<Problem>()).toMatchObject({ status: 403, code: 'report.kind-forbidden' });
    },
  );

  it('has no workflow, and no row', async () => {
    // What tests before have left under way is finished.
    await withReports(() =>
      until(async () => {
        const running = await temporal.client.workflow.count(
          'WorkflowType = "onDemandReport" AND ExecutionStatus = "Running"',
        );
        expect(running.count).toBe(0);
      }),
    );
    const rows = await database.sql`select from report where kind in ('late', 'rejections')`;
    expect(rows).toHaveLength(0);
  });
});

describe('reports of others', () => {
  it('are as if they were not there, but for admins and operators', async () => {
    const { id } = await withReports(async () => {
      const accepted = (await order({ kind: 'activity', ...PERIOD })).json<ReportView>();
      return ended(accepted.id);
    });
    const urls = [`/v1/reports/${id}`, `/v1/reports/${id}/file`];

    for (const url of urls) {
      expect((await get(url, as('bert'))).json<Problem>()).toMatchObject({
        code: 'report.not-found',
        status: 404,
      });
      expect((await get(url, as('vera', 'viewer'))).statusCode).toBe(404);
      expect((await get(url, as('otto', 'operator'))).statusCode).toBe(200);
    }
    const removed = await remove(id, as('bert'));
    expect(removed.statusCode).toBe(404);
    const listed = async (who: Record<string, string>): Promise<string[]> =>
      (await get('/v1/reports', who)).json<ReportPage>().reports.map((one) => one.id);
    expect(await listed(as())).toContain(id);
    expect(await listed(as('bert'))).not.toContain(id);
    expect(await listed(as('otto', 'operator'))).toContain(id);
  });

  it('are listed a page at a time, newest first', async () => {
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const page = (await get(`/v1/reports?limit=2${cursor}`)).json<ReportPage>();
      seen.push(...page.reports.map((one) => one.id));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }

    expect(new Set(seen).size).toBe(seen.length);
    const [row] = await database.sql<{ count: number }[]>`select count(*) from report where owner = 'anna'`;
    expect(seen).toHaveLength(row!.count);
  });
});

describe('files of reports', () => {
  it('are kept from whoever asked for them and may not have their kind any more', async () => {
    const { id } = await withReports(async () => {
      const asked = { kind: 'part45-collateral', ...PERIOD };
      const accepted = (await order(asked, as('emil'))).json<ReportView>();
      await until(async () =>
        expect((await get(`/v1/reports/${accepted.id}`, as('emil'))).json()).toMatchObject({
          state: 'ready',
        }),
      );
      return accepted;
    });
    for (const url of [`/v1/reports/${id}`, `/v1/reports/${id}/file`])
      expect((await get(url, as('emil', 'viewer'))).json<Problem>()).toMatchObject({
        status: 403,
        code: 'report.kind-forbidden',
      });
  });

  it('are told to be lost when somebody changed them', async () => {
    await withReports(async () => {
      const { id } = (await order({ ...OPEN, filters: { assetClass: 'FX' } })).json<ReportView>();
      const { file } = await ended(id);
      const [row] = await database.sql<{ path: string; size: number }[]>`
        select path, size_bytes as size from report where report_id = ${id}`;
      await writeFile(
        path.join(data.dataDir, row!.path),
        'something else'.padEnd(row!.size, '!').slice(0, row!.size),
      );

      expect((await get(file!.href)).json<Problem>()).toMatchObject({
        status: 410,
        code: 'report.file-lost',
      });
    });
  });

  it('are removed when they were kept long enough, and noted', async () => {
    const { sql } = database;
    await sql`update report set expires_at = now() - interval '1 second' where state = 'ready'`;
    const { removeOldReports } = createMaintenanceActivities({
      sql,
      monthsAhead: 1,
      gpuKeepDays: 90,
      gpuDecisionKeepDays: 400,
      dataDir: data.dataDir,
    });

    expect(await removeOldReports()).toBeGreaterThan(0);
    expect(await reportFiles()).toEqual([]);
    const noted = await listAudit(sql, {
      action: 'report.removed',
      actor: 'maintenance',
      timeZone: 'UTC',
      limit: 50,
    });
    expect(noted.length).toBeGreaterThan(0);
  });

  it('are of the kinds that are listed', async () => {
    const { kinds } = (await get('/v1/report-kinds', { ...as(), 'accept-language': 'ko' })).json<{
      kinds: { kind: string; title: string; columns: string[] }[];
    }>();

    expect(kinds.find(({ kind }) => kind === 'late')).toMatchObject({
      title: expect.stringContaining('기한'),
    });
    expect(kinds.find(({ kind }) => kind === 'open-swaps')!.columns[0]).toBe('swap');
  });
});
