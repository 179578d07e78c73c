/** Filling the gaps of a feed from where its sender repeats messages, beside the live reader and behind it. */
import { Context, log } from '@temporalio/activity';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import { listOpenGaps, recordGapProblem, type OpenGap } from '../db/feed-gaps.ts';
import { findFeed } from '../db/feeds.ts';
import type { OnApplied } from '../db/ledger.ts';
import { wireNameOf } from '../domain/feeds/session.ts';
import { prepareFeed, type OpenFeed } from '../platform/feeds/open-feed.ts';
import { UNPACED, type Pace } from '../platform/pace.ts';
import type { Sql } from '../platform/postgres.ts';
import type { AtOnceFactory } from './at-once.ts';
import { withFailures } from './failures.ts';
import { fillGaps } from './feed-batch.ts';
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

/** Messages. `lost`: the sender does not have some any more, or nobody is known who repeats them. */
export type BackfillResult = { readonly filled: number; readonly open: number; readonly lost: boolean };

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
const LOCK_TIMEOUT_MS = 2000;

export function createFeedBackfillActivities({
  sql,
  feedsFile,
  timeZone,
  registerDir,
  pace = UNPACED,
  atOnce,
}: FeedBackfillDependencies) {
  const shelf = createRegisterShelf(sql, registerDir);

  /** @returns how many came, and what is the matter with the rest */
  const fill = async (
    feed: string,
    gap: OpenGap,
    { open, judge, acknowledge, onApplied }: FillTools,
  ): Promise<{ readonly filled: number; readonly problem: ErrorFacts | null }> => {
    const signal = Context.current().cancellationSignal;
    const wire = wireNameOf(gap.session);
    const source = open({ shard: wire, offset: gap.from }, () => undefined);
    const about = { feed, session: gap.session, from: gap.from, to: gap.to - 1 };
    let next = gap.from;
    let filled = 0;
    let heardAt = performance.now();
    try {
      while (next < gap.to) {
        signal.throwIfAborted();
        const read = await source.read({ max: BATCH_MAX, waitMs: WAIT_MS, lingerMs: LINGER_MS });
        const [first] = read;
        if (first === undefined) {
          const { state, problem } = source.status();
          if (state !== 'ended' && performance.now() - heardAt < PATIENCE_MS) continue;
          const reason = problem?.code ?? state;
          return {
            filled,
            problem: { code: 'feed.gap-unfilled', params: { ...about, ms: PATIENCE_MS, reason } },
          };
        }
        heardAt = performance.now();
        if (first.position.offset > next) {
          const actual = first.position.offset;
          return { filled, problem: { code: 'feed.gap-lost', params: { ...about, actual } } };
        }
        const judged = await judge(read.filter(({ position }) => position.offset < gap.to));
        next = read.at(-1)!.position.offset + 1;
        const store = () =>
          sql.begin(async (tx) => {
            await tx`select set_config('lock_timeout', ${`${LOCK_TIMEOUT_MS}ms`}, true)`;
            return fillGaps(tx, { feed, session: gap.session }, judged, onApplied);
          });
        const late = await pace.measure(sql, store, signal);
        filled += late.length;
        // Told here once; who misses it has them told again by asking for them again.
        if (acknowledge) await source.acknowledge(late.map((message) => answerOf(wire, message)));
      }
      return { filled, problem: null };
    } catch (error) {
      // The source has stopped: a login that is refused, another session.
      if (!(error instanceof TainError)) throw error;
      const reason = error.code;
      return {
        filled,
        problem: { code: 'feed.gap-unfilled', params: { ...about, ms: PATIENCE_MS, reason } },
      };
    } finally {
      await source.close();
    }
  };

  return withFailures({
    /** Safe to retry: what is in the journal is not in a gap any more. */
    async fillFeedGaps(feed: string): Promise<BackfillResult> {
      let filled = 0;
      let lost = false;
      return keepBeating(
        () => ({ filled }),
        async () => {
          const row = await findFeed(sql, feed);
          if (row === null || row.wanted === 'removed') return { filled, open: 0, lost };
          const settings = await settingsOf(feedsFile, row);
          const gaps = await listOpenGaps(sql, feed);
          const note = (gap: OpenGap, problem: ErrorFacts) => recordGapProblem(sql, feed, gap, problem);
          if (settings.replay === undefined) {
            for (const gap of gaps) await note(gap, { code: 'feed.no-replay', params: { feed } });
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
            if (result.problem === null) continue;
            lost ||= result.problem.code === 'feed.gap-lost';
            log.warn('feed.gap', { ...result.problem.params, code: result.problem.code });
            await note(gap, result.problem);
          }
          return { filled, open: countMessages(await listOpenGaps(sql, feed)), lost };
        },
      );
    },
  });
}

const countMessages = (gaps: readonly OpenGap[]): number =>
  gaps.reduce((sum, { from, to }) => sum + (to - from), 0);
