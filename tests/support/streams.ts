/** Stream ingest as its tests need it: simulated feeds, their configuration, and workers that read them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { createFeedBackfillActivities } from '../../activities/feed-backfill.ts';
import { createStreamIngestActivities } from '../../activities/stream-ingest.ts';
import { LIFECYCLES, PROGRESS_QUERY } from '../../contracts/lifecycles.ts';
import { FEED_UPDATES, type FeedIntent, type StreamProgress } from '../../contracts/feeds.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { connectRealtime, type Sql } from '../../platform/postgres.ts';
import { openFeeds } from '../../workers/feeds.ts';
import type { TestDatabase } from './database.ts';
import type { TestTemporal } from './temporal.ts';
import { withWorker } from './worker.ts';

export const FEED = 'desk';
const BY = { actor: 'olga', role: 'operator' } as const;

/** Feeds that lose patience quickly. */
const QUICK = { heartbeatMs: 100, silenceMs: 1500, packetMs: 400, connectMs: 2000 };

export type TestFeed = {
  readonly name?: string;
  readonly port: number;
  readonly acknowledge?: boolean;
  readonly passwordFile?: string;
  readonly replay?: { readonly host: string; readonly port: number };
};

export function useStreams(database: TestDatabase, temporal: TestTemporal) {
  let directory = '';
  let sql: Sql;
  const feedsFile = (): string => path.join(directory, 'feeds.json');

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'tain-feeds-'));
    sql = connectRealtime(database.url);
  });
  afterAll(async () => {
    await sql.end({ timeout: 3 });
    await rm(directory, { recursive: true });
  });

  const handleOf = (feed = FEED) =>
    temporal.client.workflow.getHandle(LIFECYCLES.streamIngest.workflowId(feed));
  const write = async (feeds: readonly TestFeed[]): Promise<void> => {
    const entries = feeds.map((feed) => ({
      name: FEED,
      kind: 'tcp-session',
      host: '127.0.0.1',
      ...QUICK,
      ...feed,
    }));
    await writeFile(feedsFile(), JSON.stringify({ feeds: entries }));
  };

  return {
    handleOf,
    write,
    feedsFile,
    /** Reconciles feeds and supervisors with the feeds file. */
    open: () => openFeeds({ sql, client: temporal.client, feedsFile: feedsFile() }),
    activities: (options: Partial<Parameters<typeof createStreamIngestActivities>[0]> = {}) =>
      createStreamIngestActivities({
        sql,
        client: temporal.client,
        feedsFile: feedsFile(),
        timeZone: 'Asia/Seoul',
        batchMax: 100,
        lingerMs: 1,
        handOverMs: 3_600_000,
        ...options,
      }),
    /** Runs a realtime worker and one of the batch queue for backfill. */
    withReaders: <Result>(activities: object, run: () => Promise<Result>): Promise<Result> =>
      withWorker(
        temporal,
        createFeedBackfillActivities({ sql: database.sql, feedsFile: feedsFile(), timeZone: 'Asia/Seoul' }),
        () => withWorker(temporal, activities, run, QUEUES.swapRealtime),
      ),
    progress: (feed = FEED): Promise<StreamProgress> => handleOf(feed).query<StreamProgress>(PROGRESS_QUERY),
    pause: (reason: string, feed = FEED): Promise<FeedIntent> =>
      handleOf(feed).executeUpdate<FeedIntent, [object]>(FEED_UPDATES.pause, { args: [{ by: BY, reason }] }),
    resume: (reason: string, newSession = false, feed = FEED): Promise<FeedIntent> =>
      handleOf(feed).executeUpdate<FeedIntent, [object]>(FEED_UPDATES.resume, {
        args: [{ by: BY, reason, newSession }],
      }),
    reconfigure: (reason: string, feed = FEED): Promise<FeedIntent> =>
      handleOf(feed).executeUpdate<FeedIntent, [object]>(FEED_UPDATES.reconfigure, {
        args: [{ by: BY, reason }],
      }),
  };
}
