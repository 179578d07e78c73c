/** What changes, as it changes: the audit log as server-sent events. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { EventHeaders, EventQuery, EventStream } from '../../contracts/events.schema.ts';
import { lastAuditSeq } from '../../db/audit.ts';
import type { Sql } from '../../platform/postgres.ts';
import { openAuditTail } from '../audit-tail.ts';
import { openEventDesk } from '../event-desk.ts';
import { streamEvents } from '../event-stream.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';

export type EventRouteDependencies = {
  readonly sql: Sql;
  /** How long a client may leave unread what waits for it; a connection that is silent for so long is closed. */
  readonly clientTimeoutMs: number;
};

export function eventRoutes({ sql, clientTimeoutMs }: EventRouteDependencies): FastifyPluginAsyncZod {
  const tail = openAuditTail(sql);
  const desk = openEventDesk(clientTimeoutMs);

  return async (app) => {
    app.addHook('preClose', () => desk.close());

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
        return desk.open(`${role} ${sub}`, reply, async (out, limits, signal) => {
          const unfollow = tail.follow();
          try {
            await streamEvents(out, tail, { after, actions, subject, expiresAt }, limits, signal);
          } finally {
            unfollow();
          }
        });
      },
    );
  };
}
