import { readdir, readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { ReportView } from '../../contracts/on-demand-report.schema.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { findReport, type ReportRow } from '../../db/reports.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { fileSource, newSwaps } from '../support/ledger.ts';
import { useRoleProcesses } from '../support/role-process.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** Several pages. */
const SWAPS = 7000;

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const startRole = useRoleProcesses(database, temporal);
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000' },
  );
  const source = fileSource('a');
  await applyInBatches(database.sql, newSwaps(SWAPS, source), source);
});
afterAll(() => app.close());

const start = () => startRole('on-demand', { TAIN_DATA_DIR: data.dataDir });

/** The same order is another report for another owner, and the same bytes. */
const order = async (owner: string): Promise<string> => {
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/reports',
    headers: bearer(tokenFor('user', owner)),
    payload: { kind: 'open-swaps', asOf: '2026-03-02' },
  });
  expect(answer.statusCode).toBe(202);
  return answer.json<ReportView>().id;
};
const isReady = (id: string): Promise<ReportRow> =>
  until(async () => {
    const row = await findReport(database.sql, id);
    if (row?.state !== 'ready') throw new Error(`${row?.state} ${row?.problem_code ?? ''}`);
    return row;
  });
const filesOf = async (id: string): Promise<string[]> =>
  (await readdir(path.join(data.dataDir, 'reports'))).filter((name) => name.includes(id));
const reportPath = (name: string): string => path.join(data.dataDir, 'reports', name);

/** Holds what reports are read from: one that is being written stays where it is. */
function whileHeld<Result>(run: () => Promise<Result>): Promise<Result> {
  return database.sql.begin(async (tx) => {
    await tx`lock table tb_on_mst in access exclusive mode`;
    return run();
  }) as Promise<Result>;
}

describe('a report whose worker is killed half way', () => {
  it('is no half file, and is made by the next worker, once and to the same hash', async () => {
    const worker = await start();
    const undisturbed = await isReady(await order('anna'));
    const id = await order('bert');
    const part = reportPath(`.${id}-1.csv.part`);
    await until(async () => expect((await stat(part)).size).toBeGreaterThan(0), 10_000);
    const half = await whileHeld(async () => {
      worker.signal('SIGKILL');
      await until(async () => expect(worker.isAlive()).toBe(false));
      return (await stat(part)).size;
    });

    expect(half).toBeLessThan(undisturbed.size_bytes!);
    expect(await filesOf(id)).toEqual([path.basename(part)]);
    expect(await findReport(database.sql, id)).toMatchObject({ state: 'writing', epoch: 1, path: null });
    const view = await app.inject({
      url: `/v1/reports/${id}/file`,
      headers: bearer(tokenFor('user', 'bert')),
    });
    expect(view.statusCode).toBe(409);

    await start();
    const row = await isReady(id);
    expect(row).toMatchObject({
      epoch: 2,
      sha256: undisturbed.sha256,
      size_bytes: undisturbed.size_bytes,
      rows_written: SWAPS,
    });
    expect(await filesOf(id)).toEqual([`${id}-2.csv`]);
    expect(await readFile(path.join(data.dataDir, row.path!))).toEqual(
      await readFile(path.join(data.dataDir, undisturbed.path!)),
    );
  });
});

describe('a report for which there is no room', () => {
  it('leaves nothing, and is made when there is room', async () => {
    await start();
    const id = await whileHeld(async () => {
      const waiting = await order('carl');
      await until(async () => expect(await findReport(database.sql, waiting)).toMatchObject({ epoch: 1 }));
      // What is written there is written to a disk that is full.
      await symlink('/dev/full', reportPath(`.${waiting}-1.csv.part`));
      return waiting;
    });
    const row = await isReady(id);

    expect(row).toMatchObject({ epoch: 2, rows_written: SWAPS });
    expect(await filesOf(id)).toEqual([`${id}-2.csv`]);
  });
});
