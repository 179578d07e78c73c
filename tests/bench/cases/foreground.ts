/**
 * Realtime beside everything else: a whole running Tain with a feed, first alone, then while
 * batch ingests large files and as many trainings as there are cores train. Latency runs from the
 * time at which a message was due at its sender to the answer, which comes behind the commit. With gates: priorities as
 * Tain sets them, and the governor. Without: all processes alike, the governor overruled (needs root, else left out).
 * `foreground`: 2,000 events a second, none of which leaves. `at-once`: 500 a second, and what is made public of them leaves
 * for a repository in a process of its own; of each message that is the first of its swap, so that it waits for no answer,
 * the time from the beginning of the transaction that accepts it to the socket.
 * The ratio counts only while the background used at least 80 % of what realtime left of the processors, and batch kept
 * at least half of the throughput that it has alone: a row read is worth the time that one takes alone, and so is a row
 * applied, which takes ten times as long.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePort } from '../../../platform/embedded/ports.ts';
import { connectPostgres, type Sql } from '../../../platform/postgres.ts';
import { createTain, type RunningTain } from '../../support/running-tain.ts';
import type { LatencyReport, LatencyRequest, Playing, PlayRequest } from '../feed-process.ts';
import { median, round3 } from '../figures.ts';
import { writeCleanDay } from '../plain-copy.ts';
import { busySeconds, CORES, secondsOf } from '../processor-time.ts';
import type { BenchRequest, BenchResult } from '../run.ts';
import { startTrainingLoad, writeLoadCards, type TrainingLoad } from '../training-load.ts';

const TARGET = 1.2;
/** Events a second, and do they leave? */
type Load = { readonly rate: number; readonly leaves: boolean };
const FOREGROUND: Load = { rate: 2000, leaves: false };
const AT_ONCE: Load = { rate: 500, leaves: true };
const PHASE_S = 20;
/** Between two phases: caches fill, files begin. */
const SETTLE_S = 6;
/** For what is done between the phases on a slow machine. */
const SPARE_S = 200;
const LEAST_BACKGROUND = 0.8;
const LEAST_BATCH = 0.5;
const FILES = 12;
/** From 2026-11-01: the same bytes are another file on another day. */
const folderOf = (at: number): string => `202611${String(at + 1).padStart(2, '0')}`;

type Phase = {
  readonly from: number;
  readonly to: number;
  /** Rows read and rows applied, a second each. */
  readonly read: number;
  readonly applied: number;
  /** Share of the processors that realtime left which the background used. */
  readonly background: number;
};

/** What batch does alone: while it reads, and while it does nothing but apply. */
type Solo = { readonly reading: Phase; readonly applying: Phase };

type Round = {
  readonly solo: Solo;
  readonly idle: Phase;
  readonly gated: Phase;
  readonly open: Phase | null;
};
type Latency = { readonly idle: number; readonly gated: number; readonly open: number | null };
/** Of messages of part 43, in milliseconds. */
type Sending = {
  readonly p50: number;
  readonly p99: number;
  readonly messages: number;
  readonly unsent: number;
};
type Result = Round & {
  readonly p99: Latency;
  readonly sending: { readonly idle: Sending; readonly gated: Sending };
};

export async function benchForeground(request: BenchRequest): Promise<BenchResult> {
  const { measured, valid } = await measure(request, FOREGROUND);
  const off = valid.flatMap(({ p99 }) => (p99.open === null ? [] : [p99.open / p99.idle]));
  return {
    ratio: medianOf(valid.map(({ p99 }) => p99.gated / p99.idle)),
    target: TARGET,
    better: 'lower',
    figures: {
      ...shared(measured, valid),
      gatesOffP99Ms: measured.map(({ p99 }) => p99.open ?? -1),
      ratioGatesOff: off.length > 0 ? round3(median(off)) : -1,
      batchOfSoloGatesOff: measured.map(({ open, solo }) => (open ? round3(ofSolo(open, solo)) : -1)),
    },
  };
}

