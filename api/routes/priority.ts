/** What is held back so that realtime stays fast, why, since when, and an operator's say in it. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import { EndOverrideBody, OverrideBody, PriorityView } from '../../contracts/priority.schema.ts';
import { endOverride, overrideGovernor, readGovernor } from '../../db/governor.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { viewPriority } from '../views/priority.ts';

export function priorityRoutes({ sql }: { sql: Sql }): FastifyPluginAsyncZod {
  return async (app) => {
    const schema = {
      tags: ['operations'],
      querystring: NoQuery,
      response: { 200: PriorityView, ...PROBLEMS },
    };

    app.get(
      '/v1/priority',
      {
        onRequest: may('priority.read'),
        schema: { ...schema, summary: 'What is held back for realtime, and why' },
      },
      async (request, reply) => viewPriority(await readGovernor(sql), answerLanguage(request, reply)),
    );

    app.post(
      '/v1/priority/override',
      {
        onRequest: may('priority.override'),
        schema: {
          ...schema,
          summary: 'Hold or release by force, for some time',
          description:
            'The governor follows within about a second; it goes on watching, and decides again at the end.',
          body: OverrideBody,
        },
      },
      async (request, reply) => {
        const { action, reason, minutes } = request.body;
        const { sub, role } = request.user;
        await overrideGovernor(sql, { actor: sub, role }, { kind: action, why: reason, minutes });
        return viewPriority(await readGovernor(sql), answerLanguage(request, reply));
      },
    );

    app.delete(
      '/v1/priority/override',
      {
        onRequest: may('priority.override'),
        schema: { ...schema, summary: 'Let the governor decide again', body: EndOverrideBody },
      },
      async (request, reply) => {
        const { sub, role } = request.user;
        if (!(await endOverride(sql, { actor: sub, role }, request.body.reason)))
          throw new TainError('priority.not-overridden');
        return viewPriority(await readGovernor(sql), answerLanguage(request, reply));
      },
    );
  };
}
