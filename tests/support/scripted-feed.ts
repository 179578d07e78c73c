/** A feed that does what a test tells it to, connection by connection. */
import { afterEach } from '@jest/globals';
import type { Consumer } from '../../demo/feed/consumer.ts';
import { listenForConsumers } from '../../demo/feed/listen.ts';

/**
 * @param asked the sequence number that the reader wants
 * @param connection of how many it is the last one
 */
export type FeedScript = (consumer: Consumer, asked: number, connection: number) => Promise<void>;

const HEARTBEAT_MS = 50;
const SILENCE_MS = 5000;

export function useScriptedFeeds() {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** Starts a feed. @returns its port */
  return async (script: FeedScript): Promise<number> => {
    let connections = 0;
    const feed = await listenForConsumers(
      { port: 0, heartbeatMs: HEARTBEAT_MS, silenceMs: SILENCE_MS },
      {
        login: ({ sequence }, consumer) => {
          connections += 1;
          void script(consumer, Math.max(1, sequence), connections);
        },
        told: () => undefined,
        left: () => undefined,
      },
    );
    closing.push(feed.close);
    return feed.port;
  };
}
