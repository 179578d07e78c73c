/**
 * Kills during stream ingest: the realtime worker, Temporal, Postgres, or the feed itself. A kill counts only when it
 * hits messages in flight. Behind each, whatever the feed was told stands in the journal; at the end, everything does.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../demo/random.ts';
import { planFeed, type FeedPlanRequest } from '../../../demo/feed/plan.ts';
import { ROOT_DIR } from '../../../platform/config.ts';
import { choosePort } from '../../../platform/embedded/ports.ts';
import type { Sql } from '../../../platform/postgres.ts';
import { median } from '../../bench/figures.ts';
import { measureDistance, type PlayedSession } from '../../support/feed-truth.ts';
import { createTain, type RunningTain } from '../../support/running-tain.ts';
import { until } from '../../support/until.ts';
import type { FeedServerRequest } from '../feed-server.ts';
import { killNow, killProcess, look, RECOVERY_TIMEOUT_MS } from '../processes.ts';
import type { ChaosRequest, ChaosResult } from '../run.ts';

const VICTIMS = ['realtime', 'temporal', 'postgres', 'feed'] as const;
type Victim = (typeof VICTIMS)[number];

/** The feed that the truth of the ledger is told of. */
const FEED = 'desk';
/** Messages a second: there is always something in flight, and the machine has room to recover. */
const RATE = 100;
/** How much of the plan a kill and the recovery behind it are thought to take. */
const SECONDS_PER_KILL = 5;
const PREFERRED_PORT = 21_000;
const BACKFILL_TIMEOUT_MS = 3 * RECOVERY_TIMEOUT_MS;
const POLL_MS = 100;

type FeedServer = { kill(): Promise<void>; start(): Promise<void>; hurry(): Promise<void> };

