/**
 * Reading a feed: while one batch is being committed the next is read and judged. Memory is bounded by the source's
 * queue and two batches; a database that cannot keep up holds the socket.
 */
import type { ConsumerEnd, FeedState } from '../contracts/feeds.ts';
import { ERRORS, TainError, type ErrorFacts } from '../contracts/errors.ts';
import type { OnApplied } from '../db/ledger.ts';
import { readJournal, readJournalFrom } from '../db/feed-journal.ts';
import { beginSession, endSession, keepSession, labelOf, type FeedRow } from '../db/feeds.ts';
import type { BatchLimit } from '../domain/feeds/batch-limit.ts';
import { findGaps, partsOf, sortOut } from '../domain/feeds/sort-messages.ts';
import type { FeedEvent, FeedMessage, FeedPosition } from '../platform/feeds/feed-source.ts';
import type { OpenFeed } from '../platform/feeds/open-feed.ts';
import type { Sql } from '../platform/postgres.ts';
import { answerAgain, answerAltered, answerOf, openAnswerDesk } from './feed-answers.ts';
import { eventsOf, storeBatch, type FeedBatch } from './feed-batch.ts';
import type { FeedJudge, JudgedFeedMessage } from './feed-judge.ts';
import { openFeedMeter } from './feed-meter.ts';

export type ReaderRequest = {
  readonly sql: Sql;
  /** The claimed feed. */
  readonly row: FeedRow;
  readonly open: OpenFeed;
  readonly judge: FeedJudge;
  /** Told of events that become applied, in the transaction of their batch. */
  readonly onApplied?: OnApplied | undefined;
  /** Is the sender told what became of its messages? */
  readonly acknowledge: boolean;
  /** Why gaps cannot be filled; null when they can be. */
  readonly gapProblem: ErrorFacts | null;
  /** Of this feed, whoever reads it. */
  readonly limit: BatchLimit;
  readonly lingerMs: number;
  readonly handOverMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReaderProgress) => void;
  /** A gap was committed that can be filled. */
  readonly onGap: () => void;
};

export type ReaderProgress = { readonly session: string; readonly next: number; readonly messages: number };

/** How long a read waits for a first message: bounds how late an order is followed. */
const WAIT_MS = 100;
/** Most bytes of a batch, and what an issue takes of them. */
const BATCH_BYTES = 4 * 1024 ** 2;
const ISSUE_BYTES = 400;
/** So many messages of a session that has ended are compared when its sender offers it again. */
const COMPARED_MOST = 1000;
/** Answers per statement that are looked up again for a sender that was not told of them. */
const ANSWERS_PER_READ = 500;

/**
 * Reads a feed until it is told otherwise, hands over, or its session ends.
 * @throws TainError of a feed that needs somebody's decision; feed.superseded
 * @throws the signal's reason when it is aborted; what was committed stays
 */
