/** Streams of server-sent events that are open: how many there may be, and their end when the API stops. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough, type Writable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { TainError } from '../contracts/errors.ts';

const MAX_STREAMS = 100;
const MAX_STREAMS_OF_CALLER = 10;
const RETRY_AFTER_S = 5;
const HEARTBEAT_MS = 15_000;
/** How long a client may take to read the end of its stream when the API stops. */
const FAREWELL_MS = 1000;

/** Limits of each stream, in ms. */
export type StreamLimits = {
  /** Something is sent at least so often, so that nobody between takes the connection for dead. */
  readonly heartbeatMs: number;
  /** How long a client may take to read what waits for it. */
  readonly stallMs: number;
};

type EventDesk = {
  /** Ends all streams: for before the API closes. */
  close(): Promise<void>;
  /**
   * Answers with a stream for as long as `run` writes to it.
   * @throws TainError events.full, events.too-many
   */
  open(
    caller: string,
    reply: FastifyReply,
    run: (out: Writable, limits: StreamLimits, signal: AbortSignal) => Promise<void>,
  ): FastifyReply;
};

/** @param clientTimeoutMs how long a client may leave unread what waits for it */
export function openEventDesk(clientTimeoutMs: number): EventDesk {
  const stop = new AbortController();
  /** The answers under way, and whose they are. */
  const streams = new Map<ServerResponse, string>();
  const limits = { heartbeatMs: Math.min(HEARTBEAT_MS, clientTimeoutMs / 3), stallMs: clientTimeoutMs };

  function checkRoom(caller: string, reply: FastifyReply): void {
    const own = [...streams.values()].filter((other) => other === caller).length;
    const isFull = streams.size >= MAX_STREAMS;
    if (own < MAX_STREAMS_OF_CALLER && !isFull) return;
    reply.header('retry-after', RETRY_AFTER_S);
    throw isFull
      ? new TainError('events.full', { limit: MAX_STREAMS })
      : new TainError('events.too-many', { limit: MAX_STREAMS_OF_CALLER });
  }

  return {
    async close() {
      stop.abort();
      const ended = Promise.all([...streams.keys()].map((stream) => once(stream, 'close')));
      const timer = setTimeout(() => {
        for (const stream of streams.keys()) stream.destroy();
      }, FAREWELL_MS);
      await ended;
      clearTimeout(timer);
    },

    open(caller, reply, run) {
      checkRoom(caller, reply);
      const out = new PassThrough();
      const gone = new AbortController();
      streams.set(reply.raw, caller);
      reply.raw.once('close', () => {
        streams.delete(reply.raw);
        gone.abort();
      });
      run(out, limits, AbortSignal.any([stop.signal, gone.signal])).then(
        () => out.end(),
        (error: Error) => out.destroy(error),
      );
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(out);
    },
  };
}
