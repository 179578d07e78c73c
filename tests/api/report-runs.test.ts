import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import type { ReportView } from '../../contracts/on-demand-report.schema.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { as, OPEN, useReportDesk } from '../support/report-desk.ts';
import { FIRST_DAY, SECOND_DAY } from '../support/report-ledger.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const { ended, get, order, remove, reportFiles, whileHeld, withReports } = useReportDesk({
  database,
  temporal,
  data,
});

describe('a report that is cancelled half way', () => {
  it('leaves no file, and can be asked for again', async () => {
    await withReports(async () => {
      const asked = { kind: 'verification', asOf: FIRST_DAY, filters: { counterparty: 'SOMEBODY' } };
      const before = await reportFiles();
      const id = await whileHeld(async () => {
        const accepted = (await order(asked)).json<ReportView>();
        await ended(accepted.id, 'writing');
        const answer = await remove(accepted.id);
        expect(answer.json<ReportView>()).toMatchObject({ state: 'cancelled', file: null });
        return accepted.id;
      });
      const workflow = temporal.client.workflow.getHandle(LIFECYCLES.onDemandReport.workflowId(id));
      expect(await workflow.result()).toMatchObject({ state: 'cancelled' });

      // The attempt learns of it a moment later.
      await until(async () => expect(await reportFiles()).toEqual(before));
      expect((await get(`/v1/reports/${id}/file`)).json<Problem>().code).toBe('report.not-ready');
      const again = await order(asked);
      expect(again.json<ReportView>().id).toBe(id);
      expect((await ended(id)).file!.rows).toBe(0);
    });
  });

  it('is made anew when it is asked for again at once, whatever its old run still does', async () => {
    await withReports(async () => {
      const asked = { kind: 'verification', asOf: FIRST_DAY, filters: { counterparty: 'ELSE' } };
      const id = await whileHeld(async () => {
        const accepted = (await order(asked)).json<ReportView>();
        await ended(accepted.id, 'writing');
        await remove(accepted.id);
        expect((await order(asked)).json<ReportView>()).toMatchObject({
          id: accepted.id,
          state: expect.stringMatching(/^w/),
        });
        return accepted.id;
      });

      expect((await ended(id)).file!.rows).toBe(0);
    });
  });

  it('is made anew when somebody has ended its run', async () => {
    await withReports(async () => {
      const asked = { kind: 'verification', asOf: FIRST_DAY, filters: { counterparty: 'NOBODY' } };
      const id = await whileHeld(async () => {
        const accepted = (await order(asked)).json<ReportView>();
        await ended(accepted.id, 'writing');
        await temporal.client.workflow
          .getHandle(LIFECYCLES.onDemandReport.workflowId(accepted.id))
          .terminate('a mistake');
        return accepted.id;
      });

      expect((await order(asked)).json<ReportView>()).toMatchObject({ id });
      expect((await ended(id)).file!.rows).toBe(0);
    });
  });

  it('is removed when it was there already', async () => {
    await withReports(async () => {
      const { id } = (await order({ ...OPEN, filters: { assetClass: 'IR' } })).json<ReportView>();
      await ended(id);
      const answer = await remove(id);

      expect(answer.json<ReportView>()).toMatchObject({ state: 'expired', file: null });
      expect((await reportFiles()).filter((name) => name.includes(id))).toEqual([]);
    });
  });
});

describe('an attempt that dies half way', () => {
  it('is followed by another that writes the very same file', async () => {
    await withReports(async () => {
      const { sql } = database;
      const undisturbed = (await order({ ...OPEN, filters: {} }, as('bert'))).json<ReportView>();
      await until(async () => {
        const [row] = await sql`select from report where report_id = ${undisturbed.id} and state = 'ready'`;
        if (!row) throw new Error('not yet');
      });
      const id = await whileHeld(async () => {
        const accepted = (await order(OPEN, as('carl'))).json<ReportView>();
        await until(async () => {
          const killed = await sql`
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like '%tb_on_mst%'`;
          if (killed.count === 0) throw new Error('nothing waits yet');
        });
        // What an attempt leaves that was killed together with its process.
        await writeFile(path.join(data.dataDir, 'reports', `.${accepted.id}-1.csv.part`), 'half a re');
        return accepted.id;
      });
      const row = await until(async () => {
        const [found] = await sql<{ epoch: number; path: string; sha256: string }[]>`
          select epoch, path, sha256 from report where report_id = ${id} and state = 'ready'`;
        if (!found) throw new Error('not yet');
        return found;
      });
      const [other] = await sql<
        { path: string }[]
      >`select path from report where report_id = ${undisturbed.id}`;

      expect(row.epoch).toBeGreaterThan(1);
      expect(await readFile(path.join(data.dataDir, row.path))).toEqual(
        await readFile(path.join(data.dataDir, other!.path)),
      );
      expect((await reportFiles()).filter((name) => name.startsWith('.'))).toEqual([]);
    });
  });
});

describe('a report that nobody takes on', () => {
  it('is answered so, and is the same when it is asked for again', async () => {
    const asked = { kind: 'missing-valuations', asOf: SECOND_DAY };
    const answer = await order(asked);

    expect(answer.json<Problem>()).toMatchObject({ status: 503, code: 'report.unattended' });
    await withReports(async () => {
      const { id } = (await order(asked)).json<ReportView>();
      expect((await ended(id)).file!.rows).toBe(1);
    });
  });

  it('of which nothing was handed over ends by itself', async () => {
    await withReports(async () => {
      const reportId = '0'.repeat(32);
      const { taskQueue, workflowType, workflowId } = LIFECYCLES.onDemandReport;
      const handle = await temporal.client.workflow.start(workflowType, {
        workflowId: workflowId(reportId),
        taskQueue,
        args: [{ reportId }],
      });

      expect(await handle.result()).toEqual({ state: 'cancelled', rows: null });
    });
  });
});
