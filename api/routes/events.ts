/** What changes, as it changes: the audit log as server-sent events. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { EventHeaders, EventQuery, EventStream } from '../../contracts/events.schema.ts';
import { lastAuditSeq } from '../../db/audit.ts';
import type { Sql } from '../../platform/postgres.ts';
import { openAuditTail } from '../audit-tail.ts';
import { streamEvents, type StreamRequest } from '../event-stream.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';

const MAX_STREAMS = 100;
const MAX_STREAMS_OF_CALLER = 10;
const RETRY_AFTER_S = 5;
const HEARTBEAT_MS = 15_000;
/** How long a client may take to read the end of its stream when the API stops. */
const FAREWELL_MS = 1000;

type Place = Omit<StreamRequest, 'heartbeatMs' | 'stallMs'>;

export type EventRouteDependencies = {
  readonly sql: Sql;
  /** How long a client may leave unread what waits for it; a connection that is silent for so long is closed. */
  readonly clientTimeoutMs: number;
};

export function eventRoutes({ sql, clientTimeoutMs }: EventRouteDependencies): FastifyPluginAsyncZod {
  const tail = openAuditTail(sql);
  const stop = new AbortController();
  /** The answers under way, and whose they are. */
  const streams = new Map<ServerResponse, string>();

  function checkRoom(caller: string, reply: FastifyReply): void {
    const own = [...streams.values()].filter((other) => other === caller).length;
    const isFull = streams.size >= MAX_STREAMS;
    if (own < MAX_STREAMS_OF_CALLER && !isFull) return;
    reply.header('retry-after', RETRY_AFTER_S);
    throw isFull
      ? new TainError('events.full', { limit: MAX_STREAMS })
      : new TainError('events.too-many', { limit: MAX_STREAMS_OF_CALLER });
  }

  function open(caller: string, reply: FastifyReply, asked: Place): FastifyReply {
    const out = new PassThrough();
    const gone = new AbortController();
    const unfollow = tail.follow();
    streams.set(reply.raw, caller);
    reply.raw.once('close', () => {
      streams.delete(reply.raw);
      unfollow();
      gone.abort();
    });
    const heartbeatMs = Math.min(HEARTBEAT_MS, clientTimeoutMs / 3);
    const request = { ...asked, heartbeatMs, stallMs: clientTimeoutMs };
    streamEvents(out, tail, request, AbortSignal.any([stop.signal, gone.signal])).then(
      () => out.end(),
      (error: Error) => out.destroy(error),
    );
    return reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(out);
  }

  return async (app) => {
    app.addHook('preClose', async () => {
      stop.abort();
      const ended = Promise.all([...streams.keys()].map((stream) => once(stream, 'close')));
      const timer = setTimeout(() => {
        for (const stream of streams.keys()) stream.destroy();
      }, FAREWELL_MS);
      await ended;
      clearTimeout(timer);
    });

    app.get(
      '/v1/events',
      {
        onRequest: may('audit.read'),
        // Its answer has no end.
        exposeHeadRoute: false,
        schema: {
          tags: ['audit'],
          summary: 'Changes and downloads as they are noted, as server-sent events',
          description:
            'One event per entry of the audit log, none left out and none twice: `id` is its number, `event` its action, ' +
            '`data` an Event as JSON. Whoever comes back with Last-Event-ID is told what came meanwhile.',
          querystring: EventQuery,
          headers: EventHeaders,
          response: { 200: EventStream, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { sub, role, expiresAt } = request.user;
        const { actions, subject } = request.query;
        const last = await lastAuditSeq(sql);
        // A client that went away meanwhile would be waited for in vain: its connection is closed already.
        if (reply.raw.destroyed) return reply.hijack();
        const known = request.headers['last-event-id'];
        const after = known ? Number(known) : (request.query.after ?? last);
        if (after > last) throw new TainError('events.ahead', { after, last });
        const caller = `${role} ${sub}`;
        checkRoom(caller, reply);
        return open(caller, reply, { after, actions, subject, expiresAt });
      },
    );
  };
}