export async function benchAtOnce(request: BenchRequest): Promise<BenchResult> {
  const { measured, valid } = await measure(request, AT_ONCE);
  return {
    ratio: medianOf(valid.map(({ sending }) => sending.gated.p99 / sending.idle.p99)),
    target: TARGET,
    better: 'lower',
    figures: {
      ...shared(measured, valid),
      socketIdleP50Ms: measured.map(({ sending }) => round3(sending.idle.p50)),
      socketGatesOnP50Ms: measured.map(({ sending }) => round3(sending.gated.p50)),
      socketIdleP99Ms: measured.map(({ sending }) => round3(sending.idle.p99)),
      socketGatesOnP99Ms: measured.map(({ sending }) => round3(sending.gated.p99)),
      socketMessages: measured.map(({ sending }) => sending.gated.messages),
      socketUnsent: measured.map(({ sending }) => sending.gated.unsent),
    },
  };
}

/** Seconds that batch alone would need for what it did in one. */
function ofSolo({ read, applied }: Phase, { reading, applying }: Solo): number {
  const secondsPerApplied = 1 / applying.applied;
  const secondsPerRead = Math.max(0, 1 - reading.applied * secondsPerApplied) / reading.read;
  return read * secondsPerRead + applied * secondsPerApplied;
}

/** NaN is null in JSON. */
const medianOf = (values: readonly number[]): number => (values.length > 0 ? round3(median(values)) : NaN);

const shared = (measured: readonly Result[], valid: readonly Result[]): BenchResult['figures'] => ({
  validRounds: valid.length,
  idleP99Ms: measured.map(({ p99 }) => p99.idle),
  gatesOnP99Ms: measured.map(({ p99 }) => p99.gated),
  batchOfSolo: measured.map(({ gated, solo }) => round3(ofSolo(gated, solo))),
  backgroundOfRest: measured.map(({ gated }) => round3(gated.background)),
});

async function measure({ rows, rounds, say }: BenchRequest, load: Load) {
  const measured: Result[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const result = await runRound(rows, load, say);
    measured.push(result);
    const { p99, gated, solo, sending } = result;
    say(
      `round ${round + 1}: p99 idle ${p99.idle} ms, gates on ${p99.gated} ms, off ${p99.open ?? '-'} ms; ` +
        `batch ${round3(ofSolo(gated, solo))} of solo, background ${round3(gated.background)}; ` +
        `accepted to socket p99 idle ${round3(sending.idle.p99)} ms, gates on ${round3(sending.gated.p99)} ms ` +
        `(${sending.gated.messages} messages, ${sending.gated.unsent} unsent)`,
    );
  }
  const valid = measured.filter(
    ({ gated, solo }) => gated.background >= LEAST_BACKGROUND && ofSolo(gated, solo) >= LEAST_BATCH,
  );
  if (valid.length === 0) say('no round is valid: there is no ratio');
  return { measured, valid };
}

