/**
 * One ledger: the same messages by file, by feed, or some by each and some by both, in any order and at once, make the
 * same swaps. What may differ is where a message is said to be from: every message has a place of its own in each source,
 * and of several that say the same the first by place counts while the others are its duplicates. Read with what stands at
 * a place instead of the place, states, event keys and outcomes are byte for byte the same.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFeedJudge } from '../../activities/feed-judge.ts';
import { readFeed } from '../../activities/feed-reader.ts';
import { claimFeed, reconcileFeeds } from '../../db/feeds.ts';
import { DEMO_HEADER, generateDay } from '../../demo/day.ts';
import type { PlannedMessage } from '../../demo/feed/plan.ts';
import { createBatchLimit } from '../../domain/feeds/batch-limit.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { readRecordValues, readStoredHeader } from '../../domain/swaps/values.ts';
import { SESSION_DEFAULTS } from '../../platform/feeds/session-settings.ts';
import { openTcpSession } from '../../platform/feeds/tcp-session.ts';
import { connectRealtime, type Sql } from '../../platform/postgres.ts';
import { applyPublished } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { SESSION, useFeeds } from '../support/feeds.ts';
import { useDataDir } from '../support/files.ts';
import { readLedger } from '../support/ledger.ts';
import { publishDropped } from '../support/published.ts';

const database = useDatabase();
const data = useDataDir();
const feeds = useFeeds();
const FEED = 'desk';
/** The folder date of the files, in the zone of the feed. */
const RECEIVED_AT = Date.UTC(2026, 10, 21, 3);
let realtime: Sql;

beforeAll(() => {
  realtime = connectRealtime(database.url);
});
afterAll(() => realtime.end({ timeout: 3 }));

/** A record as a line of a file and as a message of a feed. */
type Both = { readonly line: string; readonly message: Buffer };

function makeRecords(seed: string, rows: number): Both[] {
  const layout = readStoredHeader(DEMO_HEADER);
  const records: Both[] = [];
  for (const { bytes } of generateDay({ seed, rows, date: '2026-11-21', brokenShare: 0.05 })) {
    const values = readRecordValues(bytes, layout);
    // The last one of a day may have no line break, and need not be the last here.
    const line = bytes.endsWith('\n') ? bytes : `${bytes}\n`;
    if (values !== null) records.push({ line, message: Buffer.from(JSON.stringify(values)) });
  }
  return records;
}

async function clear(): Promise<void> {
  await database.sql`
    truncate feed, feed_journal, feed_gap, feed_altered, feed_status, feed_latency, tb_bat_file_mst, tb_bat_file_hist,
      ledger_source, tb_on_hist, event_key, event_outcome, tb_on_mst cascade`;
}

let dropped = 0;

/** Through inspection, copy, publication and the ledger, some records at a time. */
async function sendFile(records: readonly Both[]): Promise<void> {
  const content = Buffer.from(DEMO_HEADER + records.map(({ line }) => line).join(''), 'latin1');
  dropped += 1;
  const { file } = await publishDropped(database.sql, data, `${dropped}.csv`, content);
  await applyPublished(database.sql, file, { sliceRows: 13 });
}

/** Over a socket, by the reader of stream ingest, a few messages at a time. */
async function sendFeed(records: readonly Both[]): Promise<void> {
  const plan = records.map(({ message }, index): PlannedMessage => ({
    sequence: index + 1,
    sendAtMs: 0,
    bytes: message,
    content: 'record',
    original: null,
    expected: { verdict: 'accepted', ruleIds: [] },
    disruption: null,
    span: 0,
  }));
  const { port } = await feeds.simulate({ plan });
  await reconcileFeeds(realtime, [{ feed: FEED, settings: {} }]);
  const judge = createFeedJudge(realtime, BUILT_IN_REGISTERS, 'Asia/Seoul');
  const end = await readFeed({
    sql: realtime,
    row: (await claimFeed(realtime, FEED))!,
    open: (from, observe) =>
      openTcpSession(
        { ...SESSION_DEFAULTS, feed: FEED, host: '127.0.0.1', port, user: '', password: '' },
        from,
        observe,
      ),
    judge: (messages) => judge(messages.map((message) => ({ ...message, receivedAt: RECEIVED_AT }))),
    acknowledge: false,
    gapProblem: null,
    limit: createBatchLimit(7, 1000),
    lingerMs: 0,
    handOverMs: 3_600_000,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onGap: () => undefined,
  });
  expect(end).toEqual({ ended: 'session-ended', messages: records.length });
}

