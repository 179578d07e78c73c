/**
 * A TCP session feed as a FeedSource: logs in behind the last message that came, connects again by itself, and names
 * what a sender does with sequence numbers. What it has queued is not asked for again.
 */
import { ERRORS, TainError, type ErrorFacts } from '../../contracts/errors.ts';
import { encodeAnswer } from '../../domain/feeds/answers.ts';
import type { FeedEvent, FeedPosition, FeedSource, SourceState } from './feed-source.ts';
import { createMessageQueue } from './message-queue.ts';
import { connectSession, type SessionConnection } from './session-connection.ts';
import type { SessionSettings } from './session-settings.ts';

/** A session that takes messages as well: what is told of a feed is one kind of them. */
export type TcpSession = FeedSource & {
  /** @returns how many were handed to a connection that stands */
  send(messages: readonly Uint8Array[]): Promise<number>;
};

/** Sequence number of the first message of a session. */
const FIRST = 1;

/**
 * Opens a TCP session feed; it begins to connect at once.
 * @param from the next sequence number that is wanted, and its session; null: the session that is on, from 1
 * @param observe told of what happens to the connection; it must not throw
 * @throws RangeError when user, password or session do not fit into a login
 */
export function openTcpSession(
  settings: SessionSettings,
  from: FeedPosition | null,
  observe: (event: FeedEvent) => void,
): TcpSession {
  const { feed } = settings;
  let state: SourceState = 'connecting';
  let problem: ErrorFacts | null = null;
  let attempts = 0;
  let connection: SessionConnection | null = null;
  let retry: NodeJS.Timeout | undefined;
  /** Behind the last message that came, and behind the last one that was read. */
  let wanted = from;
  let handedOut = from;
  /** Number of the next message of this connection; below `wanted` after the sender went back. */
  let counter = 0;

  /** Since when reading is behind: what still lies in a socket that was held came at a time that nobody saw. */
  let behindSince: number | null = null;

  const queue = createMessageQueue(() => {
    if (queue.length === 0) behindSince = null;
    connection?.hold(queue.length >= settings.queueMax);
  });
  const holdWhenFull = (): void => {
    if (queue.length < settings.queueMax) return;
    behindSince ??= performance.now();
    connection?.hold(true);
  };
  const isOver = (): boolean => state === 'closed' || state === 'stopped' || state === 'ended';

  const accept = (session: string, sequence: number): ErrorFacts | null => {
    if (wanted !== null && session !== wanted.shard) {
      return { code: 'feed.session-changed', params: { feed, expected: wanted.shard, actual: session } };
    }
    const next = wanted?.offset ?? FIRST;
    if (sequence < next && sequence <= FIRST) {
      return { code: 'feed.session-restarted', params: { feed, session, last: next - 1 } };
    }
    state = 'connected';
    problem = null;
    counter = sequence;
    wanted = { shard: session, offset: Math.max(next, sequence) };
    handedOut ??= { shard: session, offset: next };
    // Not before the login: its answer has to be read.
    holdWhenFull();
    observe({ type: 'connected', next: { shard: session, offset: sequence }, asked: next });
    if (sequence > next) observe({ type: 'gap', shard: session, from: next, to: sequence });
    if (sequence < next) observe({ type: 'regressed', shard: session, from: next, to: sequence });
    return null;
  };

  const receive = (bytes: Uint8Array): void => {
    const { shard, offset } = wanted!;
    const repeated = counter < offset;
    queue.push({
      position: { shard, offset: counter },
      bytes,
      receivedAt: settings.now(),
      receivedTick: performance.now(),
      repeated,
    });
    counter += 1;
    if (!repeated) {
      wanted = { shard, offset: counter };
      attempts = 0;
    }
    holdWhenFull();
  };

  const end = (): void => {
    state = 'ended';
    queue.finish();
    observe({ type: 'ended', shard: wanted!.shard, next: wanted!.offset });
  };

  const lose = (found: ErrorFacts): void => {
    connection = null;
    problem = found;
    const isFinal = !ERRORS[found.code].retryable;
    const retryInMs = isFinal
      ? null
      : Math.min(settings.retryMs * 2 ** Math.max(0, attempts - 1), settings.retryMaxMs);
    state = isFinal ? 'stopped' : 'waiting';
    if (retryInMs === null) queue.finish();
    else retry = setTimeout(connect, retryInMs);
    observe({ type: 'disconnected', problem: found, retryInMs });
  };

  const connect = (): void => {
    if (isOver()) return;
    state = 'connecting';
    attempts += 1;
    const request = { session: wanted?.shard ?? '', sequence: wanted?.offset ?? FIRST };
    connection = connectSession(settings, request, {
      accepted: accept,
      message: receive,
      ended: end,
      failed: lose,
      lastSequence: () => (wanted?.offset ?? FIRST) - 1,
    });
  };
  connect();

  const send = async (messages: readonly Uint8Array[]): Promise<number> =>
    (await connection?.send(messages)) ?? 0;

  return {
    send,
    async read(request) {
      const messages = await queue.take(request);
      const last = messages.at(-1);
      if (last !== undefined && !last.repeated) {
        handedOut = { shard: last.position.shard, offset: last.position.offset + 1 };
      }
      if (last === undefined && state === 'stopped') throw new TainError(problem!.code, problem!.params);
      return messages;
    },
    acknowledge: (answers) => send(answers.map(encodeAnswer)),
    status: () => ({
      state,
      problem,
      next: handedOut,
      queued: queue.length,
      waitingSince: behindSince ?? queue.first?.receivedTick ?? null,
      attempts,
    }),
    async close() {
      clearTimeout(retry);
      if (!isOver()) state = 'closed';
      connection?.close();
      connection = null;
      queue.finish();
    },
  };
}
