/** A process that applies the beginnings of swaps as batch does: `node batch-process.ts DATABASE_URL SWAPS`. */
import { applyInBatches } from '../../db/ledger-batches.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { fileSource, newSwaps } from './ledger.ts';

const [url, swaps] = process.argv.slice(2) as [string, string];
const sql = connectPostgres(url, 'tain batch', 2);
const source = fileSource('b');
await applyInBatches(sql, newSwaps(Number(swaps), source), source);
await sql.end();