const PLACES = /\d{8}-[0-9a-f]{32}\/\d+|desk@DAY1\/\d+/g;

/** The ledger with the hash of what stands at a place instead of the place, duplicates left out. */
async function readContent(): Promise<unknown> {
  const { sql } = database;
  const rows = await sql<{ place: string; hash: string }[]>`
    select name || '/' || position as place, encode(content_hash, 'hex') as hash
    from tb_on_hist join ledger_source using (source_id)`;
  const hashes = new Map(rows.map(({ place, hash }) => [place, hash]));
  const { subjects, outcomes } = JSON.parse(
    JSON.stringify(await readLedger(sql)).replaceAll(PLACES, (place) => hashes.get(place)!),
  ) as Awaited<ReturnType<typeof readLedger>>;
  const keys = await sql<{ key: string; hash: string; subject: string }[]>`
    select encode(key_hash, 'hex') as key, encode(content_hash, 'hex') as hash, subject_kind || subject_key as subject
    from event_key order by key_hash`;
  const judged = Object.entries(outcomes as Record<string, readonly [string, string | null]>)
    .filter(([, [outcome]]) => outcome !== 'duplicate')
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return { subjects, keys: [...keys], judged };
}

const shuffle = <T>(list: readonly T[], seed: number): T[] =>
  fc.sample(fc.shuffledSubarray([...list], { minLength: list.length }), { seed, numRuns: 1 })[0]!;

const inOrder = <T>(list: readonly T[]): readonly T[] => list;
const both = async (one: Promise<void>, other: Promise<void>): Promise<void> => {
  await Promise.all([one, other]);
};

describe('the same messages', () => {
  test('make the same swaps by file, by feed, and some by each, in any order and at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), async (seed) => {
        const records = makeRecords(`sources ${seed}`, 150);
        await clear();
        await sendFile(records);
        const expected = await readContent();
        await clear();
        await sendFeed(records);
        expect(await readContent()).toEqual(expected);

        const isFiled = records.map((_, index) => shuffle([true, false], seed + index)[0]!);
        // Every eighth is sent by both.
        const filed = records.filter((_, index) => isFiled[index] || index % 8 === 0);
        const fed = records.filter((_, index) => !isFiled[index] || index % 8 === 0);
        const raw: unknown[] = [];
        for (const run of [
          () => sendFile(filed).then(() => sendFeed(fed)),
          () => sendFeed(fed).then(() => sendFile(filed)),
          () => both(sendFile(filed), sendFeed(fed)),
        ]) {
          await clear();
          await run();
          expect(await readContent()).toEqual(expected);
          raw.push(await readLedger(database.sql));
        }
        // From the same places, the places are the same as well.
        expect(raw[1]).toEqual(raw[0]);
        expect(raw[2]).toEqual(raw[0]);

        const half = filed.length >> 1;
        const mixed = shuffle(filed, seed);
        for (const order of [inOrder, (list: readonly Both[]) => shuffle(list, seed)]) {
          await clear();
          await sendFile(mixed.slice(0, half));
          await both(sendFile(mixed.slice(half)), sendFeed(order([...fed].reverse())));
          expect(await readContent()).toEqual(expected);
        }
      }),
      { numRuns: 3, seed: 20261121 },
    );
  });

  test('sent by both sources count once, by the first of their places', async () => {
    const records = makeRecords('twice', 60);
    await clear();
    await both(sendFile(records), sendFeed(records));

    const [row] = await database.sql<{ contents: number; accepted: number; duplicates: number }[]>`
      select count(distinct content_hash) as contents, count(*) as accepted,
        count(*) filter (where outcome = 'duplicate') as duplicates
      from tb_on_hist as hist cross join lateral (
        select outcome from event_outcome as o
        where (o.source_id, o.position) = (hist.source_id, hist.position) order by revision desc limit 1
      ) as held`;
    const { contents, accepted, duplicates } = row!;
    expect(accepted).toBe(duplicates + contents);
    expect(duplicates).toBeGreaterThan(40);
    const holders = await database.sql`
      select distinct name from event_key join ledger_source using (source_id)`;
    // Shorter names come first.
    expect(holders).toEqual([{ name: `${FEED}@${SESSION}` }]);
  });
});
