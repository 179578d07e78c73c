import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { TransactionSql } from 'postgres';
import { BY_STREAM_INGEST } from '../../contracts/audit.ts';
import { appendAudit } from '../../db/audit.ts';
import { lockGovernor } from '../../db/governor.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { applyEvents } from '../../db/ledger.ts';
import { ROOT_DIR } from '../../platform/config.ts';
import { connectRealtime, type Sql } from '../../platform/postgres.ts';
import { useDatabase } from '../support/database.ts';
import { feedSource, fileSource, foldInMemory, newSwaps, readLedger } from '../support/ledger.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const pools: Sql[] = [];
let child: ChildProcess | null = null;

afterEach(async () => {
  child?.kill('SIGKILL');
  for (const pool of pools.splice(0)) await pool.end({ timeout: 1 });
});

function open(pool: Sql): Sql {
  pools.push(pool);
  return pool;
}

const backends = () => database.sql<{ waits: string | null }[]>`
  select wait_event_type as waits from pg_stat_activity
  where datname = current_database() and application_name = 'tain batch' and xact_start is not null`;

/** Holds up whoever writes to the ledger while `run` runs. */
async function holdingTheLedger(run: () => Promise<void>): Promise<void> {
  const holder = await database.sql.reserve();
  await holder`begin`;
  await holder`lock table tb_on_mst in access exclusive mode`;
  await run();
  await holder`rollback`;
  holder.release();
}

/** Begins a transaction whose client then says nothing more. @returns when it has begun, with its failure to come */
async function standStill(sql: Sql, begin: (tx: TransactionSql) => Promise<unknown>) {
  return new Promise<{ readonly failure: Promise<unknown> }>((resolve) => {
    const failure = sql
      .begin(async (tx) => {
        await begin(tx);
        resolve({ failure });
        await new Promise(() => undefined);
      })
      .catch((error: unknown) => error);
  });
}

describe('a process that stands still in the middle of a transaction', () => {
  test('of batch keeps its swaps from a feed no longer than a batch of a feed may take', async () => {
    const swaps = 12;
    const script = path.join(ROOT_DIR, 'tests/support/batch-process.ts');
    await holdingTheLedger(async () => {
      child = spawn(process.execPath, [script, database.url, String(swaps)], { stdio: 'ignore' });
      await until(async () =>
        expect(await backends()).toContainEqual(expect.objectContaining({ waits: 'Lock' })),
      );
      child.kill('SIGSTOP');
    });
    await until(async () =>
      expect(await backends()).toContainEqual(expect.objectContaining({ waits: 'Client' })),
    );

    const realtime = open(connectRealtime(database.url));
    const source = feedSource('DAY1');
    const events = newSwaps(swaps, source);
    await until(() => realtime.begin((tx) => applyEvents(tx, events, source)), 60_000);

    const exited = once(child!, 'exit');
    child!.kill('SIGCONT');
    await exited;
    const file = fileSource('b');
    await applyInBatches(database.sql, newSwaps(swaps, file), file);
    const arrivals = [
      { source, events },
      { source: file, events: newSwaps(swaps, file) },
    ];
    expect(await readLedger(database.sql)).toEqual(foldInMemory(arrivals));
  }, 120_000);

  test('keeps nobody from the audit log for long, whoever it is', async () => {
    const entry = { ...BY_STREAM_INGEST, action: 'feed.paused', subject: 'desk' } as const;
    const { failure } = await standStill(database.sql, (tx) => appendAudit(tx, entry));
    const realtime = open(connectRealtime(database.url));
    await until(() => realtime.begin((tx) => appendAudit(tx, entry)), 60_000);
    expect(await failure).toBeInstanceOf(Error);
  }, 90_000);

  test('keeps the row of the governor from nobody for long', async () => {
    await standStill(database.sql, lockGovernor);
    const realtime = open(connectRealtime(database.url));
    await until(() => realtime.begin(lockGovernor), 60_000);
  }, 90_000);
});
