/**
 * The demonstration day at a chosen size through a whole running Tain: every verdict must be the one that the
 * generator knows, row by row, the stored slices must give the file back, and the ledger must be what the accepted
 * records give, none of which contradicts another.
 */
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { countFileOutcomes } from '../db/file-events.ts';
import { listFiles } from '../db/files.ts';
import { verifyLedger } from '../db/verify-ledger.ts';
import { writeDay } from '../demo/write-day.ts';
import { connectPostgres } from '../platform/postgres.ts';
import { createTain } from '../tests/support/running-tain.ts';
import { until } from '../tests/support/until.ts';
import { proveFile } from '../tests/support/verify-file.ts';

const INGEST_TIMEOUT_MS = 300_000;

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000' }, seed: { type: 'string', default: 'check' } },
});
const tain = await createTain();
try {
  const { databaseUrl } = await tain.up();
  const directory = path.join(tain.stateDir, 'demo');
  const manifestFile = path.join(directory, 'manifest.ndjson');
  const request = {
    seed: values.seed,
    rows: Number(values.rows),
    date: '2026-11-21',
    directory,
    manifestFile,
  };
  const day = await writeDay(request);
  const folder = path.join(tain.dataDir, '20261121', 'rec');
  await mkdir(folder, { recursive: true });
  await rename(day.file, path.join(folder, path.basename(day.file)));

  const sql = connectPostgres(databaseUrl!, 'check demo day', 2);
  const file = await until(async () => {
    const [found] = await listFiles(sql, { limit: 1 });
    if (found?.state === 'refused') throw new Error(found.problem_code ?? '');
    if (!found?.applied_at)
      throw new Error(`The day is ${found?.state ?? 'not taken yet'}, not all in the ledger.`);
    return found;
  }, INGEST_TIMEOUT_MS);
  const { summary, ...proof } = await proveFile(sql, file.file_id, manifestFile);
  const outcomes = await countFileOutcomes(sql, file);
  const ledger = await verifyLedger(sql, [file.file_id]);
  await sql.end();
  process.stdout.write(`${JSON.stringify({ truth: summary, found: proof, outcomes, ledger })}\n`);
  const holds =
    proof.differing === 0 &&
    proof.bytesProven &&
    file.rejected_count === summary.rejected &&
    ledger.differing === 0 &&
    outcomes.conflict + outcomes.duplicate + outcomes.unplaced === 0;
  process.exitCode = holds ? 0 : 1;
} finally {
  await tain.dispose();
}
