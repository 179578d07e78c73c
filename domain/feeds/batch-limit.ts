/**
 * How many messages of a feed its next batch may have. A batch that took longer than a transaction may would take as long
 * again; and what made it slow may have nothing to do with it, so that a limit which was lowered rises by itself.
 */
import type { ErrorFacts } from '../../contracts/errors.ts';

export type BatchLimit = {
  /** Most messages of the next batch. */
  readonly messages: number;
  /** Why that is less than it could be; null when it is not. */
  readonly problem: ErrorFacts | null;
  /** A batch was committed; `ms` is what its transaction took. */
  took(ms: number): void;
  /** A batch of so many messages was given up, because it took too long. */
  gaveUp(messages: number, problem: ErrorFacts): void;
};

/** Committed one behind the other, each quickly, before twice as many messages are tried. */
const BATCHES_BEFORE_MORE = 8;

/**
 * @param most messages of a batch
 * @param quickMs a batch that took no longer leaves room for one of twice its size
 */
export function createBatchLimit(most: number, quickMs: number): BatchLimit {
  let messages = most;
  let problem: ErrorFacts | null = null;
  let quick = 0;
  return {
    get messages() {
      return messages;
    },
    get problem() {
      return problem;
    },
    took(ms) {
      quick = ms <= quickMs ? quick + 1 : 0;
      if (problem === null || quick < BATCHES_BEFORE_MORE) return;
      quick = 0;
      messages = Math.min(most, messages * 2);
      if (messages === most) problem = null;
    },
    gaveUp(tried, reason) {
      quick = 0;
      problem = reason;
      messages = Math.max(1, Math.min(messages, tried) >> 1);
    },
  };
}
