/** Calls to the API server of a cluster. The client sets no deadline and never tries again: here every call does both. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiException,
  Observable,
  type ConfigurationOptions,
  type ObservableMiddleware,
} from '@kubernetes/client-node';
import { TainError } from '../contracts/errors.ts';

export type AskOptions = {
  /** What one attempt may take, in ms. */
  readonly deadlineMs?: number;
  readonly attempts?: number;
  /** Pause after the first attempt, in ms; doubled after each further one. */
  readonly firstPauseMs?: number;
  readonly signal?: AbortSignal;
};

const DEADLINE_MS = 10_000;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;
/** Credentials that are being replaced, too many requests, and servers that are going down, coming up or overtaxed. */
const WORTH_ANOTHER = [401, 429, 500, 502, 503, 504];
/** So a server refuses that was started a moment ago, with the same 403 as one that means it. */
const STARTING = 'not yet ready to handle request';

/**
 * Calls until there is an answer: a refusal is one, too. Safe for creating, as long as names are given: what an earlier
 * attempt made answers 409 then.
 * @throws ApiException for an answer that no further attempt would change; TainError job.cluster-unreachable when there
 * is none; the signal's reason when it is aborted
 */
export async function ask<Answer>(
  call: (options: ConfigurationOptions) => Promise<Answer>,
  options: AskOptions = {},
): Promise<Answer> {
  const { deadlineMs = DEADLINE_MS, attempts = ATTEMPTS, firstPauseMs = FIRST_PAUSE_MS, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(deadlineMs);
    try {
      return await call(abortedBy(signal ? AbortSignal.any([limit, signal]) : limit));
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ApiException && !isWorthAnother(error)) throw error;
      if (attempt >= attempts)
        throw new TainError(
          'job.cluster-unreachable',
          { attempts, reason: reasonOf(error) },
          { cause: error },
        );
      const pauseMs = Math.min(firstPauseMs * 2 ** (attempt - 1), MAX_PAUSE_MS);
      await sleep(Math.max(pauseMs, askedPauseMs(error)), undefined, signal && { signal }).catch(() =>
        signal?.throwIfAborted(),
      );
    }
  }
}

const isWorthAnother = ({ code, body }: ApiException<unknown>): boolean =>
  WORTH_ANOTHER.includes(code) || (code === 403 && String(body).includes(STARTING));

/** The client takes no signal; its middlewares may give one to the request. */
function abortedBy(signal: AbortSignal): ConfigurationOptions {
  const middleware: ObservableMiddleware = {
    pre: (request) => {
      request.setSignal(signal);
      return new Observable(Promise.resolve(request));
    },
    post: (response) => new Observable(Promise.resolve(response)),
  };
  return { middleware: [middleware], middlewareMergeStrategy: 'append' };
}

/** Retry-After, in ms. */
function askedPauseMs(error: unknown): number {
  if (!(error instanceof ApiException)) return 0;
  const seconds = Number((error.headers as Record<string, string | undefined>)['retry-after'] ?? 0);
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, MAX_PAUSE_MS) : 0;
}

/** What is wrong, for people: the client's own errors hide it in their cause. */
function reasonOf(error: unknown): string {
  if (error instanceof ApiException) return `HTTP ${error.code}`;
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return cause?.message ? `${message} (${cause.message})` : message;
}
