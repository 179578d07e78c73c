/**
 * How long realtime waits for locks while a large file of the same swaps is applied, VACUUM runs over what it writes, and
 * partitions are made; beside the same without any of that, in turns. Realtime stores batches of ten messages, 500
 * messages a second, by the code of stream ingest, each message of a swap that the file has too.
 *
 * The waits are the server's own: with log_lock_waits and a deadlock_timeout of 1 ms PostgreSQL logs every wait of that
 * length or more, for any lock of any kind (advisory locks on swaps, rows, relations, extension of a table), and how long
 * it was when the lock was had. What is shorter counts as no wait. Timing statements at the client would count the
 * processor's queue as well, and looking at pg_locks from time to time would miss most of it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventsOf, storeBatch } from '../../../activities/feed-batch.ts';
import { createFeedJudge, type JudgedFeedMessage } from '../../../activities/feed-judge.ts';
import { reportStatus } from '../../../db/feed-status.ts';
import { beginSession, claimFeed, reconcileFeeds, type FeedRow } from '../../../db/feeds.ts';
import { migrate } from '../../../db/migrate.ts';
import { dayMessages } from '../../../demo/feed/messages.ts';
import { createRandom } from '../../../demo/random.ts';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { NO_LATENCIES } from '../../../domain/feeds/latency.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { removeState } from '../../../platform/embedded/postgres-home.ts';
import { connectPostgres, connectRealtime, type Sql } from '../../../platform/postgres.ts';
import { median, round3 } from '../figures.ts';
import type { LoadReport, LoadRequest } from '../lock-load.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const AIM_MS = 10;
const TARGET = 1;
const MAX_ROWS = 60_000;
const BATCH = 10;
const EVERY_MS = 20;
const PHASE_MS = 10_000;
const SETTLE_MS = 1500;
const FEED = 'bench';
const SESSION = { feed: FEED, session: 'BENCH' };
const RECEIVED_AT = Date.UTC(2026, 10, 20, 3);

/** A transaction of realtime: milliseconds since 1970. */
type Transaction = { readonly from: number; readonly to: number; waited: number };
type Phase = { readonly transactions: readonly Transaction[]; readonly load: LoadReport };

export async function benchLockWaits({ rows, rounds, say }: BenchRequest): Promise<BenchResult> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tain-bench-'));
  const log = path.join(stateDir, 'postgres.log');
  const postgres = await startPostgres({ stateDir, log });
  const admin = connectPostgres(postgres.url, 'bench admin', 1);
  const load = fork(path.join(import.meta.dirname, '..', 'lock-load.ts'));
  let sql: Sql | null = null;
  try {
    await migrate(admin);
    await admin.unsafe(`
      do $$ begin
        execute format('alter database %I set log_lock_waits = on', current_database());
        execute format('alter database %I set deadlock_timeout = %L', current_database(), '1ms');
      end $$`);
    sql = connectRealtime(postgres.url);
    const day = Math.min(rows, MAX_ROWS);
    tell(load, { url: postgres.url, rows: day });
    const realtime = await openRealtime(sql, day);
    await once(load, 'message');
    const phases: Record<'idle' | 'loaded', Phase[]> = { idle: [], loaded: [] };
    for (let round = 0; round < rounds; round += 1) {
      phases.idle.push(await measure(realtime, load, false));
      phases.loaded.push(await measure(realtime, load, true));
      say(`round ${round + 1} of ${rounds}`);
    }
    const pids = await pidsOf(sql);
    assignWaits([...phases.idle, ...phases.loaded], await readFile(log, 'utf8'), pids);
    const p99s = phases.loaded.map(({ transactions }) => percentile(waitsOf(transactions), 0.99));
    const p99 = median(p99s);
    return {
      ratio: round3(p99 / AIM_MS),
      target: TARGET,
      better: 'lower',
      figures: {
        ...figuresOf('idle', phases.idle),
        ...figuresOf('loaded', phases.loaded),
        loadedP99PerRound: p99s,
        batchEventsPerSecond: phases.loaded.map(({ load: { applied } }) =>
          Math.round(applied / (PHASE_MS / 1000)),
        ),
        vacuums: phases.loaded.map(({ load: { vacuums } }) => vacuums),
        partitions: phases.loaded.map(({ load: { partitions } }) => partitions),
      },
    };
  } finally {
    load.disconnect();
    await admin.end();
    await sql?.end({ timeout: 3 });
    await postgres.stop();
    removeState(stateDir);
  }
}

const tell = (load: ChildProcess, request: LoadRequest): void => void load.send(request);
const now = (): number => performance.timeOrigin + performance.now();

type Realtime = {
  /** Stores the next batch. */
  readonly store: () => Promise<Transaction>;
};

