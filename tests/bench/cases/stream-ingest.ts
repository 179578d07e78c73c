/**
 * Stream ingest against a bare client. Ours: the reader of stream ingest, with all rules, journal, ledger and checkpoint.
 * Theirs: the same batches off the same socket, a history row, the latest state and a checkpoint per batch, and no look
 * at what the messages say. Both step through the same rates; latency runs from the time at which a message was due at
 * its sender to its commit. The ratio is that of the highest rates that were kept up with p99 within the limit.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFeedJudge } from '../../../activities/feed-judge.ts';
import { readFeed } from '../../../activities/feed-reader.ts';
import { claimFeed, reconcileFeeds } from '../../../db/feeds.ts';
import { migrate } from '../../../db/migrate.ts';
import { createBatchLimit } from '../../../domain/feeds/batch-limit.ts';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { removeState } from '../../../platform/embedded/postgres-home.ts';
import { SESSION_DEFAULTS } from '../../../platform/feeds/session-settings.ts';
import { openTcpSession } from '../../../platform/feeds/tcp-session.ts';
import { connectRealtime, type Sql } from '../../../platform/postgres.ts';
import { createBareReader } from '../bare-reader.ts';
import type { Playing, PlayRequest } from '../feed-process.ts';
import { round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 0.7;
const LIMIT_MS = 25;
const RATES = [1000, 2500, 5000, 7500, 10_000, 12_500, 15_000, 20_000, 25_000, 30_000];
const STEP_S = 4;
/** What comes in the first part of a step finds caches and plans cold. */
const WARM_UP_SHARE = 0.25;
const BATCH_MAX = 500;
const LINGER_MS = 2;
/** How much later than its last message may a step be done, and still have kept up? */
const BEHIND_MS = 1000;
const GIVEN_UP_MS = 15_000;
const FEED = 'bench';

/** Reads a session from its beginning until it has committed a number of messages or is told to stop. */
export type Reader = (request: {
  readonly sql: Sql;
  readonly port: number;
  readonly signal: AbortSignal;
  /** Behind each commit: how many messages of the session are committed. */
  readonly onCommit: (messages: number) => void;
}) => Promise<void>;

type Step = { readonly p50: number; readonly p99: number; readonly keptUp: boolean };

export async function benchStreamIngest({ rows, rounds, say }: BenchRequest): Promise<BenchResult> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tain-bench-'));
  const postgres = await startPostgres({ stateDir, log: path.join(stateDir, 'postgres.log') });
  const sql = connectRealtime(postgres.url);
  const server = fork(path.join(import.meta.dirname, '..', 'feed-process.ts'));
  const sides = {
    ours: { read: readOurs, best: 0, steps: new Map<number, Step>() },
    theirs: { read: createBareReader(BATCH_MAX, LINGER_MS), best: 0, steps: new Map<number, Step>() },
  };
  try {
    await migrate(sql);
    // `--rows` bounds the steps: a short run tries the low rates alone.
    for (const rate of RATES.filter((each) => each * STEP_S <= rows)) {
      for (const [name, side] of Object.entries(sides)) {
        const before = [...side.steps.values()];
        // Two rates in a row that were too high: higher ones are too.
        if (before.length > 1 && before.slice(-2).every((step) => !passes(step))) continue;
        // A disk that others use, too, spoils a step now and then: the best of several attempts, for either side.
        let step = await measure(sql, server, side.read, rate);
        for (let attempt = 1; attempt < rounds && !passes(step); attempt += 1) {
          const again = await measure(sql, server, side.read, rate);
          if (again.p99 < step.p99) step = again;
        }
        side.steps.set(rate, step);
        if (passes(step)) side.best = rate;
        say(
          `${name}: ${rate}/s, p50 ${step.p50} ms, p99 ${step.p99} ms${step.keptUp ? '' : ', did not keep up'}`,
        );
      }
    }
    const figureOf = (side: { readonly steps: ReadonlyMap<number, Step> }, rate: number, of: 'p50' | 'p99') =>
      side.steps.get(rate)?.[of] ?? -1;
    return {
      ratio: round3(sides.ours.best / Math.max(1, sides.theirs.best)),
      target: TARGET,
      better: 'higher',
      figures: {
        oursPerSecond: sides.ours.best,
        barePerSecond: sides.theirs.best,
        p50At5000: [figureOf(sides.ours, 5000, 'p50'), figureOf(sides.theirs, 5000, 'p50')],
        p99At5000: [figureOf(sides.ours, 5000, 'p99'), figureOf(sides.theirs, 5000, 'p99')],
        p99At10000: [figureOf(sides.ours, 10_000, 'p99'), figureOf(sides.theirs, 10_000, 'p99')],
      },
    };
  } finally {
    server.disconnect();
    await sql.end({ timeout: 3 });
    await postgres.stop();
    removeState(stateDir);
  }
}

