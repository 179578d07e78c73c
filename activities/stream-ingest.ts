/** The steps of stream ingest: reading a feed, and what is wanted of it. Messages flow from socket to Postgres here. */
import { Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { TainError, type ErrorCode } from '../contracts/errors.ts';
import {
  FEED_LOOK,
  type ConsumerEnd,
  type FeedChange,
  type FeedIntent,
  type FeedResume,
} from '../contracts/feeds.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { listOpenGaps } from '../db/feed-gaps.ts';
import * as feeds from '../db/feeds.ts';
import { createBatchLimit, type BatchLimit } from '../domain/feeds/batch-limit.ts';
import { describeFeed, loadFeed } from '../platform/feeds/feed-config.ts';
import { prepareFeed } from '../platform/feeds/open-feed.ts';
import { REALTIME_TRANSACTION_TIMEOUT_MS, type Sql } from '../platform/postgres.ts';
import { startLifecycle } from '../platform/temporal.ts';
import type { AtOnceFactory } from './at-once.ts';
import { withFailures } from './failures.ts';
import { createFeedJudge } from './feed-judge.ts';
import { reportStop } from './feed-meter.ts';
import { settingsOf } from './feed-settings.ts';
import { readFeed, type ReaderProgress } from './feed-reader.ts';
import { keepBeating } from './heartbeat.ts';
import { createRegisterShelf } from './registers.ts';

export type StreamIngestDependencies = {
  /** A pool whose transactions have a timeout: a process that stands still must not hold up the one behind it. */
  readonly sql: Sql;
  readonly client: Client;
  readonly feedsFile: string | undefined;
  readonly timeZone: string;
  readonly batchMax: number;
  readonly lingerMs: number;
  readonly handOverMs: number;
  readonly registerDir?: string | undefined;
  /** What leaves at once; absent: nothing does. */
  readonly atOnce?: AtOnceFactory | undefined;
};

/** Twice as many messages as in a batch that took this long still have room in a transaction. */
const QUICK_MS = REALTIME_TRANSACTION_TIMEOUT_MS / 4;

export type StreamIngestActivities = ReturnType<typeof createStreamIngestActivities>;

export function createStreamIngestActivities({
  sql,
  client,
  feedsFile,
  timeZone,
  batchMax,
  lingerMs,
  handOverMs,
  registerDir,
  atOnce,
}: StreamIngestDependencies) {
  const shelf = createRegisterShelf(sql, registerDir);
  /** By feed: what one attempt learned the next one knows. */
  const limits = new Map<string, BatchLimit>();
  const limitOf = (feed: string): BatchLimit => {
    const limit = limits.get(feed) ?? createBatchLimit(batchMax, QUICK_MS);
    limits.set(feed, limit);
    return limit;
  };
  const intentOf = (row: feeds.FeedRow | null, feed: string): FeedIntent => {
    if (row === null) throw new TainError('feed.not-found', { feed });
    return feeds.intentOf(row);
  };
  /** Asks for the filling of gaps; whoever starts the feed next asks again. */
  const askForBackfill = (feed: string): void => {
    const workflowId = LIFECYCLES.feedBackfill.workflowId(feed);
    const summary = `gets what was missing of ${feed}`;
    const start = () => startLifecycle(client, 'feedBackfill', { workflowId, args: [{ feed }], summary });
    // One that was running pauses for up to an hour, or has just looked; if it ended meanwhile, there is a next one.
    const wake = () => client.workflow.getHandle(workflowId).signal(FEED_LOOK).catch(start);
    start()
      .then(wake)
      .catch((error: unknown) => void log.warn('feed.backfill', { feed, reason: String(error) }));
  };

  return withFailures({
    /**
     * Reads a feed for hours. Safe to retry: an attempt goes on behind the last message that is journalled, and only
     * the newest attempt can write.
     */
    async consumeFeed(feed: string): Promise<ConsumerEnd> {
      const context = Context.current();
      let progress: ReaderProgress | null = null;
      return keepBeating(
        () => progress,
        async () => {
          const row = await feeds.claimFeed(sql, feed);
          if (row === null) return endOfUnwanted(await feeds.findFeed(sql, feed), feed);
          const prepare = async () => {
            const settings = await settingsOf(feedsFile, row);
            const registers = await shelf.current();
            return {
              settings,
              registers,
              judge: createFeedJudge(sql, registers, timeZone),
              open: await prepareFeed(feedsFile!, settings),
            };
          };
          const { settings, registers, judge, open } = await prepare().catch(async (error: unknown) => {
            // Nobody who reads says it.
            if (error instanceof TainError) await reportStop(sql, row, error);
            throw error;
          });
          log.info('feed.read', { feed, epoch: row.epoch, session: row.session, next: row.next_sequence });
          const canFill = settings.replay !== undefined;
          if (canFill && (await listOpenGaps(sql, feed)).length > 0) askForBackfill(feed);
          return readFeed({
            sql,
            row,
            open,
            judge,
            acknowledge: settings.acknowledge,
            gapProblem: canFill ? null : { code: 'feed.no-replay', params: { feed } },
            onApplied: atOnce?.(registers),
            limit: limitOf(feed),
            lingerMs,
            handOverMs,
            signal: context.cancellationSignal,
            onProgress: (reached) => (progress = reached),
            onGap: () => askForBackfill(feed),
          });
        },
      );
    },

    /** What is wanted of a feed. Safe to retry: it reads. */
    async readIntent(feed: string): Promise<FeedIntent> {
      return intentOf(await feeds.findFeed(sql, feed), feed);
    },

    /** Safe to retry: a feed is paused once. */
    async pauseFeed(feed: string, { by, reason }: FeedChange): Promise<FeedIntent> {
      return intentOf(await feeds.pauseFeed(sql, feed, by, reason), feed);
    },

    /**
     * Lets a feed run. Safe to retry: a session that began anew is taken for a new one only while something of it was read.
     * @param problem why it has stopped; null: it has not, and only a session that has ended can begin anew
     */
    async resumeFeed(
      feed: string,
      { by, reason, newSession }: FeedResume,
      problem: ErrorCode | null,
    ): Promise<FeedIntent> {
      const session = newSession ? takenAs(problem) : 'same';
      return intentOf(await feeds.resumeFeed(sql, feed, { by, reason, session }), feed);
    },

    /** Keeps the settings that the feeds file has now. Safe to retry: the same settings change nothing. */
    async reconfigureFeed(feed: string, { by, reason }: FeedChange): Promise<FeedIntent> {
      const settings = describeFeed(await loadFeed(feedsFile, feed));
      return intentOf(await feeds.reconfigureFeed(sql, { feed, settings }, by, reason), feed);
    },
  });
}

/** What a new session is behind a stop; behind one that has nothing to do with sessions, there is none. */
function takenAs(problem: ErrorCode | null): feeds.FeedResumption['session'] {
  if (problem === null) return 'again';
  if (problem === 'feed.session-restarted') return 'restarted';
  return problem === 'feed.session-changed' ? 'any' : 'same';
}

/** A feed that is not to be read, or that nobody has entered. */
function endOfUnwanted(row: feeds.FeedRow | null, feed: string): ConsumerEnd {
  if (row === null) throw new TainError('feed.not-found', { feed });
  return { ended: row.wanted === 'removed' ? 'removed' : 'paused', messages: 0 };
}