async function pidsOf(sql: Sql): Promise<Set<number>> {
  const rows = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where application_name = current_setting('application_name')`;
  return new Set(rows.map(({ pid }) => pid));
}

async function openRealtime(sql: Sql, rows: number): Promise<Realtime> {
  await reconcileFeeds(sql, [{ feed: FEED, settings: {} }]);
  const row: FeedRow = (await claimFeed(sql, FEED))!;
  await beginSession(sql, row, SESSION.session);
  const random = createRandom('lock-waits');
  const texts = [...dayMessages({ seed: 'locks', rows, date: '2026-11-20', brokenShare: 0 })];
  const judge = createFeedJudge(sql, BUILT_IN_REGISTERS, 'Asia/Seoul');
  let next = 1;
  const judgeNext = (): Promise<JudgedFeedMessage[]> =>
    judge(
      Array.from({ length: BATCH }, (_, index) => ({
        position: { shard: SESSION.session, offset: next + index },
        bytes: Buffer.from(texts[random.int(0, texts.length - 1)]!.text),
        receivedAt: RECEIVED_AT,
        receivedTick: 0,
        repeated: false,
      })),
    );
  let reportedAt = 0;
  return {
    async store() {
      const messages = await judgeNext();
      if (now() - reportedAt > 1000) {
        reportedAt = now();
        const { epoch } = row;
        const status = { state: 'connected', problem: null, lagMessages: 0, lagMs: 0 } as const;
        await reportStatus(
          sql,
          { feed: FEED, epoch },
          { ...status, p50Ms: null, p99Ms: null, rate: 0 },
          NO_LATENCIES,
        );
      }
      const [from, to] = [next, next + BATCH];
      const events = eventsOf(SESSION, messages);
      const started = now();
      await storeBatch(sql, {
        ...{ attempt: row, session: SESSION, from, to, messages, events },
        ...{ gaps: [], gapProblem: null, repeated: [], nextAnswer: 1, alteredInARow: 0 },
      });
      next = to;
      return { from: started, to: now(), waited: 0 };
    },
  };
}

async function measure(realtime: Realtime, load: ChildProcess, isLoaded: boolean): Promise<Phase> {
  const report = async (run: boolean): Promise<LoadReport> => {
    const answer = once(load, 'message');
    tell(load, { run });
    return ((await answer) as [LoadReport])[0];
  };
  const before = await report(false);
  if (isLoaded) tell(load, { run: true });
  const startsAt = now() + SETTLE_MS;
  const transactions: Transaction[] = [];
  for (let due = now(); due < startsAt + PHASE_MS; due = Math.max(due + EVERY_MS, now() - EVERY_MS)) {
    await sleep(Math.max(0, due - now()));
    const transaction = await realtime.store();
    if (transaction.from >= startsAt) transactions.push(transaction);
  }
  const { applied, vacuums, partitions } = await report(false);
  await sleep(SETTLE_MS);
  return {
    transactions,
    load: {
      applied: applied - before.applied,
      vacuums: vacuums - before.vacuums,
      partitions: partitions - before.partitions,
    },
  };
}

/** "2026-11-21 14:00:00.123 UTC [42] LOG:  process 42 acquired ShareLock on … after 12.345 ms" */
const ACQUIRED = /^(\S+ \S+) UTC \[(\d+)\] LOG: {2}process \d+ acquired .* after (\d+\.\d+) ms$/gm;

/** Gives every wait of realtime to the transaction in which it was. */
function assignWaits(phases: readonly Phase[], log: string, pids: ReadonlySet<number>): void {
  const transactions = phases
    .flatMap((phase) => phase.transactions)
    .sort((one, other) => one.from - other.from);
  let at = 0;
  for (const [, time, pid, ms] of log.matchAll(ACQUIRED)) {
    if (!pids.has(Number(pid))) continue;
    const when = Date.parse(`${time!.replace(' ', 'T')}Z`);
    // The log cuts its times to milliseconds.
    while (at < transactions.length && transactions[at]!.to < when) at += 1;
    const transaction = transactions[at];
    if (transaction && transaction.from <= when + 1) transaction.waited += Number(ms);
  }
}

const waitsOf = (transactions: readonly Transaction[]): number[] => transactions.map(({ waited }) => waited);

const percentile = (values: readonly number[], share: number): number =>
  round3([...values].sort((one, other) => one - other)[Math.floor(values.length * share)] ?? 0);

function figuresOf(name: string, phases: readonly Phase[]): Record<string, number> {
  const all = phases.flatMap(({ transactions }) => transactions);
  const waits = waitsOf(all);
  const durations = all.map(({ from, to }) => to - from);
  return {
    [`${name}Transactions`]: all.length,
    [`${name}Waiting`]: waits.filter((waited) => waited > 0).length,
    [`${name}WaitP50Ms`]: percentile(waits, 0.5),
    [`${name}WaitP99Ms`]: percentile(waits, 0.99),
    [`${name}WaitMaxMs`]: percentile(waits, 1 - 1e-9),
    [`${name}TransactionP50Ms`]: percentile(durations, 0.5),
    [`${name}TransactionP99Ms`]: percentile(durations, 0.99),
  };
}