const passes = ({ p99, keptUp }: Step): boolean => keptUp && p99 <= LIMIT_MS;

async function measure(sql: Sql, server: ReturnType<typeof fork>, read: Reader, rate: number): Promise<Step> {
  const messages = rate * STEP_S;
  await clear(sql);
  server.send({ play: { session: 'BENCH', rate, messages } } satisfies PlayRequest);
  const [playing] = (await once(server, 'message')) as [Playing];
  const stop = new AbortController();
  const latencies: number[] = [];
  const dueAt = (message: number): number => playing.startsAt + (message * 1000) / rate;
  const lastDue = dueAt(messages - 1);
  let done = 0;
  let endedAt = Infinity;
  const giveUp = setTimeout(() => stop.abort(), lastDue - now() + GIVEN_UP_MS);
  await read({
    sql,
    port: playing.port,
    signal: stop.signal,
    onCommit(committed) {
      const at = now();
      for (; done < committed; done += 1)
        if (done >= messages * WARM_UP_SHARE) latencies.push(at - dueAt(done));
      if (done >= messages) {
        endedAt = at;
        stop.abort();
      }
    },
  }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  clearTimeout(giveUp);
  const sorted = latencies.sort((one, other) => one - other);
  const at = (share: number): number => round3(sorted[Math.floor(sorted.length * share)] ?? Infinity);
  return { p50: at(0.5), p99: at(0.99), keptUp: endedAt - lastDue <= BEHIND_MS };
}

const now = (): number => performance.timeOrigin + performance.now();

async function clear(sql: Sql): Promise<void> {
  await sql`
    truncate feed, feed_journal, feed_gap, feed_status, feed_latency, ledger_source, tb_on_hist, event_key,
      event_outcome, tb_on_mst`;
  await sql`drop table if exists bare_history, bare_state, bare_checkpoint`;
  await sql`create table bare_history (
    feed text, sequence bigint, received_at timestamptz, body text, primary key (feed, sequence))`;
  await sql`create table bare_state (key text primary key, sequence bigint, body text)`;
  await sql`create table bare_checkpoint (feed text primary key, next bigint)`;
  await sql`insert into bare_checkpoint values (${FEED}, 1)`;
  await sql`checkpoint`;
}

const readOurs: Reader = async ({ sql, port, signal, onCommit }) => {
  await reconcileFeeds(sql, [{ feed: FEED, settings: {} }]);
  const row = await claimFeed(sql, FEED);
  await readFeed({
    sql,
    row: row!,
    open: (from, observe) =>
      openTcpSession(
        { ...SESSION_DEFAULTS, feed: FEED, host: '127.0.0.1', port, user: '', password: '' },
        from,
        observe,
      ),
    judge: createFeedJudge(sql, BUILT_IN_REGISTERS, 'Asia/Seoul'),
    acknowledge: false,
    gapProblem: null,
    limit: createBatchLimit(BATCH_MAX, 1000),
    lingerMs: LINGER_MS,
    handOverMs: 3_600_000,
    signal,
    onProgress: ({ messages }) => onCommit(messages),
    onGap: () => undefined,
  });
};
