/** The summary of a day as a page for people. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { NoQuery } from '../../contracts/files.schema.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import { SUMMARY_EN } from '../../contracts/texts/summary-en.ts';
import { SUMMARY_KO } from '../../contracts/texts/summary-ko.ts';
import { DayParams } from '../../contracts/verification.schema.ts';
import { readDayFacts } from '../../db/day-summary.ts';
import type { DeskTables } from '../../db/exceptions.ts';
import { renderDaySummary } from '../../domain/reports/day-summary.ts';
import { SUMMARY_STYLE } from '../../domain/reports/day-summary-style.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';

const TEXTS = { en: SUMMARY_EN, ko: SUMMARY_KO };

/** The page runs nothing and loads nothing: its one style sheet is named by its hash. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(SUMMARY_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

export function daySummaryRoutes({
  sql,
  tables,
}: {
  readonly sql: Sql;
  readonly tables: DeskTables;
}): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/days/:date/summary.html',
      {
        onRequest: may('days.read'),
        schema: {
          tags: ['reports'],
          summary: 'What happened on a day and what needs a person, as a page with pictures',
          params: DayParams,
          querystring: NoQuery,
          response: { 200: z.string().describe('HTML, with nothing loaded from elsewhere.'), ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const facts = await readDayFacts(sql, request.params.date, Date.now(), tables);
        const language = answerLanguage(request, reply);
        const { problem } = facts;
        const words = problem && describeError(problem.code, problem.params, language);
        const page = renderDaySummary(facts, {
          texts: TEXTS[language],
          problem: words && { what: words.detail, next: words.help },
        });
        return reply
          .type('text/html; charset=utf-8')
          .header('content-security-policy', POLICY)
          .header('cache-control', 'no-store')
          .send(page);
      },
    );
  };
}
