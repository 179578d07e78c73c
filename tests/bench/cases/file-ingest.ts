/**
 * File ingest against plain COPY. Ours: from the moment the file lies in the folder (settle time 0) to its
 * publication, through a whole running Tain: listing, hash pass, workflow, inspection, split, all checks, COPY,
 * checkpoints, proof. Theirs: COPY FROM STDIN of the same bytes into text columns, one connection, same server,
 * logged table, fsync and synchronous_commit on.
 */
import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { listFiles } from '../../../db/files.ts';
import { until } from '../../support/until.ts';
import { measureAgainstCopy, type Round } from '../against-copy.ts';
import { round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 0.8;
const INGEST_TIMEOUT_MS = 600_000;

export async function benchFileIngest(request: BenchRequest): Promise<BenchResult> {
  const { rows } = request;
  let workerPeakRssMb = 0;
  const { ours, theirs, oursMs, theirsMs, bytes } = await measureAgainstCopy(
    request,
    { TAIN_SETTLE_MS: '0', TAIN_INBOX_POLL_MS: '50' },
    'ingest',
    (round) => timeIngest(round, rows),
    async ({ processes }) => {
      workerPeakRssMb = await readPeakRssMb(processes.find(({ name }) => name === 'batch')!.pid);
    },
  );
  return {
    ratio: round3(theirsMs / oursMs),
    target: TARGET,
    better: 'higher',
    figures: {
      rows,
      bytes,
      ingestRowsPerSecond: Math.round((rows / oursMs) * 1000),
      copyRowsPerSecond: Math.round((rows / theirsMs) * 1000),
      ingestMs: ours,
      copyMs: theirs,
      workerPeakRssMb,
    },
  };
}

async function timeIngest({ tain, sql, file }: Round, rows: number): Promise<number> {
  const folder = path.join(tain.dataDir, '20261121', 'rec');
  await mkdir(folder, { recursive: true });
  const started = Date.now();
  await rename(file, path.join(folder, path.basename(file)));
  return until(async () => {
    const found = (await listFiles(sql, { limit: 5 })).find((row) => row.file_name === path.basename(file));
    if (found?.state === 'refused') throw new Error(found.problem_code ?? 'refused');
    if (found?.state !== 'published') throw new Error(`${file} is ${found?.state}`);
    if (found.accepted_count !== rows) throw new Error(`accepted ${found.accepted_count} of ${rows} records`);
    // The time is that of its publication; the next round has the machine for itself.
    if (found.applied_at === null) throw new Error(`${file} has not reached the ledger`);
    return found.finished_at!.getTime() - started;
  }, INGEST_TIMEOUT_MS);
}

async function readPeakRssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
