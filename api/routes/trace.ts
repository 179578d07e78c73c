/** From a swap, a file or a message to the bytes that it came from, and to the answers of a repository. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TRACE_TEXTS } from '../../contracts/texts/describe-trace.ts';
import { TraceParams, TraceQuery, TraceView } from '../../contracts/trace.schema.ts';
import { readAnswersOn, readDeliveriesOf, readMessagesOf } from '../../db/outbound-views.ts';
import { readOutcomeRevisions, readTraced } from '../../db/trace.ts';
import { readStanding } from '../../db/trace-standing.ts';
import type { Sql } from '../../platform/postgres.ts';
import { locateMessages } from '../locate-messages.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { resolveTrace } from '../resolve-trace.ts';
import { viewStanding } from '../views/standing.ts';
import { viewOutboxFile, viewTraced, type TraceFacts } from '../views/trace.ts';

export function traceRoutes(context: { sql: Sql; dataDir: string }): FastifyPluginAsyncZod {
  const { sql } = context;

  return async (app) => {
    app.get(
      '/v1/trace/:id',
      {
        onRequest: may('trace.read'),
        schema: {
          tags: ['desk'],
          summary: 'From input bytes to answers: verdict, event, outcome, report line, delivery',
          description:
            'Begins at whatever is named, and shows the whole way. The lines of files are looked up in the files.',
          params: TraceParams,
          querystring: TraceQuery,
          response: { 200: TraceView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { after, limit } = request.query;
        const resolved = await resolveTrace(context, id, { after, limit });
        const { kind, places, total, name, message, outboxFile } = resolved;
        const rows = await readTraced(sql, places);
        const events = rows.flatMap(({ sourceId }, at) =>
          sourceId === null ? [] : [{ sourceId, position: places[at]!.position }],
        );
        const [outcomes, messages] = await Promise.all([
          readOutcomeRevisions(sql, events),
          readMessagesOf(sql, events),
        ]);
        const located = await locateMessages(context, messages);
        const files = [
          ...new Set([...located.values()].map(({ file }) => file.name)),
          outboxFile?.name ?? [],
        ].flat();
        const [deliveries, answers] = await Promise.all([
          readDeliveriesOf(sql, files),
          readAnswersOn(sql, [...files, ...messages.map((one) => one.id)]),
        ]);
        const language = answerLanguage(request, reply);
        const swap = ['swap', 'message', 'record'].includes(kind)
          ? rows.find((row) => row.kind === 'swap')?.key
          : null;
        const standing = swap ? await readStanding(sql, swap) : null;
        const facts: TraceFacts = {
          outcomes,
          messages,
          located,
          deliveries,
          answers,
          traced: message,
          language,
        };
        const until = Math.min(total, after + limit);
        return {
          id,
          kind,
          title: TRACE_TEXTS[language].titles[kind](name),
          outboxFile: outboxFile && viewOutboxFile(outboxFile, facts),
          standing: swap && standing ? viewStanding(swap, standing, Date.now()) : null,
          records: rows.map((row, at) => viewTraced(places[at]!, row, facts)),
          total,
          leftOut: total - rows.length,
          next: until < total ? until : null,
        };
      },
    );
  };
}
