import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { TransactionSql } from 'postgres';
import { eventsOf, fillGaps } from '../../activities/feed-batch.ts';
import { storeLate } from '../../activities/feed-filling.ts';
import { createFeedJudge, type JudgedFeedMessage } from '../../activities/feed-judge.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { lockSubjects } from '../../db/ledger-reads.ts';
import { groupBySubject } from '../../db/ledger-subjects.ts';
import { planFeed } from '../../demo/feed/plan.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { connectRealtime } from '../../platform/postgres.ts';
import { useDatabase } from '../support/database.ts';
import { SESSION, useFeeds } from '../support/feeds.ts';
import { useScriptedFeeds } from '../support/scripted-feed.ts';
import { storeFeed } from '../support/stored-feeds.ts';
import { FEED, useStreams } from '../support/streams.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const feeds = useFeeds();
const serve = useScriptedFeeds();
const streams = useStreams(database, temporal);

afterEach(async () => {
  await database.sql`
    truncate feed, feed_journal, feed_gap, feed_altered, feed_status, feed_basis,
      ledger_source, tb_on_hist, event_key, event_outcome, tb_on_mst`;
});

const messages = planFeed({ seed: 'backfill', rows: 30, date: '2026-11-20', rate: 20_000 });

/** Fills the gaps of the feed once, from a replay at a port. @returns how many messages came */
async function backfill(port: number): Promise<number> {
  await streams.write([{ port: 1, replay: { host: '127.0.0.1', port } }]);
  return streams.withReaders(streams.activities(), () =>
    temporal.client.workflow.execute<(input: { feed: string }) => Promise<number>>(
      LIFECYCLES.feedBackfill.workflowType,
      {
        workflowId: `backfill-${port}`,
        taskQueue: LIFECYCLES.feedBackfill.taskQueue,
        args: [{ feed: FEED }],
      },
    ),
  );
}

const gap = (from: number, to: number, session = SESSION) => database.sql`
  insert into feed_gap (feed, session, from_sequence, to_sequence) values (${FEED}, ${session}, ${from}, ${to})`;

const gaps = () => database.sql`
  select session, from_sequence as from, to_sequence as to, filled_at is not null as filled, problem_code as problem
  from feed_gap order by 1, 2`;

const isWaiting = async (): Promise<boolean> => {
  const [row] = await database.sql<[{ isWaiting: boolean }]>`
    select exists (
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%feed_gap%'
    ) as "isWaiting"`;
  return row.isWaiting;
};

const journalled = async () =>
  (await database.sql<{ sequence: number }[]>`select sequence from feed_journal order by 1`).map(
    ({ sequence }) => sequence,
  );

describe('a replay that does not have everything any more', () => {
  it('gives what it has, and what it leaves out is named as lost', async () => {
    await storeFeed(database.sql, FEED, [], { session: SESSION });
    await gap(10, 21);
    const port = await serve(async (consumer, asked, connection) => {
      // It begins behind the first one; then it goes on elsewhere, as it would behind a lost connection.
      const first = connection === 1 ? 11 : Math.max(asked, 16);
      consumer.accept(SESSION, first);
      for (const message of messages.slice(first - 1, connection === 1 ? 13 : undefined))
        if (!(await consumer.send(message, null))) return;
      if (connection === 1) consumer.destroy();
    });

    expect(await backfill(port)).toBe(8);
    expect(await journalled()).toEqual([11, 12, 13, 16, 17, 18, 19, 20]);
    const of = { session: SESSION };
    expect(await gaps()).toEqual([
      { ...of, from: 10, to: 11, filled: false, problem: 'feed.gap-lost' },
      { ...of, from: 11, to: 14, filled: true, problem: null },
      { ...of, from: 14, to: 16, filled: false, problem: 'feed.gap-lost' },
      { ...of, from: 16, to: 21, filled: true, problem: null },
    ]);
  });
});

