/** Reading a feed as the next attempt would, without a workflow. */
import { createFeedJudge } from '../../activities/feed-judge.ts';
import { readFeed, type ReaderRequest } from '../../activities/feed-reader.ts';
import type { ConsumerEnd } from '../../contracts/feeds.ts';
import { claimFeed, reconcileFeeds } from '../../db/feeds.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { createBatchLimit } from '../../domain/feeds/batch-limit.ts';
import { SESSION_DEFAULTS } from '../../platform/feeds/session-settings.ts';
import { openTcpSession } from '../../platform/feeds/tcp-session.ts';
import type { Sql } from '../../platform/postgres.ts';

/** Enters a feed where it is new, claims it, and reads it from a port until it ends. */
export async function readOnce(
  sql: Sql,
  feed: string,
  port: number,
  more: Partial<ReaderRequest> = {},
): Promise<ConsumerEnd> {
  await reconcileFeeds(sql, [{ feed, settings: {} }]);
  return readFeed({
    sql,
    row: (await claimFeed(sql, feed))!,
    open: (from, observe) =>
      openTcpSession(
        { ...SESSION_DEFAULTS, retryMs: 5, feed, host: '127.0.0.1', port, user: '', password: '' },
        from,
        observe,
      ),
    judge: createFeedJudge(sql, BUILT_IN_REGISTERS, 'Asia/Seoul'),
    acknowledge: false,
    gapProblem: null,
    limit: createBatchLimit(100, 1000),
    lingerMs: 1,
    handOverMs: 3_600_000,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onGap: () => undefined,
    ...more,
  });
}
