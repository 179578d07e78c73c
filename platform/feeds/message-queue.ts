/** Messages between a connection and its reader: as many as the reader asks for, and a word when there is room. */
import type { FeedMessage, ReadRequest } from './feed-source.ts';

export type MessageQueue = {
  readonly length: number;
  /** The first of them; undefined when there is none. */
  readonly first: FeedMessage | undefined;
  push(message: FeedMessage): void;
  /** Nothing more will come: reads do not wait any longer. */
  finish(): void;
  take(request: ReadRequest): Promise<readonly FeedMessage[]>;
};

/** @param onTaken told after messages were taken */
export function createMessageQueue(onTaken: () => void): MessageQueue {
  let messages: FeedMessage[] = [];
  let finished = false;
  let wake: (() => void) | null = null;
  let enough = 1;
  let isReading = false;

  const waitFor = (count: number, ms: number): Promise<void> => {
    if (finished || messages.length >= count || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      enough = count;
      wake = done;
    });
  };

  return {
    get length() {
      return messages.length;
    },
    get first() {
      return messages[0];
    },
    push(message) {
      messages.push(message);
      if (messages.length >= enough) wake?.();
    },
    finish() {
      finished = true;
      wake?.();
    },
    async take({ max, waitMs, lingerMs = 0 }) {
      if (isReading) throw new Error('A feed is read by one reader at a time.');
      isReading = true;
      try {
        await waitFor(1, waitMs);
        if (messages.length > 0) await waitFor(max, lingerMs);
        const taken = messages.slice(0, max);
        messages = messages.slice(max);
        onTaken();
        return taken;
      } finally {
        isReading = false;
      }
    },
  };
}