describe('a gap of a session whose name a later one has', () => {
  it('is not filled with the messages of that one, and says why', async () => {
    await storeFeed(database.sql, FEED, [], { session: SESSION, generation: 2 });
    await gap(3, 6);
    const replay = await feeds.simulate({ plan: messages });

    expect(await backfill(replay.port)).toBe(0);
    expect(await journalled()).toEqual([]);
    expect(replay.truth().logins).toEqual([]);
    expect(await gaps()).toEqual([
      { session: SESSION, from: 3, to: 6, filled: false, problem: 'feed.gap-name-taken' },
    ]);
  });

  it('is filled when it is of the later one itself', async () => {
    await storeFeed(database.sql, FEED, [], { session: SESSION, generation: 2 });
    await gap(3, 6, `${SESSION}#2`);
    const replay = await feeds.simulate({ plan: messages });

    expect(await backfill(replay.port)).toBe(3);
    expect(await journalled()).toEqual([3, 4, 5]);
  });
});

const session = { feed: FEED, session: SESSION };

const judgeAll = (): Promise<readonly JudgedFeedMessage[]> =>
  createFeedJudge(
    database.sql,
    BUILT_IN_REGISTERS,
    'Asia/Seoul',
  )(
    messages.map(({ sequence, bytes }) => ({
      position: { shard: SESSION, offset: sequence },
      bytes,
      receivedAt: Date.now(),
      receivedTick: performance.now(),
      repeated: false,
    })),
  );

describe('what comes late', () => {
  it('finds what another that fills the same gap leaves of it', async () => {
    await storeFeed(database.sql, FEED, [], { session: SESSION });
    await gap(1, 31);
    const judged = await judgeAll();
    const others = connectRealtime(database.url);
    try {
      const first = await others.reserve();
      await first`begin`;
      await fillGaps(first as unknown as TransactionSql, session, judged.slice(4, 9));
      const second = database.sql.begin((tx) => fillGaps(tx, session, judged.slice(0, 20)));
      while (!(await isWaiting())) await sleep(5);
      await first`commit`;
      first.release();
      expect((await second).map(({ sequence }) => sequence)).toEqual([
        1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
      ]);
    } finally {
      await others.end({ timeout: 1 });
    }
    const of = { session: SESSION, problem: null };
    expect(await gaps()).toEqual([
      { ...of, from: 1, to: 5, filled: true },
      { ...of, from: 5, to: 10, filled: true },
      { ...of, from: 10, to: 21, filled: true },
      { ...of, from: 21, to: 31, filled: false },
    ]);
  });

  it('waits for a swap that somebody has without keeping anything that others want', async () => {
    await storeFeed(database.sql, FEED, [], { session: SESSION });
    await gap(1, 31);
    const judged = await judgeAll();
    const subjects = groupBySubject(eventsOf(session, judged));
    const others = connectRealtime(database.url);
    try {
      const holder = await others.reserve();
      await holder`begin`;
      await lockSubjects(holder as unknown as TransactionSql, subjects.slice(-1));
      let isStored = false;
      const storing = storeLate(database.sql, session, judged).finally(() => (isStored = true));
      for (let round = 0; round < 20; round += 1) {
        await others.begin(async (tx) => {
          await tx`set local lock_timeout = '400ms'`;
          await lockSubjects(tx, subjects.slice(0, -1));
          await tx`select from feed_gap for update`;
        });
        await sleep(20);
      }
      expect(isStored).toBe(false);
      await holder`rollback`;
      holder.release();
      expect(await storing).toHaveLength(messages.length);
    } finally {
      await others.end({ timeout: 1 });
    }
  });

  it('is not asked for while the feed is paused', async () => {
    await storeFeed(database.sql, FEED, [], { session: SESSION });
    await gap(1, 31);
    const port = await serve(async (consumer, asked) => {
      consumer.accept(SESSION, asked);
      for (const message of messages) {
        if (message.sequence === 6)
          await database.sql`update feed set wanted = 'paused', wanted_reason = 'a look' where feed = ${FEED}`;
        if (message.sequence > 5) await sleep(100);
        if (!(await consumer.send(message, null))) return;
      }
    });

    expect(await backfill(port)).toBeLessThan(10);
    expect(await gaps()).toContainEqual(expect.objectContaining({ to: 31, filled: false, problem: null }));
    expect(await backfill(port)).toBe(0);
  });
});
