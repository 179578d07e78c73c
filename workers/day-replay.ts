/** A thread that builds one day again over connections of its own, and then ends. Any message tells it to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { replayDay } from '../activities/day-replay.ts';
import type { ReplayNews, ReplayOrder } from '../contracts/day-replay.ts';
import { TainError } from '../contracts/errors.ts';
import { connectPostgres } from '../platform/postgres.ts';
import { openTables } from '../platform/tables.ts';

/** One holds the lock that says that it lives. */
const OWN_CONNECTIONS = 3;
const SCRATCH_CONNECTIONS = 4;

const { databaseUrl, tableDir, ...order } = workerData as ReplayOrder;
const say = (news: ReplayNews): void => parentPort!.postMessage(news);
const stop = new AbortController();
parentPort!.once('message', () => stop.abort(new Error('The replay was stopped.')));
const sql = connectPostgres(databaseUrl, 'tain replay', OWN_CONNECTIONS);
try {
  const replay = await replayDay({
    ...order,
    sql,
    connect: (schema) => connectPostgres(databaseUrl, 'tain replay', SCRATCH_CONNECTIONS, { schema }),
    tables: await openTables(tableDir),
    signal: stop.signal,
    onProgress: (progress) => say({ progress }),
  });
  say({ replay });
} catch (error) {
  // An error loses its class and its code on the way between threads.
  if (error instanceof TainError) say({ error: error.message, code: error.code, params: error.params });
  else say({ error: (error as Error).stack ?? (error as Error).message, code: null, params: {} });
} finally {
  await sql.end({ timeout: 2 });
  parentPort!.close();
}
