/**
 * A feed as stream ingest reads it, whatever carries it: messages in order, each with the position behind which reading
 * can go on. A session with sequence numbers is one shard; a topic with partitions will be several.
 */
import type { ErrorFacts } from '../../contracts/errors.ts';
import type { FeedState } from '../../contracts/feeds.ts';
import type { FeedAnswer } from '../../domain/feeds/answers.ts';

/** Where a message stands: the session of a TCP feed and its sequence number, the partition of a topic and its offset. */
export type FeedPosition = { readonly shard: string; readonly offset: number };

export type FeedMessage = {
  readonly position: FeedPosition;
  /** The bytes as they came, whatever they are. */
  readonly bytes: Uint8Array;
  /** Receipt by the clock of the machine, in milliseconds since 1970; it can jump. */
  readonly receivedAt: number;
  /** Receipt in milliseconds that never jump (performance.now), to measure latency by. */
  readonly receivedTick: number;
  /**
   * Its position was handed out before: the sender went back. Whoever keeps the journal compares, and names what
   * differs; the source remembers no messages.
   */
  readonly repeated: boolean;
};

export type FeedEvent =
  /** `asked` is what was asked for: behind the last message that came. */
  | { readonly type: 'connected'; readonly next: FeedPosition; readonly asked: number }
  /** `retryInMs` is null when it is not tried again without somebody's decision. */
  | { readonly type: 'disconnected'; readonly problem: ErrorFacts; readonly retryInMs: number | null }
  /** Offsets from `from` up to, not including, `to` were asked for and not sent. */
  | { readonly type: 'gap'; readonly shard: string; readonly from: number; readonly to: number }
  /** The sender begins at `to` again although everything before `from` was handed out. */
  | { readonly type: 'regressed'; readonly shard: string; readonly from: number; readonly to: number }
  /** The sender says that nothing follows; `next` is the offset that would have. */
  | { readonly type: 'ended'; readonly shard: string; readonly next: number };

/** `ended` has delivered everything that its sender will ever send of the session; `closed` was closed by its reader. */
export type SourceState = Exclude<FeedState, 'paused'> | 'closed';

export type FeedStatus = {
  readonly state: SourceState;
  /** Why it is not connected; null while it is. */
  readonly problem: ErrorFacts | null;
  /** Behind the last message that was handed out; null before the first login of a feed without a position. */
  readonly next: FeedPosition | null;
  /** Messages that were received and wait to be read. */
  readonly queued: number;
  /**
   * Since when messages wait to be read (performance.now): receipt of the oldest, or, while reading has not caught up
   * with a socket that had to be held, the moment from which it was held. Null when none waits.
   */
  readonly waitingSince: number | null;
  /** Attempts to connect since a message last came. */
  readonly attempts: number;
};

export type ReadRequest = {
  /** Messages at most. */
  readonly max: number;
  /** How long to wait for the first message, in milliseconds. */
  readonly waitMs: number;
  /** How long to wait for more behind the first one; 0 takes what is there. */
  readonly lingerMs?: number;
};

export type FeedSource = {
  /**
   * The next messages, none when none came in time or nothing will come any more. One read at a time.
   * @throws TainError of the problem once a feed has stopped and everything before it was read
   */
  read(request: ReadRequest): Promise<readonly FeedMessage[]>;
  /**
   * Tells the sender what became of messages; only what is committed may be told.
   * @returns how many were handed to the connection; those behind them are told again after the next `connected`
   */
  acknowledge(answers: readonly FeedAnswer[]): Promise<number>;
  status(): FeedStatus;
  /** Takes leave of the sender. A read that waits gives back what there is. */
  close(): Promise<void>;
};
