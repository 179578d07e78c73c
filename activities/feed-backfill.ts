/** Filling the gaps of a feed from where its sender repeats messages, beside the live reader and behind it. */
import { Context, log } from '@temporalio/activity';
import { TainError, type ErrorCode, type ErrorParams } from '../contracts/errors.ts';
import {
  isNameTaken,
  listOpenGaps,
  recordGapProblem,
  type OpenGap,
  type SequenceRange,
} from '../db/feed-gaps.ts';
import { findFeed } from '../db/feeds.ts';
import type { OnApplied } from '../db/ledger.ts';
import { wireNameOf } from '../domain/feeds/session.ts';
import { prepareFeed, type OpenFeed } from '../platform/feeds/open-feed.ts';
import { UNPACED, type Pace } from '../platform/pace.ts';
import type { Sql } from '../platform/postgres.ts';
import type { AtOnceFactory } from './at-once.ts';
import { withFailures } from './failures.ts';
import { storeLate } from './feed-filling.ts';
import { answerOf } from './feed-answers.ts';
import { createFeedJudge, type FeedJudge } from './feed-judge.ts';
import { settingsOf } from './feed-settings.ts';
import { keepBeating } from './heartbeat.ts';
import { createRegisterShelf } from './registers.ts';

export type FeedBackfillDependencies = {
  readonly sql: Sql;
  readonly feedsFile: string | undefined;
  readonly timeZone: string;
  readonly registerDir?: string | undefined;
  /** Of what can wait; absent: as fast as it goes. */
  readonly pace?: Pace;
  /** What leaves at once; absent: nothing does. */
  readonly atOnce?: AtOnceFactory | undefined;
};

export type FeedBackfillActivities = ReturnType<typeof createFeedBackfillActivities>;

/** Messages. `lost`: none of those that are missing can come any more, or nobody is known who repeats them. */
export type BackfillResult = { readonly filled: number; readonly open: number; readonly lost: boolean };

type Filled = { readonly filled: number; readonly mayCome: boolean };

type FillTools = {
  readonly open: OpenFeed;
  readonly judge: FeedJudge;
  readonly acknowledge: boolean;
  readonly onApplied: OnApplied | undefined;
};

/** Small: realtime may wait for a swap that is being filled in. */
const BATCH_MAX = 100;
const WAIT_MS = 500;
const LINGER_MS = 20;
/** How long nothing may come before the gap is left for later. */
const PATIENCE_MS = 10_000;

export function createFeedBackfillActivities({
  sql,
  feedsFile,
  timeZone,
  registerDir,
  pace = UNPACED,
  atOnce,
}: FeedBackfillDependencies) {
  const shelf = createRegisterShelf(sql, registerDir);

  const isRunning = async (feed: string): Promise<boolean> =>
    (await findFeed(sql, feed))?.wanted === 'running';

  /** Asks for a gap and stores what comes. @returns how many came, and whether the rest may come another time */
  const fill = async (
    feed: string,
    gap: OpenGap,
    { open, judge, acknowledge, onApplied }: FillTools,
  ): Promise<Filled> => {
    const signal = Context.current().cancellationSignal;
    const session = { feed, session: gap.session };
    const wire = wireNameOf(gap.session);
    let next = gap.from;
    let filled = 0;
    const note = async (code: ErrorCode, part: SequenceRange, more: ErrorParams): Promise<void> => {
      const params = { ...session, from: part.from, to: part.to - 1, ...more };
      log.warn('feed.gap', { ...params, code });
      await recordGapProblem(sql, feed, { session: gap.session, ...part }, { code, params });
    };
    const leave = async (reason: string): Promise<Filled> => {
      await note('feed.gap-unfilled', { from: next, to: gap.to }, { ms: PATIENCE_MS, reason });
      return { filled, mayCome: true };
    };
    /** Somebody may pause the feed, or begin a session of this name, while we wait. */
    const isInVain = async (): Promise<boolean> => {
      if (!(await isRunning(feed))) return true;
      if (!(await isNameTaken(sql, session))) return false;
      await note('feed.gap-name-taken', { from: next, to: gap.to }, {});
      return true;
    };
    if (await isInVain()) return { filled, mayCome: false };

    const source = open({ shard: wire, offset: gap.from }, () => undefined);
    let heardAt = performance.now();
    try {
      while (next < gap.to) {
        signal.throwIfAborted();
        const read = await source.read({ max: BATCH_MAX, waitMs: WAIT_MS, lingerMs: LINGER_MS });
        if (read.length === 0) {
          if (!(await isRunning(feed))) return { filled, mayCome: false };
          const { state, problem } = source.status();
          if (state !== 'ended' && performance.now() - heardAt < PATIENCE_MS) continue;
          return await leave(problem?.code ?? state);
        }
        heardAt = performance.now();
        if (await isInVain()) return { filled, mayCome: false };
        const judged = await judge(read.filter(({ position }) => position.offset < gap.to));
        const late = await pace.measure(sql, () => storeLate(sql, session, judged, onApplied), signal);
        filled += late.length;
        // Told here once; who misses it has them told again by asking for them again.
        if (acknowledge) await source.acknowledge(late.map((message) => answerOf(wire, message)));
        // What its sender leaves out it does not have any more; what comes behind that is taken all the same.
        for (const { position } of read) {
          const actual = position.offset;
          const lost = { from: next, to: Math.min(actual, gap.to) };
          if (lost.from < lost.to) await note('feed.gap-lost', lost, { actual });
          next = Math.max(next, actual + 1);
        }
      }
      return { filled, mayCome: false };
    } catch (error) {
      // The source has stopped: a login that is refused, another session.
      if (!(error instanceof TainError)) throw error;
      return await leave(error.code);
    } finally {
      await source.close();
    }
  };

  return withFailures({
    /** Safe to retry: what is in the journal is not in a gap any more. */
    async fillFeedGaps(feed: string): Promise<BackfillResult> {
      let filled = 0;
      let mayCome = false;
      return keepBeating(
        () => ({ filled }),
        async () => {
          const row = await findFeed(sql, feed);
          // Whoever resumes it asks again.
          if (row?.wanted !== 'running') return { filled, open: 0, lost: false };
          const settings = await settingsOf(feedsFile, row);
          const gaps = await listOpenGaps(sql, feed);
          if (settings.replay === undefined) {
            for (const gap of gaps)
              await recordGapProblem(sql, feed, gap, { code: 'feed.no-replay', params: { feed } });
            return { filled, open: countMessages(gaps), lost: true };
          }
          const registers = await shelf.current();
          const tools = {
            open: await prepareFeed(feedsFile!, settings, settings.replay),
            judge: createFeedJudge(sql, registers, timeZone),
            onApplied: atOnce?.(registers),
            acknowledge: settings.acknowledge,
          };
          for (const gap of gaps) {
            const result = await fill(feed, gap, tools);
            filled += result.filled;
            mayCome ||= result.mayCome;
          }
          const missing = countMessages(await listOpenGaps(sql, feed));
          return { filled, open: missing, lost: missing > 0 && !mayCome };
        },
      );
    },
  });
}

const countMessages = (gaps: readonly OpenGap[]): number =>
  gaps.reduce((sum, { from, to }) => sum + (to - from), 0);