export async function chaosStreamIngest({
  kills,
  seed,
  rows = kills * SECONDS_PER_KILL * RATE,
  say,
}: ChaosRequest): Promise<ChaosResult> {
  const random = createRandom(seed);
  const port = await choosePort(undefined, PREFERRED_PORT, 'no variable');
  const replayPort = await choosePort(undefined, port + 1, 'no variable');
  const done: Record<Victim, number> = { realtime: 0, temporal: 0, postgres: 0, feed: 0 };
  const recoveries: Record<Victim, number[]> = { realtime: [], temporal: [], postgres: [], feed: [] };
  const killsSoFar = (): number => Object.values(done).reduce((sum, count) => sum + count, 0);
  /** Each has its turn before one has another. */
  const next: Victim[] = [];
  const sessions: PlayedSession[] = [];
  let server: FeedServer | null = null;
  const home = await mkdtemp(path.join(tmpdir(), 'tain-feed-'));
  const tain = await createTain({ TAIN_FEEDS_FILE: await writeFeed(home, port, replayPort) });
  const answers = followAnswers(path.join(home, 'answers'));
  const result = { answers: 0, unfounded: 0 };
  const checkAnswers = async (): Promise<void> => {
    const told = await answers.next();
    const unfounded = await patiently(tain, (sql) => countUnfounded(sql, told));
    if (unfounded > 0) say(`${unfounded} answers say what the journal does not.`);
    result.answers += told.length;
    result.unfounded += unfounded;
  };

  try {
    await tain.up();
    while (killsSoFar() < kills) {
      const session = `DAY${sessions.length + 1}`;
      const plan = planOf(`${seed}-${sessions.length}`, rows);
      const messages = planFeed(plan);
      sessions.push({ feed: FEED, session, messages });
      await server?.kill();
      server = feedServer(home, {
        plan,
        session,
        port,
        replayPort,
        startedAt: Date.now(),
        answersFile: answers.file,
      });
      await server.start();
      const flow = () => patiently(tain, (sql) => readFlow(sql, session));
      let last = 0;
      let killed: { readonly victim: Victim; readonly at: number } | null = null;
      let quietSince = Date.now();
      for (;;) {
        const { sequence, isMoving } = await flow();
        if (sequence > last && isMoving) {
          if (killed !== null) recoveries[killed.victim].push(Date.now() - killed.at);
          [last, killed, quietSince] = [sequence, null, Date.now()];
        }
        if (sequence >= messages.length || killsSoFar() >= kills) break;
        if (Date.now() - quietSince > RECOVERY_TIMEOUT_MS)
          throw new Error(
            `Nothing moves behind ${sequence}: ${JSON.stringify(await patiently(tain, readState))}`,
          );
        if (killed !== null || last === 0) {
          await sleep(POLL_MS);
          continue;
        }
        await sleep(random.int(0, 1000));
        const now = await flow();
        if (!now.isMoving || now.sequence <= last || now.sequence >= messages.length) continue;
        if (next.length === 0) next.push(...VICTIMS);
        const [victim] = next.splice(random.int(0, next.length - 1), 1) as [Victim];
        killed = { victim, at: Date.now() };
        if (victim === 'feed') await server.kill();
        else await killProcess(tain, victim);
        if (victim === 'feed') await server.start();
        done[victim] += 1;
        last = now.sequence;
        await checkAnswers();
        say(`kill ${killsSoFar()}: ${victim}, at ${now.sequence} of ${messages.length} of ${session}`);
      }
      await server.hurry();
      // What was left out comes at the priority of batch, gap by gap: that takes its time behind a long session.
      await until(async () => {
        const rest = await patiently(tain, (sql) => countMissing(sql, session, messages.length));
        if (rest > 0) throw new Error(`${rest} messages of ${session} are not journalled.`);
      }, BACKFILL_TIMEOUT_MS).catch(async (error: unknown) => {
        const state = await patiently(tain, readState);
        const missing = await patiently(tain, (sql) => listMissing(sql, session, messages.length));
        throw new Error(JSON.stringify({ state, missing }), { cause: error });
      });
      say(`${session}: everything is journalled`);
    }
    await checkAnswers();
    const distance = await patiently(tain, (sql) => measureDistance(sql, sessions));
    const records = sessions.reduce((sum, { messages }) => sum + messages.length, 0);
    const recoveryMs = Object.fromEntries(
      VICTIMS.map((victim) => [victim, median(recoveries[victim]) ?? null]),
    );
    return {
      kills: done,
      records,
      ...result,
      ...distance,
      lost: distance.lost + result.unfounded,
      recoveryMs,
    };
  } catch (error) {
    say(`The logs are kept in ${await tain.keepLogs()}.`);
    throw error;
  } finally {
    await server?.kill();
    await tain.dispose();
    await rm(home, { recursive: true });
  }
}

const planOf = (seed: string, rows: number): FeedPlanRequest => ({
  seed,
  rows,
  date: '2026-11-20',
  rate: RATE,
  burstShare: 0.005,
  duplicateShare: 0.02,
  malformedShare: 0.02,
  disruptionShare: 0.002,
});

/** A feeds file with the one feed. */
async function writeFeed(home: string, port: number, replayPort: number): Promise<string> {
  const file = path.join(home, 'feeds.json');
  const host = '127.0.0.1';
  const replay = { host, port: replayPort };
  const times = { connectMs: 2000, heartbeatMs: 500, silenceMs: 3000, packetMs: 1000 };
  const feed = { name: FEED, kind: 'tcp-session', host, port, acknowledge: true, replay, ...times };
  await writeFile(file, JSON.stringify({ feeds: [feed] }));
  return file;
}

