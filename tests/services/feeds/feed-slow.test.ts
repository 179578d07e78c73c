import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createFeedJudge } from '../../../activities/feed-judge.ts';
import { planFeed } from '../../../demo/feed/plan.ts';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { createBatchLimit } from '../../../domain/feeds/batch-limit.ts';
import { partsOf } from '../../../domain/feeds/sort-messages.ts';
import { FEED_LAYOUT } from '../../../domain/swaps/feed-layout.ts';
import type { FeedMessage } from '../../../platform/feeds/feed-source.ts';
import { connectRealtime, type Sql } from '../../../platform/postgres.ts';
import { useDatabase } from '../../support/database.ts';
import { useFeeds } from '../../support/feeds.ts';
import { readOnce } from '../../support/read-feed.ts';

const FEED = 'desk';
const MOST = 40;
const database = useDatabase();
const feeds = useFeeds();
let sql: Sql;

beforeAll(() => {
  sql = connectRealtime(database.url);
});
afterAll(() => sql.end({ timeout: 3 }));
afterEach(() => database.sql`truncate feed, feed_journal, feed_status`);

describe('a batch that takes longer than a transaction may', () => {
  const messages = planFeed({ seed: 'slow', rows: 400, date: '2026-11-20', rate: 20_000 });
  const limit = createBatchLimit(MOST, 60_000);

  const read = (port: number) => readOnce(sql, FEED, port, { limit, lingerMs: 50 });

  it('is given up by its name, tried again with fewer messages, and with more when it is quick again', async () => {
    const { port } = await feeds.simulate({ plan: messages });
    const holder = await database.sql.reserve();
    await holder`begin`;
    await holder`lock table tb_on_mst in access exclusive mode`;
    await expect(read(port)).rejects.toMatchObject({ code: 'feed.batch-slow', params: { feed: FEED } });
    await holder`rollback`;
    holder.release();

    expect(limit.messages).toBeLessThanOrEqual(MOST / 2);
    expect(await database.sql`select state, problem_code from feed_status`).toEqual([
      { state: 'waiting', problem_code: 'feed.batch-slow' },
    ]);
    await expect(read(port)).resolves.toMatchObject({ ended: 'session-ended', messages: messages.length });
    expect(await database.sql`select from feed_journal`).toHaveLength(messages.length);
    expect(limit).toMatchObject({ messages: MOST, problem: null });
    expect(await database.sql`select problem_code from feed_status`).toEqual([{ problem_code: null }]);
  }, 60_000);
});

describe('messages that are dear', () => {
  const lists = FEED_LAYOUT.columns.filter(({ element }) => element?.repeatable).map(({ name }) => name);
  const bytes = Buffer.from(
    JSON.stringify(Object.fromEntries(lists.map((name) => [name, Array.from({ length: 200 }, () => '?')]))),
  );
  const dear = Array.from({ length: 100 }, (_, at): FeedMessage => ({
    position: { shard: 'DAY1', offset: at + 1 },
    bytes,
    receivedAt: Date.UTC(2026, 10, 20),
    receivedTick: performance.now(),
    repeated: false,
  }));

  it('leave others their turn while they are judged', async () => {
    const judge = createFeedJudge(sql, BUILT_IN_REGISTERS, 'Asia/Seoul');
    await judge(dear.slice(0, 1));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await judge(dear);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  it('are fewer in a batch', () => {
    const judged = [1, 2, 3, 4, 5, 6].map((cost) => ({ cost }));
    const parts = partsOf(judged, { messages: 3, bytes: 7 }, ({ cost }) => cost);
    expect(parts.map((part) => part.map(({ cost }) => cost))).toEqual([[1, 2, 3], [4], [5], [6]]);
    expect(partsOf([{ cost: 99 }], { messages: 3, bytes: 7 }, ({ cost }) => cost)).toHaveLength(1);
  });
});
