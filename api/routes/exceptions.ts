/** What needs a person: one per cause, with owner, deadline and what settles it. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { MAX_ITEMS, type ExceptionCause } from '../../contracts/exceptions.ts';
import * as schema from '../../contracts/exceptions.schema.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import { listExceptionItems } from '../../db/exception-items.ts';
import {
  findCauses,
  isSettled,
  noteException,
  readNotes,
  resolveException,
  takeException,
  type DeskTables,
} from '../../db/exceptions.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { viewException } from '../views/exceptions.ts';

export function exceptionRoutes({ sql, tables }: { sql: Sql; tables: DeskTables }): FastifyPluginAsyncZod {
  const findCause = async (key: string): Promise<ExceptionCause | null> => {
    const { causes } = await findCauses(sql, tables, Date.now());
    return causes.find((cause) => cause.key === key) ?? null;
  };

  /** The cause, which must be there. */
  const requireCause = async (key: string): Promise<ExceptionCause> => {
    const cause = await findCause(key);
    if (cause === null) throw new TainError('exception.not-found', { key });
    return cause;
  };

  const show = async (key: string, language: Language): Promise<schema.ExceptionState> => {
    const cause = await findCause(key);
    const note = (await readNotes(sql, [key])).get(key);
    const isThere = cause !== null && !isSettled(cause, note);
    return { key, exception: isThere ? viewException(cause, note, { now: Date.now(), language }) : null };
  };

  return async (app) => {
    app.get(
      '/v1/exceptions',
      {
        onRequest: may('exceptions.read'),
        schema: {
          tags: ['desk'],
          summary: 'What needs a person, one per cause',
          description:
            'Computed from the tables at every call: a cause that is gone is not listed, whatever was noted of it.',
          querystring: schema.ExceptionQuery,
          response: { 200: schema.ExceptionList, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { kind, mine } = request.query;
        const now = Date.now();
        const { causes, cut } = await findCauses(sql, tables, now);
        const wanted = causes.filter((cause) => kind === undefined || cause.kind === kind);
        const notes = await readNotes(
          sql,
          wanted.map(({ key }) => key),
        );
        const open = wanted.filter((cause) => !isSettled(cause, notes.get(cause.key)));
        const language = answerLanguage(request, reply);
        const exceptions = open
          .filter(({ key }) => mine !== true || notes.get(key)?.owner === request.user.sub)
          .toSorted((one, other) => (one.deadline ?? Infinity) - (other.deadline ?? Infinity) || 0)
          .map((cause) => viewException(cause, notes.get(cause.key), { now, language }));
        const more = cut.filter((one) => kind === undefined || one.kind === kind);
        return { exceptions, more, resolved: wanted.length - open.length };
      },
    );

    app.get(
      '/v1/exceptions/:key/items',
      {
        onRequest: may('exceptions.read'),
        schema: {
          tags: ['desk'],
          summary: 'What one is made of: rules and files, messages, swaps',
          params: schema.ExceptionParams,
          querystring: NoQuery,
          response: { 200: schema.ExceptionItems, ...PROBLEMS },
        },
      },
      async (request) => {
        const { key } = request.params;
        const items = await listExceptionItems(sql, await requireCause(key));
        return { key, items: items.slice(0, MAX_ITEMS), hasMore: items.length > MAX_ITEMS };
      },
    );

    const common = {
      tags: ['desk'],
      params: schema.ExceptionParams,
      querystring: NoQuery,
      response: { 200: schema.ExceptionState, ...PROBLEMS },
    };

    app.post(
      '/v1/exceptions/:key/take',
      {
        onRequest: may('exceptions.handle'),
        schema: { ...common, summary: 'Take one: it is the caller’s from now on', body: schema.TakeBody },
      },
      async (request, reply) => {
        const { key } = request.params;
        const { sub, role } = request.user;
        const { reason = '', force } = request.body;
        await takeException(sql, await requireCause(key), { by: { actor: sub, role }, reason, force });
        return show(key, answerLanguage(request, reply));
      },
    );

    app.post(
      '/v1/exceptions/:key/note',
      {
        onRequest: may('exceptions.handle'),
        schema: { ...common, summary: 'Write a note to one', body: schema.NoteBody },
      },
      async (request, reply) => {
        const { key } = request.params;
        const { sub, role } = request.user;
        const by = { actor: sub, role };
        await noteException(sql, await requireCause(key), { by, reason: request.body.note });
        return show(key, answerLanguage(request, reply));
      },
    );

    app.post(
      '/v1/exceptions/:key/resolve',
      {
        onRequest: may('exceptions.handle'),
        schema: {
          ...common,
          summary: 'Settle one by a word',
          description:
            'Of what stays in the tables for good (rejected records, conflicts, events out of order, outcomes that changed ' +
            'after a message): it comes back with the next one of it. Anything else is refused while its cause is there.',
          body: schema.ResolveBody,
        },
      },
      async (request, reply) => {
        const { key } = request.params;
        const { sub, role } = request.user;
        const by = { actor: sub, role };
        await resolveException(sql, key, await findCause(key), { by, reason: request.body.reason });
        return show(key, answerLanguage(request, reply));
      },
    );
  };
}