/** A feed in a process of its own. */
function feedServer(home: string, request: FeedServerRequest): FeedServer {
  let child: ChildProcess | null = null;
  let asked = request;
  const server: FeedServer = {
    async start() {
      const file = path.join(home, 'feed.json');
      await writeFile(file, JSON.stringify(asked));
      const started = spawn(process.execPath, [path.join(ROOT_DIR, 'tests/chaos/feed-server.ts'), file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child = started;
      await Promise.race([
        once(started.stdout, 'data'),
        once(started, 'exit').then(() => Promise.reject(new Error('the feed did not start'))),
      ]);
    },
    async kill() {
      if (child?.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      killNow(child.pid!);
      await exited;
    },
    /** Everything that is left is due now. */
    async hurry() {
      await server.kill();
      asked = { ...asked, startedAt: 0 };
      await server.start();
    },
  };
  return server;
}

type Told = { readonly session: string; readonly sequence: number; readonly verdict: string };

/** The answers that the feed was given, as far as they were not looked at before. */
function followAnswers(file: string) {
  let seen = 0;
  return {
    file,
    async next(): Promise<Told[]> {
      const text = await readFile(file, 'utf8').catch(() => '');
      // A line that a kill cut off was not written: what the feed would have done with it did not happen.
      const lines = text.slice(seen, text.lastIndexOf('\n') + 1);
      seen += lines.length;
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [session, sequence, accepted] = line.split(' ') as [string, string, string];
          return {
            session,
            sequence: Number(sequence),
            verdict: accepted === 'true' ? 'accepted' : 'rejected',
          };
        });
    },
  };
}

/** Answers that say something else than the journal. */
async function countUnfounded(sql: Sql, told: readonly Told[]): Promise<number> {
  const [row] = await sql<[{ n: number }]>`
    select count(*) as n
    from unnest(
      ${told.map(({ session }) => session)}::text[],
      ${told.map(({ sequence }) => sequence)}::bigint[],
      ${told.map(({ verdict }) => verdict)}::text[]) as told (session, sequence, verdict)
    where not exists (
      select from feed_journal as known
      where known.feed = ${FEED} and known.session = told.session and known.sequence = told.sequence
        and known.verdict = told.verdict)`;
  return row.n;
}

/** The last message, and whether it was committed within the last second. */
async function readFlow(
  sql: Sql,
  session: string,
): Promise<{ readonly sequence: number; readonly isMoving: boolean }> {
  const [row] = await sql<{ sequence: number; isMoving: boolean }[]>`
    select sequence, committed_at > clock_timestamp() - interval '1 second' as "isMoving" from feed_journal
    where feed = ${FEED} and session = ${session} order by sequence desc limit 1`;
  return row ?? { sequence: 0, isMoving: false };
}

async function countMissing(sql: Sql, session: string, messages: number): Promise<number> {
  const [row] = await sql<[{ n: number }]>`
    select count(*) as n from feed_journal where feed = ${FEED} and session = ${session}`;
  return messages - row.n;
}

/** The first numbers that are missing, and what is said of gaps that touch them. */
const listMissing = (sql: Sql, session: string, messages: number): Promise<object[]> => sql`
  select n as sequence, (
      select json_agg(gap) from feed_gap as gap
      where gap.feed = ${FEED} and gap.session = ${session} and from_sequence <= n and to_sequence > n
    ) as gaps, (
      select json_agg(json_build_object('seq', seq, 'at', at, 'action', action, 'after', after)) from audit_log
      where subject = ${FEED} and (after->>'from')::bigint <= n and (after->>'to')::bigint > n
    ) as audited
  from generate_series(1, ${messages}::bigint) as n
  where not exists (
    select from feed_journal where feed = ${FEED} and session = ${session} and sequence = n)
  order by n limit 10`;

/** What is said of the feed, for whoever has to find out why it stands. */
const readState = (sql: Sql): Promise<object[]> => sql`
  select feed.*, status.state, status.problem_code, status.problem_params, status.seen_at,
    (select json_agg(gap) from feed_gap as gap where gap.feed = feed.feed and filled_at is null) as gaps
  from feed left join feed_status as status using (feed) where feed = ${FEED}`;

/** A look into the database, as soon as there is one again. */
const patiently = <Result>(tain: RunningTain, ask: (sql: Sql) => Promise<Result>): Promise<Result> =>
  until(async () => {
    const result = await look(tain, async (sql) => ({ found: await ask(sql) }));
    if (result === null) throw new Error('the database is not back');
    return result.found;
  }, RECOVERY_TIMEOUT_MS);
