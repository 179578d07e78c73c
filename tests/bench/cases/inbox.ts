/**
 * Many small files at once against bare Temporal. Ours: `rows` files that appear in the folder together, from that
 * moment until the last has reached the ledger, through a whole running Tain. Theirs: the same workflow with activities that
 * do nothing, as many of them open as Tain lets through, on the same server.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { countFilesByState } from '../../../db/files.ts';
import { parseConfig } from '../../../platform/config.ts';
import { connectPostgres, type Sql } from '../../../platform/postgres.ts';
import { connectTemporal } from '../../../platform/temporal.ts';
import { openWorkflowBundle } from '../../../platform/workflow-bundle.ts';
import { WORKER_OPTIONS } from '../../../workers/run.ts';
import { createTain, type RunningTain } from '../../support/running-tain.ts';
import { GOOD_COLUMNS, goodLine, LEI } from '../../support/good-record.ts';
import { until } from '../../support/until.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 0.5;
const MAX_OPEN = 4;
const MAX_BARE = 300;
const TIMEOUT_MS = 3_600_000;
const QUEUE = 'bench-bare';

export async function benchInbox({ rows, say }: BenchRequest): Promise<BenchResult> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const tain = await createTain({
    TAIN_SETTLE_MS: '0',
    TAIN_LOG_LEVEL: 'warn',
    TAIN_MAX_OPEN_INGESTS: String(MAX_OPEN),
  });
  try {
    const instance = await tain.up();
    const sql = connectPostgres(instance.databaseUrl!, 'bench', 2);
    const bare = Math.min(rows, MAX_BARE);
    // Before and after, so that a machine that gets busier meanwhile does not favour one side.
    const before = await timeBare(tain, instance.temporalAddress!, bare, 'before');
    say(`bare Temporal: ${before} workflows/s`);
    const { enteredMs, doneMs } = await timeFiles(tain, sql, rows, say);
    const after = await timeBare(tain, instance.temporalAddress!, bare, 'after');
    say(`bare Temporal: ${after} workflows/s`);
    await sql.end();
    const filesPerSecond = Math.round((rows / doneMs) * 10_000) / 10;
    return {
      ratio: Math.round((filesPerSecond / ((before + after) / 2)) * 1000) / 1000,
      target: TARGET,
      better: 'higher',
      figures: {
        files: rows,
        maxOpen: MAX_OPEN,
        enteredMs,
        filesPerSecond,
        bareWorkflowsPerSecond: [before, after],
      },
    };
  } finally {
    await tain.dispose();
  }
}

/** A header and one record that every rule accepts. */
const smallFile = (number: number): string =>
  `${GOOD_COLUMNS.join(',')}\n${goodLine({
    uniqueTransactionIdentifierUti: `${LEI}T${String(number).padStart(8, '0')}`,
  })}\n`;

async function timeFiles(
  tain: RunningTain,
  sql: Sql,
  count: number,
  say: (line: string) => void,
): Promise<{ enteredMs: number; doneMs: number }> {
  const staged = path.join(tain.stateDir, 'staged', 'rec');
  await mkdir(staged, { recursive: true });
  for (let number = 0; number < count; number += 1) {
    await writeFile(path.join(staged, `small-${number}.csv`), smallFile(number));
  }
  const started = performance.now();
  await rename(path.dirname(staged), path.join(tain.dataDir, '20261121'));
  let told = 0;
  let enteredMs = 0;
  const elapsed = (): number => Math.round(performance.now() - started);
  await until(async () => {
    const states = await countFilesByState(sql);
    if (states.refused + states.held > 0) throw new Error('a file was not published');
    const entered = states.waiting + states.ingesting + states.published;
    if (enteredMs === 0 && entered >= count) say(`entered after ${(enteredMs = elapsed())} ms`);
    if (states.published >= told + 500) {
      told = states.published;
      say(`${told} published after ${elapsed()} ms`);
    }
    if (states.published < count) throw new Error(`${states.published} of ${count} files`);
    const [{ unapplied }] = await sql<[{ unapplied: number }]>`
      select count(*) as unapplied from tb_bat_file_mst where applied_at is null`;
    if (unapplied > 0) throw new Error(`${unapplied} files have not reached the ledger`);
  }, TIMEOUT_MS);
  return { enteredMs, doneMs: elapsed() };
}

/** @returns workflows per second */
async function timeBare(tain: RunningTain, address: string, count: number, round: string): Promise<number> {
  const connection = await NativeConnection.connect({ address });
  const client = await connectTemporal({ ...parseConfig({}), TEMPORAL_ADDRESS: address });
  const worker = await Worker.create({
    ...WORKER_OPTIONS,
    connection,
    taskQueue: QUEUE,
    workflowBundle: { codePath: await openWorkflowBundle(tain.stateDir) },
    activities: {
      inspectFile: () => Promise.resolve({ format: 'submission' }),
      ingestRecords: () => Promise.resolve({ read: 0, accepted: 0, rejected: 0 }),
      publishFile: () => Promise.resolve(),
      applyRecords: () =>
        Promise.resolve({ applied: 0, duplicate: 0, conflict: 0, pending: 0, violated: 0, unplaced: 0 }),
    },
  });
  const elapsedMs = await worker.runUntil(async () => {
    const started = performance.now();
    let next = 0;
    const runOneAfterTheOther = async (): Promise<void> => {
      while (next < count) {
        const number = next++;
        await client.workflow.execute('fileIngest', {
          workflowId: `bare-${round}-${number}`,
          taskQueue: QUEUE,
          args: [{ fileId: number, fileName: 'bare', sizeBytes: 0 }],
        });
      }
    };
    await Promise.all(Array.from({ length: MAX_OPEN }, runOneAfterTheOther));
    return performance.now() - started;
  });
  await connection.close();
  await client.connection.close();
  return Math.round((count / elapsedMs) * 10_000) / 10;
}