async function runRound(rows: number, { rate, leaves }: Load, say: (line: string) => void): Promise<Result> {
  const server = fork(path.join(import.meta.dirname, '..', 'feed-process.ts'));
  const port = await choosePort(undefined, 19_000, 'the feed of the benchmark');
  const feedsFile = path.join(os.tmpdir(), `tain-bench-feeds-${process.pid}.json`);
  const feed = { name: 'bench', kind: 'tcp-session', host: '127.0.0.1', port, acknowledge: true };
  await writeFile(feedsFile, JSON.stringify({ feeds: [feed] }));
  const repositoryPort = await choosePort(undefined, 19_100, 'the repository of the benchmark');
  const repository = fork(path.join(import.meta.dirname, '../../../demo/receiver-server.ts'), [
    String(repositoryPort),
  ]);
  const outboundFile = path.join(os.tmpdir(), `tain-bench-outbound-${process.pid}.json`);
  const place = { host: '127.0.0.1', port: repositoryPort };
  const target = { name: 'bench', kind: 'tcp-session', parts: [43], ...place };
  await writeFile(outboundFile, JSON.stringify({ targets: leaves ? [target] : [] }));
  const gpuFile = path.join(os.tmpdir(), `tain-bench-gpu-${process.pid}.json`);
  await writeLoadCards(gpuFile);
  const settings = {
    TAIN_FEEDS_FILE: feedsFile,
    TAIN_OUTBOUND_FILE: outboundFile,
    TAIN_GPU_FILE: gpuFile,
  };
  const tain = await createTain({ ...settings, TAIN_LOG_LEVEL: 'warn' });
  let training: TrainingLoad | null = null;
  let sql: Sql | null = null;
  try {
    const instance = await tain.up();
    sql = connectPostgres(instance.databaseUrl!, 'bench', 2);
    const batchPid = instance.processes.find(({ name }) => name === 'batch')!.pid;
    const observe: Observed = { sql, batchPid, trainingPids: async () => (await training?.pids()) ?? [] };
    await dropFiles(tain, rows, say);
    await sleep(SETTLE_S * 1000);
    const reading = await phase(observe);

    // Files wait while realtime is measured alone: none is opened, and those that are open come to their end.
    await hold(sql, true);
    await untilNone(sql, 'ingesting');
    const applying = await phase(observe);
    const solo = { reading, applying };
    say(
      `batch alone: ${Math.round(reading.read)} rows/s read, ${Math.round(applying.applied)} rows/s applied`,
    );
    await untilNone(sql, 'ingesting', 'published');
    const seconds = 3 * (PHASE_S + SETTLE_S) + SETTLE_S + SPARE_S;
    const playing = await ask<Playing>(server, {
      play: { session: 'FORE', rate, messages: rate * seconds, port },
    } satisfies PlayRequest);
    await sleep(Math.max(0, playing.startsAt - Date.now()));
    await untilRead(sql, rate);
    await sleep(SETTLE_S * 1000);
    const idle = await phase(observe);

    const asked = performance.now();
    training = await startTrainingLoad(tain);
    say(`${CORES} trainings run, ${Math.round(performance.now() - asked)} ms behind their submission`);
    await hold(sql, false);
    await sleep(SETTLE_S * 1000);
    const gated = await phase(observe);

    const canRaise = process.getuid?.() === 0;
    if (canRaise) {
      for (const pid of [batchPid, ...(await training.pids())]) raise(pid);
      await tain.run('priority', 'release', '--reason', 'benchmark without gates', '--minutes', '10');
    }
    await sleep(SETTLE_S * 1000);
    const open = canRaise ? await phase(observe) : null;

    await sleep(2000);
    const phases = [idle, gated, ...(open ? [open] : [])];
    const report = await ask<LatencyReport>(server, {
      latencies: phases.map(({ from, to }) => [from, to] as const),
    } satisfies LatencyRequest);
    const [idleReport, gatedReport, openReport] = report;
    if (idleReport!.open > 0)
      throw new Error(`${idleReport!.open} messages were not answered while nothing else ran`);
    const p99 = {
      idle: round3(idleReport!.p99),
      gated: round3(gatedReport!.p99),
      open: openReport ? round3(openReport.p99) : null,
    };
    const sending = { idle: await readSending(sql, idle), gated: await readSending(sql, gated) };
    return { solo, idle, gated, open, p99, sending };
  } finally {
    server.disconnect();
    repository.kill();
    await training?.stop();
    await sql?.end({ timeout: 2 });
    await tain.dispose();
  }
}

async function ask<Answer>(server: ChildProcess, request: PlayRequest | LatencyRequest): Promise<Answer> {
  server.send(request);
  const [answer] = (await once(server, 'message')) as [Answer];
  return answer;
}

type Observed = {
  readonly sql: Sql;
  readonly batchPid: number;
  readonly trainingPids: () => Promise<number[]>;
};

