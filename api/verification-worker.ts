/** A thread that proves one day over a connection of its own, and then ends. */
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { TainError } from '../contracts/errors.ts';
import { selectDay, verifySelection } from '../db/verify.ts';
import { connectPostgres } from '../platform/postgres.ts';
import { openRawFile } from '../platform/raw-file.ts';
import type { VerificationAnswer, VerificationOrder } from './run-verification.ts';

const { databaseUrl, dataDir, date } = workerData as VerificationOrder;
const sql = connectPostgres(databaseUrl, 'tain api proof', 1);
const answer = (message: VerificationAnswer): void => parentPort!.postMessage(message);
try {
  const openRaw = (file: { path: string }) => openRawFile(path.join(dataDir, file.path));
  answer({ report: await verifySelection({ sql, openRaw }, await selectDay(sql, date)) });
} catch (error) {
  // An error loses its class and its code on the way between threads.
  answer({
    error: (error as Error).message,
    code: (error as { code?: string }).code ?? null,
    params: error instanceof TainError ? error.params : null,
  });
} finally {
  await sql.end({ timeout: 2 });
}
