/** The steps of a report that somebody asks for: entered, written, ended. Rows flow from Postgres to disk here. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Context } from '@temporalio/activity';
import { BY_ON_DEMAND_REPORT } from '../contracts/audit.ts';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import { REPORT_FORMATS, type AcceptedOrder, type ReportState } from '../contracts/on-demand-report.ts';
import { reportPath } from '../contracts/report-files.ts';
import * as reports from '../db/reports.ts';
import type { Tables } from '../domain/cftc/built-in-tables.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import { REPORTS } from '../domain/reports/definitions.ts';
import type { WrittenFile } from '../platform/report-file.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { keepBeating } from './heartbeat.ts';
import { readReport } from './report-rows.ts';
import { writeReport } from './report-writer.ts';

export type OnDemandReportDependencies = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly tables: Tables;
  readonly registers: Registers;
  /** How long the file is kept. */
  readonly keepDays: number;
};

export type OnDemandReportActivities = ReturnType<typeof createOnDemandReportActivities>;

/** How often the row shows how far it is, and the attempt learns whether it is still wanted. */
const SHOWN_MS = 500;

export function createOnDemandReportActivities({
  sql,
  dataDir,
  tables,
  registers,
  keepDays,
}: OnDemandReportDependencies) {
  /** Files of earlier attempts, which none of them will remove if they were killed. */
  const removeLeftovers = async (reportId: string, before: number): Promise<void> => {
    for (let epoch = 1; epoch < before; epoch += 1) {
      for (const format of REPORT_FORMATS) {
        const location = path.join(dataDir, reportPath(reportId, epoch, format));
        await rm(location, { force: true });
        await rm(path.join(path.dirname(location), `.${path.basename(location)}.part`), { force: true });
      }
    }
  };

  const write = async (row: reports.ReportRow, signal: AbortSignal): Promise<WrittenFile> => {
    const order = reports.orderOf(row);
    const { total: countTotal, batches } = readReport({ sql, tables, registers }, order, row.created_at);
    const total = await countTotal();
    let shownAt = 0;
    return writeReport({
      location: path.join(dataDir, reportPath(row.report_id, row.epoch, row.format)),
      format: row.format,
      definition: REPORTS[row.kind],
      batches,
      onBatch: async ({ looked, rows }) => {
        signal.throwIfAborted();
        if (Date.now() - shownAt < SHOWN_MS) return;
        shownAt = Date.now();
        if (!(await reports.showProgress(sql, row, { looked, total, rows }))) throw superseded(row.report_id);
      },
    });
  };

  return withFailures({
    /** Enters what was asked for. Safe to retry: an attempt that is entered already is left as it is. */
    async enterReport(accepted: AcceptedOrder): Promise<ReportState> {
      return (await reports.enterReport(sql, accepted)).state;
    },

    /**
     * Writes the file of a report, and says so in its row. Safe to retry: each attempt has an epoch and a file of its own,
     * begins anew, and the row takes the file of the newest alone.
     * @returns its rows; null when it is not to be written any more
     */
    async writeReportFile(reportId: string, attempt: number): Promise<number | null> {
      const row = await reports.claimReport(sql, reportId, attempt);
      if (row === null) return null;
      await removeLeftovers(reportId, row.epoch);
      const { cancellationSignal } = Context.current();
      const { path: location, ...written } = await keepBeating(
        () => ({ epoch: row.epoch }),
        () => write(row, cancellationSignal).catch((error: unknown) => fail(error, row)),
      );
      const file = { ...written, path: reportPath(reportId, row.epoch, row.format) };
      if (!(await reports.finishReport(sql, row, file, keepDays))) {
        await rm(location, { force: true });
        throw superseded(reportId);
      }
      return written.rowCount;
    },

    /** Ends a report without a file and removes what is left of it. Safe to retry: what has ended stays as it is. */
    async endReport(reportId: string, problem: ErrorFacts | null, attempt: number): Promise<void> {
      await reports.endReport(sql, reportId, problem, problem === null ? BY_ON_DEMAND_REPORT : null, attempt);
      const row = await reports.findReport(sql, reportId);
      if (row !== null && row.state !== 'ready') await removeLeftovers(reportId, row.epoch + 1);
    },
  });
}

const superseded = (report: string): TainError => new TainError('report.superseded', { report });

function fail(error: unknown, row: reports.ReportRow): never {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  const params = {
    file: row.report_id,
    folder: path.dirname(reportPath(row.report_id, row.epoch, row.format)),
  };
  throw new TainError('storage.full', params, { cause: error });
}