export async function readFeed(request: ReaderRequest): Promise<ConsumerEnd> {
  const { sql, row, signal, judge, lingerMs, limit, onApplied } = request;
  const attempt = { feed: row.feed, epoch: row.epoch };
  const startedTick = performance.now();
  const from: FeedPosition | null =
    row.session === null || row.session_ended || row.takes_any
      ? null
      : { shard: row.session, offset: row.next_sequence };
  let wire = from?.shard ?? null;
  let label = from === null ? null : labelOf(row);
  /** Behind the last message that is committed, and behind the last one that is on its way there. */
  let next = from?.offset ?? 1;
  let taken = next;
  let messages = 0;
  /** The sender has nothing but the session that has ended. */
  let isOver = false;
  let hasCompared = false;
  let compared = 0;
  /** Whatever session is on was to be taken, and it is the one that is read. */
  let isSame = false;
  /** Messages that came again with other content, since one did with the same. */
  let alteredInARow = 0;
  /** Behind a gap behind which nothing has come yet. */
  let announced: number | null = null;
  /** Why a batch was not committed; looked at without waiting for another one. */
  let failure: { readonly error: unknown } | null = null;

  const observe = (event: FeedEvent): void => {
    if (event.type === 'connected') {
      const isKnown = from === null && event.next.shard === row.session;
      if (isKnown && row.session_ended) isOver = true;
      else if (isKnown) isSame = true;
      else desk.connected(event.next.offset < event.asked);
    }
    if (event.type === 'gap') announced = event.to;
  };
  const source = request.open(from, observe);
  const desk = openAnswerDesk(
    request.acknowledge ? source : null,
    from === null ? 1 : row.next_answer,
    signal,
  );
  const meter = openFeedMeter(sql, attempt, () => {
    const status = source.status();
    return { ...status, problem: status.problem ?? limit.problem };
  });
  let committing: Promise<void> = Promise.resolve();

  /** Batches are stored one behind the other: each knows what those before it met. */
  const commit = async (read: Omit<FeedBatch, 'alteredInARow'>, isGap: boolean): Promise<void> => {
    const batch = { ...read, alteredInARow };
    const startedTick = performance.now();
    const stored = await storeBatch(sql, batch).catch((error: unknown) => {
      if (error instanceof TainError && error.code === 'feed.batch-slow')
        limit.gaveUp(batch.messages.length + batch.repeated.length, {
          code: error.code,
          params: error.params,
        });
      throw error;
    });
    limit.took(performance.now() - startedTick);
    meter.committed(batch.messages.length + batch.repeated.length);
    next = batch.to;
    messages += batch.messages.length;
    request.onProgress({ session: batch.session.session, next, messages });
    if (isGap && batch.gapProblem === null) request.onGap();
    const told = [...stored.late, ...batch.messages].map((message) => answerOf(wire!, message));
    alteredInARow = stored.alteredInARow;
    if (stored.known.length > 0 || batch.messages.length > 0) desk.proven();
    const altered = stored.altered.map((sequence) => answerAltered(wire!, sequence));
    await desk.tell([...stored.known.map((known) => answerAgain(wire!, known)), ...altered, ...told]);
  };
  const restarted = (): TainError =>
    new TainError('feed.session-restarted', {
      feed: row.feed,
      session: row.session ?? wire!,
      last: next - 1,
    });

  /** Takes messages that were read; returns when they are being committed and what came before is. */
  const take = async (judged: readonly JudgedFeedMessage[]): Promise<void> => {
    const { messages, repeated } = sortOut(taken, judged);
    const gaps = findGaps(taken, messages);
    const session = { feed: row.feed, session: label! };
    // All that can be done ahead is done while the batch before is being committed.
    const events = eventsOf(session, messages);
    const to = messages.at(-1)?.sequence ?? taken - 1;
    const { gapProblem } = request;
    const batch = {
      attempt,
      session,
      from: taken,
      to: to + 1,
      messages,
      events,
      gaps,
      gapProblem,
      repeated,
      onApplied,
    };
    taken = to + 1;
    await committing;
    committing = commit({ ...batch, nextAnswer: desk.next }, gaps.length > 0);
    committing.catch((error: unknown) => void (failure = { error }));
  };

  /** The first message of a session that was not known before. */
  const enter = async (shard: string): Promise<void> => {
    if (shard === wire) return;
    const began = await beginSession(sql, attempt, shard);
    if (began === null) throw new TainError('feed.superseded', attempt);
    [wire, label, next, taken] = [shard, began, 1, 1];
  };

  /** Takes a gap behind which nothing has come, once all that came before has been read. */
  const takeAnnounced = async (): Promise<void> => {
    await committing;
    const to: number | null = announced;
    announced = null;
    if (to === null) return;
    await enter(source.status().next!.shard);
    if (to <= next) return;
    const session = { feed: row.feed, session: label! };
    const rest = {
      messages: [],
      events: [],
      repeated: [],
      gapProblem: request.gapProblem,
      nextAnswer: desk.next,
    };
    taken = to;
    await commit({ attempt, session, from: next, to, gaps: [{ from: next, to }], ...rest }, true);
  };

  const endIfDue = async (): Promise<ConsumerEnd['ended'] | null> => {
    const orders = meter.orders();
    if (orders !== null && orders.epoch !== row.epoch) throw new TainError('feed.superseded', attempt);
    if (orders !== null && orders.wanted !== 'running') return orders.wanted;
    if (isOver && hasCompared) return 'session-ended';
    if (isSame) {
      // From where it was left, which only the next login can ask for.
      if (!(await keepSession(sql, attempt))) throw new TainError('feed.superseded', attempt);
      return 'handed-over';
    }
    if (performance.now() - startedTick > request.handOverMs) return 'handed-over';
    if (source.status().state !== 'ended' || source.status().queued > 0) return null;
    if (isOver) return 'session-ended';
    await committing;
    // A session without a message is one as well, and its messages may be all that are missing.
    await enter(source.status().next!.shard);
    await takeAnnounced();
    if (!(await endSession(sql, attempt, next))) throw new TainError('feed.superseded', attempt);
    return 'session-ended';
  };

  let ending: FeedState = 'waiting';
  try {
    await tellUntold(request, desk, wire, label);
    for (;;) {
      signal.throwIfAborted();
      if (failure !== null) throw (failure as { readonly error: unknown }).error;
      const ended = await endIfDue();
      if (ended !== null) {
        await committing;
        ending =
          ended === 'paused' || ended === 'removed'
            ? 'paused'
            : ended === 'session-ended'
              ? 'ended'
              : 'waiting';
        return { ended, messages };
      }
      const read = await source.read({ max: limit.messages, waitMs: WAIT_MS, lingerMs });
      if (isSame) continue;
      if (isOver) {
        if (await beganAnew(sql, row, read)) {
          next = row.next_sequence;
          throw restarted();
        }
        compared += read.length;
        hasCompared = read.length === 0 || compared >= COMPARED_MOST;
        continue;
      }
      if (read.length === 0) {
        if (announced !== null) await takeAnnounced();
        continue;
      }
      meter.read(read);
      await enter(read[0]!.position.shard);
      const most = { messages: limit.messages, bytes: BATCH_BYTES };
      for (const part of partsOf(await judge(read), most, sizeOf)) await take(part);
    }
  } catch (error) {
    if (error instanceof TainError && !ERRORS[error.code].retryable) ending = 'stopped';
    throw error;
  } finally {
    await committing.catch(() => undefined);
    await desk.settled();
    await source.close();
    await meter.close(ending);
  }
}

