/**
 * Telling a sender what became of its messages, behind their commit. What could not be told waits for the next
 * connection; a sender that does not listen slows its own feed down, and nobody else's.
 */
import { setTimeout } from 'node:timers/promises';
import type { Issue } from '../contracts/issues.ts';
import type { JournalRow } from '../db/feed-journal.ts';
import type { FeedAnswer } from '../domain/feeds/answers.ts';
import { makeIssue } from '../domain/swaps/issues.ts';
import type { FeedSource } from '../platform/feeds/feed-source.ts';
import type { JudgedFeedMessage } from './feed-judge.ts';

/** Behind so many a sender that stands there and does not take its answers is waited for. */
const MAX_WAITING = 5000;
/** How long a reader that ends waits for its last answers to be taken. */
const SETTLE_MS = 1000;
const NO_ISSUES: readonly Issue[] = [];

export type AnswerDesk = {
  /** The first message whose answer was not handed to a connection yet. */
  readonly next: number;
  /** Tells the answers to committed messages; returns at once while the sender listens. */
  tell(answers: readonly FeedAnswer[]): Promise<void>;
  /**
   * A connection stands again: what waited is told, but to a sender that went back only once it has shown that it is in
   * the session that the answers are of.
   */
  connected(wentBack: boolean): void;
  /** What came is of the session that is journalled. */
  proven(): void;
  /** What can be told within a second is told. */
  settled(): Promise<void>;
};

/**
 * @param source tells the answers; null when this feed wants none
 * @param next the first message that was not told of
 * @param signal ends the waiting for a sender
 */
export function openAnswerDesk(
  source: Pick<FeedSource, 'acknowledge'> | null,
  next: number,
  signal: AbortSignal,
): AnswerDesk {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const waiting: FeedAnswer[] = [];
  let told = next;
  let telling: Promise<void> | null = null;
  let isProven = true;

  const tellAll = async (): Promise<void> => {
    while (waiting.length > 0 && isProven) {
      const handed = await source!.acknowledge(waiting.slice());
      if (handed === 0) return;
      for (const { sequence } of waiting.splice(0, handed)) told = Math.max(told, sequence + 1);
    }
  };
  const begin = (): void => {
    if (!isProven) return;
    telling ??= tellAll().finally(() => (telling = null));
    telling.catch(() => undefined);
  };

  return {
    get next() {
      return told;
    },
    async tell(answers) {
      if (source === null) {
        for (const { sequence } of answers) told = Math.max(told, sequence + 1);
        return;
      }
      waiting.push(...answers);
      begin();
      if (waiting.length > MAX_WAITING) await Promise.race([telling, aborted]);
    },
    connected: (wentBack) => {
      isProven = !wentBack;
      if (source !== null) begin();
    },
    proven: () => {
      if (isProven) return;
      isProven = true;
      if (source !== null) begin();
    },
    settled: async () => {
      const patience = new AbortController();
      const waited = setTimeout(SETTLE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
      await Promise.race([telling?.catch(() => undefined), waited]);
      patience.abort();
    },
  };
}

export const answerOf = (wireSession: string, { sequence, verdict }: JudgedFeedMessage): FeedAnswer => ({
  session: wireSession,
  sequence,
  accepted: verdict.accepted,
  key: verdict.key,
  issues: verdict.issues,
});

/** The answer to a message that is journalled already: the one that it had. */
export const answerAgain = (wireSession: string, row: JournalRow): FeedAnswer => ({
  session: wireSession,
  sequence: row.sequence,
  accepted: row.verdict === 'accepted',
  key: row.record_key,
  issues: row.issues ?? NO_ISSUES,
});

const ALTERED: readonly Issue[] = [makeIssue('feed.altered', null, null, {})];

/** The answer to a message that says something else than the one that is journalled under its number, and stands. */
export const answerAltered = (wireSession: string, sequence: number): FeedAnswer => ({
  session: wireSession,
  sequence,
  accepted: false,
  key: null,
  issues: ALTERED,
});
