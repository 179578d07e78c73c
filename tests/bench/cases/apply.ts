/**
 * The ledger against bare inserts. Ours: applyInBatches over the events of a day, 200 swaps per transaction: locks, claims,
 * history, fold, outcomes, states. Theirs: INSERT … SELECT of the rows that this left, from tables without indexes, into
 * the same tables with the same constraints, one transaction. Same server, logged tables, fsync on; both sides end when
 * all is on the disk. Beside the ratio: the same events as a feed applies them, 50 in a transaction, one at a time; and
 * ours again with messages of what is made public, as where a target takes part 43.
 */
import { hash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAtOnce } from '../../../activities/at-once.ts';
import { applyEvents } from '../../../db/ledger.ts';
import { applyInBatches } from '../../../db/ledger-batches.ts';
import { migrate } from '../../../db/migrate.ts';
import { DEMO_HEADER } from '../../../demo/columns.ts';
import { generateDay } from '../../../demo/day.ts';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../../domain/cftc/built-in-tables.ts';
import { readSourcedEvent, type EventSource, type SourcedEvent } from '../../../domain/swaps/event-source.ts';
import { readRecordValues, readStoredHeader } from '../../../domain/swaps/values.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { removeState } from '../../../platform/embedded/postgres-home.ts';
import { connectPostgres, type Sql } from '../../../platform/postgres.ts';
import { median, round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 0.5;
const TABLES = ['ledger_source', 'tb_on_hist', 'event_key', 'event_outcome', 'tb_on_mst'];
const EMPTIED = [...TABLES, 'outbound_message'];
/** As a feed applies them: a few in a transaction, one transaction at a time. */
const FEED_BATCH = 50;
const FEED_EVENTS = 10_000;
const SOURCE: EventSource = { kind: 'file', name: `20261121-${'0'.repeat(32)}`, fileId: 1, revision: 1 };

export async function benchApply({ rows, rounds, say }: BenchRequest): Promise<BenchResult> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tain-bench-'));
  const postgres = await startPostgres({ stateDir, log: path.join(stateDir, 'postgres.log') });
  const sql = connectPostgres(postgres.url, 'bench', 2);
  try {
    await migrate(sql);
    say(`making the events of ${rows} rows`);
    const events = readEvents(rows);
    await applyInBatches(sql, events, SOURCE);
    await stage(sql);
    const [swaps] = await sql<{ swaps: number }[]>`select count(*) as swaps from tb_on_mst`;
    const [ours, theirs, feeds]: [number[], number[], number[]] = [[], [], []];
    const atOnce: number[] = [];
    const onApplied = createAtOnce(BUILT_IN_TABLES, null)(BUILT_IN_REGISTERS);
    const fed = events.slice(0, FEED_EVENTS);
    for (let round = 0; round < rounds; round += 1) {
      theirs.push(await time(sql, () => insertStaged(sql)));
      ours.push(await time(sql, () => applyInBatches(sql, events, SOURCE)));
      atOnce.push(await time(sql, () => applyInBatches(sql, events, SOURCE, { onApplied })));
      feeds.push(await time(sql, () => applyAsFeed(sql, fed)));
      say(
        `round ${round + 1}: INSERT … SELECT ${theirs.at(-1)} ms, applyEvents ${ours.at(-1)} ms, ` +
          `with messages at once ${atOnce.at(-1)} ms, ` +
          `${fed.length} events by ${FEED_BATCH} ${feeds.at(-1)} ms`,
      );
    }
    await time(sql, () => applyInBatches(sql, events, SOURCE, { onApplied }));
    const [messages] = await sql<{ count: number }[]>`select count(*) as count from outbound_message`;
    const [oursMs, theirsMs, feedMs] = [median(ours), median(theirs), median(feeds)];
    return {
      ratio: round3(theirsMs / oursMs),
      target: TARGET,
      better: 'higher',
      figures: {
        events: events.length,
        subjects: swaps!.swaps,
        applyEventsPerSecond: Math.round((events.length / oursMs) * 1000),
        feedEventsPerSecond: Math.round((fed.length / feedMs) * 1000),
        feedTransactionMs: round3((feedMs / fed.length) * FEED_BATCH),
        insertEventsPerSecond: Math.round((events.length / theirsMs) * 1000),
        atOnceEventsPerSecond: Math.round((events.length / median(atOnce)) * 1000),
        messagesAtOnce: messages!.count,
        applyMs: ours,
        atOnceMs: atOnce,
        insertMs: theirs,
      },
    };
  } finally {
    await sql.end();
    await postgres.stop();
    removeState(stateDir);
  }
}

function readEvents(rows: number): SourcedEvent[] {
  const layout = readStoredHeader(DEMO_HEADER);
  const events: SourcedEvent[] = [];
  let position = 0;
  for (const { bytes } of generateDay({ seed: 'bench', rows, date: '2026-11-21', brokenShare: 0 })) {
    position += 1;
    const values = readRecordValues(bytes, layout) ?? {};
    const event = readSourcedEvent(values, {
      source: SOURCE,
      position,
      hash: (text) => hash('sha256', text),
    });
    if (event) events.push(event);
  }
  return events;
}

async function applyAsFeed(sql: Sql, events: readonly SourcedEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += FEED_BATCH)
    await sql.begin((tx) => applyEvents(tx, events.slice(at, at + FEED_BATCH), SOURCE));
}

/** Keeps the rows as they are, without indexes. */
async function stage(sql: Sql): Promise<void> {
  for (const table of TABLES) await sql`create table ${sql(`staged_${table}`)} as table ${sql(table)}`;
}

const insertStaged = (sql: Sql) =>
  sql.begin(async (tx) => {
    for (const table of TABLES) {
      await tx`insert into ${tx(table)} overriding system value select * from ${tx(`staged_${table}`)}`;
    }
  });

/** Milliseconds from empty tables. */
async function time(sql: Sql, work: () => Promise<unknown>): Promise<number> {
  await sql`truncate ${sql(EMPTIED)}`;
  await sql`checkpoint`;
  const started = performance.now();
  await work();
  return Math.round(performance.now() - started);
}