const sizeOf = ({ bytes, verdict }: JudgedFeedMessage): number =>
  bytes.length + verdict.issues.length * ISSUE_BYTES;

/** Is a session that has ended, and that its sender offers again, another one under the same name? */
async function beganAnew(sql: Sql, row: FeedRow, read: readonly FeedMessage[]): Promise<boolean> {
  if (read.length === 0) return false;
  const session = { feed: row.feed, session: labelOf(row)! };
  const offsets = read.map(({ position }) => position.offset);
  const known = new Map(
    (await readJournal(sql, session, offsets)).map(({ sequence, raw }) => [sequence, raw]),
  );
  return read.some(({ position: { offset }, bytes }) => {
    const raw = known.get(offset);
    // Nothing follows behind its end; what is missing before it says nothing.
    return raw === undefined ? offset >= row.next_sequence : !raw.equals(bytes);
  });
}

/** Messages that an attempt before this one committed, and whose sender it could not tell any more. */
async function tellUntold(
  { sql, row, acknowledge }: ReaderRequest,
  desk: ReturnType<typeof openAnswerDesk>,
  wire: string | null,
  label: string | null,
): Promise<void> {
  if (!acknowledge || wire === null || label === null) return;
  for (let at = row.next_answer; at < row.next_sequence;) {
    const rows = await readJournalFrom(sql, { feed: row.feed, session: label }, at, ANSWERS_PER_READ);
    if (rows.length === 0) return;
    await desk.tell(rows.map((known) => answerAgain(wire, known)));
    at = rows.at(-1)!.sequence + 1;
  }
}