/** Lets a phase pass, and tells what batch did and what the background used. */
async function phase({ sql, batchPid, trainingPids }: Observed): Promise<Phase> {
  const look = async () => {
    const backends = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where application_name = 'tain batch'`;
    const [done] = await sql<[{ read: number; applied: number }]>`
      select coalesce(sum(read_count), 0)::float8 as read, coalesce(sum(applied_no), 0)::float8 as applied
      from tb_bat_file_mst`;
    const pids = [batchPid, ...(await trainingPids()), ...backends.map(({ pid }) => pid)];
    const background = pids.reduce((sum, pid) => sum + secondsOf(pid), 0);
    return {
      at: performance.timeOrigin + performance.now(),
      ...done,
      background,
      busy: busySeconds(),
    };
  };
  const before = await look();
  await sleep(PHASE_S * 1000);
  const after = await look();
  const seconds = (after.at - before.at) / 1000;
  const background = after.background - before.background;
  const others = after.busy - before.busy - background;
  return {
    from: before.at,
    to: after.at,
    read: (after.read - before.read) / seconds,
    applied: (after.applied - before.applied) / seconds,
    background: background / Math.max(0.001, CORES * seconds - others),
  };
}

/** Messages whose events were accepted in a phase; what has not left yet has taken as long as this at least. */
async function readSending(sql: Sql, { from, to }: Phase): Promise<Sending> {
  const [row] = await sql<[Sending]>`
    select count(*) as messages, count(*) filter (where sent_at is null) as unsent,
      coalesce(percentile_disc(0.5) within group (order by ms), 0)::float8 as p50,
      coalesce(percentile_disc(0.99) within group (order by ms), 0)::float8 as p99
    from (
      select sent_at, extract(epoch from coalesce(sent_at, clock_timestamp()) - accepted_at) * 1000 as ms
      from outbound_message join tb_on_hist using (source_id, position)
      where outbound_message.part = 43 and ordinal = 1
        and accepted_at >= to_timestamp(${from / 1000}) and accepted_at < to_timestamp(${to / 1000})
    ) as sent`;
  return row;
}

/** Large files of several days: more than can be read in all phases. */
async function dropFiles(tain: RunningTain, rows: number, say: (line: string) => void): Promise<void> {
  say(`making ${FILES} files of ${rows} rows`);
  const made = path.join(tain.stateDir, 'bench.csv');
  await writeCleanDay(made, rows, 'foreground');
  for (let at = 0; at < FILES; at += 1) {
    const folder = path.join(tain.dataDir, folderOf(at), 'rec');
    await mkdir(folder, { recursive: true });
    const copy = path.join(tain.stateDir, `bench-${at}.csv`);
    await copyFile(made, copy);
    await rename(copy, path.join(folder, 'bench.csv'));
  }
}

/** Files that wait are kept waiting, or let go: as if they had come later. */
async function hold(sql: Sql, isHeld: boolean): Promise<void> {
  await sql`
    update tb_bat_file_mst set
      state = ${isHeld ? 'held' : 'waiting'}, problem_code = ${isHeld ? 'file.done-disagrees' : null}
    where state = ${isHeld ? 'waiting' : 'held'}`;
}

/** Until no file is in one of these states and not yet in the ledger. */
async function untilNone(sql: Sql, ...states: readonly string[]): Promise<void> {
  for (;;) {
    const [open] = await sql<{ files: number }[]>`
      select count(*) as files from tb_bat_file_mst where state in ${sql(states)} and applied_at is null`;
    if (open!.files === 0) return;
    await sleep(250);
  }
}

/** The feed is tried again after a pause, and has to catch up then. */
async function untilRead(sql: Sql, rate: number): Promise<void> {
  const endTick = performance.now() + SPARE_S * 1000;
  for (;;) {
    if (performance.now() > endTick)
      throw new Error(`realtime does not keep up with ${rate} events a second`);
    const [status] = await sql<{ isRead: boolean }[]>`
      select state = 'connected' and rate > 0 and lag_messages < ${rate / 10} as "isRead" from feed_status`;
    if (status?.isRead) return;
    await sleep(250);
  }
}

/** Gives a process, its threads and its session the priority of everybody. */
function raise(pid: number): void {
  for (const thread of readdirSync(`/proc/${pid}/task`)) os.setPriority(Number(thread), 0);
  try {
    writeFileSync(`/proc/${pid}/autogroup`, '0');
  } catch {
    // No autogroups here.
  }
}
