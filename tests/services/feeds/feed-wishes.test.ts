import { afterEach, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { createStreamIngestActivities } from '../../../activities/stream-ingest.ts';
import { findFeed, pauseFeed, reconcileFeeds } from '../../../db/feeds.ts';
import { planFeed } from '../../../demo/feed/plan.ts';
import { createBatchLimit } from '../../../domain/feeds/batch-limit.ts';
import { useDatabase } from '../../support/database.ts';
import { SESSION, useFeeds } from '../../support/feeds.ts';
import { readOnce } from '../../support/read-feed.ts';

const FEED = 'desk';
const BY = { actor: 'olga', role: 'operator' } as const;
const database = useDatabase();
const feeds = useFeeds();

afterEach(() => database.sql`truncate feed, feed_journal, feed_gap, feed_altered, feed_status`);

const plan = (rows: number, seed = 'wishes') => planFeed({ seed, rows, date: '2026-11-20', rate: 20_000 });

describe('a feed that is resumed with a new session', () => {
  const resume = (problem: 'feed.login-refused' | 'feed.session-changed') =>
    createStreamIngestActivities({
      sql: database.sql,
      client: {} as Client,
      feedsFile: undefined,
      timeZone: 'Asia/Seoul',
      batchMax: 10,
      lingerMs: 1,
      handOverMs: 1000,
    }).resumeFeed(FEED, { by: BY, reason: 'the sender says so', newSession: true }, problem);

  /** Reads a few messages of a session and stops. */
  async function readSome(port: number): Promise<void> {
    const stop = new AbortController();
    const few = { limit: createBatchLimit(4, 1000), onProgress: () => stop.abort(new Error('stopped')) };
    await expect(readOnce(database.sql, FEED, port, { ...few, signal: stop.signal })).rejects.toThrow(
      'stopped',
    );
  }

  it.each(['feed.login-refused', 'feed.session-changed'] as const)(
    'behind %s goes on in the session that it was in, when its sender still has that',
    async (problem) => {
      const { port } = await feeds.simulate({ plan: plan(60) });
      await readSome(port);
      await resume(problem);

      let ended: string | null = null;
      for (let attempt = 0; attempt < 3 && ended !== 'session-ended'; attempt += 1)
        ({ ended } = await readOnce(database.sql, FEED, port));
      expect(await database.sql`select session, count(*) as n from feed_journal group by 1`).toEqual([
        { session: SESSION, n: 60 },
      ]);
      expect(await database.sql`select from feed_altered`).toHaveLength(0);
    },
  );

  it('behind feed.session-changed takes the session that is on', async () => {
    const first = await feeds.simulate({ plan: plan(60) });
    await readSome(first.port);
    const next = await feeds.simulate({ plan: plan(20, 'next'), session: 'DAY2' });
    await resume('feed.session-changed');
    await expect(readOnce(database.sql, FEED, next.port)).resolves.toMatchObject({ ended: 'session-ended' });
    expect(await findFeed(database.sql, FEED)).toMatchObject({ session: 'DAY2', next_sequence: 21 });
  });
});

describe('a pause', () => {
  it('outlives a start without the feed in the configuration, with who and why', async () => {
    const configured = [{ feed: FEED, settings: {} }];
    await reconcileFeeds(database.sql, configured);
    await pauseFeed(database.sql, FEED, BY, 'the sender sends nonsense');
    const before = await findFeed(database.sql, FEED);
    for (const feeds of [[], [], configured]) await reconcileFeeds(database.sql, feeds);

    const { wanted, wanted_by, wanted_reason, wanted_at } = before!;
    expect(await findFeed(database.sql, FEED)).toMatchObject({ wanted, wanted_by, wanted_reason, wanted_at });
    expect(wanted).toBe('paused');
    for (const feeds of [[], configured]) await reconcileFeeds(database.sql, feeds);
    expect((await findFeed(database.sql, FEED))!.wanted).toBe('paused');
  });

  it('that has ended is none when the feed comes back', async () => {
    const configured = [{ feed: FEED, settings: {} }];
    for (const feeds of [configured, [], configured]) await reconcileFeeds(database.sql, feeds);
    expect(await findFeed(database.sql, FEED)).toMatchObject({ wanted: 'running', wanted_reason: null });
  });
});
