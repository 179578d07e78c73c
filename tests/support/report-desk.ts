/** Reports asked for over the API as its callers do, and made by a worker of the test. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createOnDemandReportActivities } from '../../activities/on-demand-report.ts';
import type { ReportView } from '../../contracts/on-demand-report.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { bearer, buildTestApp, tokenFor } from './api.ts';
import type { useDatabase } from './database.ts';
import type { useDataDir } from './files.ts';
import { FIRST_DAY, SECOND_DAY, tellReportLedger } from './report-ledger.ts';
import type { useTemporal } from './temporal.ts';
import { until } from './until.ts';
import { withWorker } from './worker.ts';

export const OPEN = { kind: 'open-swaps', asOf: FIRST_DAY, knownAt: FIRST_DAY };
export const PERIOD = { from: FIRST_DAY, to: SECOND_DAY };

export const as = (subject = 'anna', role: Role = 'user') => bearer(tokenFor(role, subject));

type Engines = {
  readonly database: ReturnType<typeof useDatabase>;
  readonly temporal: ReturnType<typeof useTemporal>;
  readonly data: ReturnType<typeof useDataDir>;
};

/** With a worker that makes reports. */
export const withReportWorker = <Result>(
  { database, temporal, data }: Engines,
  run: () => Promise<Result>,
): Promise<Result> =>
  withWorker(
    temporal,
    createOnDemandReportActivities({
      sql: database.sql,
      dataDir: data.dataDir,
      tables: BUILT_IN_TABLES,
      registers: BUILT_IN_REGISTERS,
      keepDays: 30,
    }),
    run,
    QUEUES.swapOnDemand,
  );

/** An API over a ledger with two days, for the tests of a file. */
export function useReportDesk(engines: Engines) {
  const { database, temporal, data } = engines;
  let app: FastifyInstance;

  beforeAll(async () => {
    app = await buildTestApp(
      { sql: database.sql, client: temporal.client },
      { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000' },
    );
    await tellReportLedger(database.sql);
  });

  afterAll(async () => {
    await app.close();
  });

  const ask = (
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    headers: Record<string, string>,
    payload?: object,
  ): Promise<LightMyRequestResponse> => app.inject({ method, url, headers, ...(payload && { payload }) });
  const get = (url: string, headers: Record<string, string> = as()) => ask('GET', url, headers);

  return {
    get,
    order: (body: object, headers = as()) => ask('POST', '/v1/reports', headers, body),
    remove: (id: string, headers = as()) => ask('DELETE', `/v1/reports/${id}`, headers),

    withReports: <Result>(run: () => Promise<Result>): Promise<Result> => withReportWorker(engines, run),

    ended: (id: string, state = 'ready'): Promise<ReportView> =>
      until(async () => {
        const view = (await get(`/v1/reports/${id}`)).json<ReportView>();
        if (view.state !== state) throw new Error(`${view.state} ${view.problem?.detail ?? ''}`);
        return view;
      }),

    reportFiles: (): Promise<string[]> => readdir(path.join(data.dataDir, 'reports')).catch(() => []),

    /** Holds what reports are read from, so that one stays half way. */
    whileHeld: (run: () => Promise<string>): Promise<string> =>
      database.sql.begin(async (tx) => {
        await tx`lock table tb_on_mst in access exclusive mode`;
        return run();
      }),
  };
}
