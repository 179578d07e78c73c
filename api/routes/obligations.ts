/** What our entities owe by when, what is nearing or missed, and what is in the way. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { MAX_OBLIGATION_DAYS } from '../../contracts/obligations.ts';
import { ObligationList, ObligationQuery } from '../../contracts/obligations.schema.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import { findMissingInputs } from '../../db/exception-causes.ts';
import { countOwed, findOldPending } from '../../db/exception-ledger.ts';
import type { DeskTables } from '../../db/exceptions.ts';
import { listDueMessages, readVerifications } from '../../db/obligations.ts';
import { addDays, dayNumber } from '../../domain/cftc/calendars/days.ts';
import { owedDays } from '../../domain/desk/daily-duties.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import {
  sayBlocking,
  viewDaily,
  viewMessages,
  viewVerifications,
  type Blocking,
} from '../views/obligations.ts';

const WEEK = 7;
/** The days behind which a daily report can be due. */
const REACH_DAYS = 10;

export function obligationRoutes({ sql, tables }: { sql: Sql; tables: DeskTables }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/obligations',
      {
        onRequest: may('obligations.read'),
        schema: {
          tags: ['desk'],
          summary: 'What is owed by when, per entity, and what is in the way',
          querystring: ObligationQuery,
          response: { 200: ObligationList, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const now = Date.now();
        const today = new Date(now).toISOString().slice(0, 10);
        const { from, to } = readRange(request.query, today);
        const language = answerLanguage(request, reply);
        const context = { entities: tables.entities, now, today, language };
        const days = owedDays(tables, addDays(from, -REACH_DAYS) ?? from, to).filter(
          ({ obligation: { dueAt } }) => isWithin(dueAt, from, to),
        );
        const begun = days.filter(({ date }) => date <= today);
        const of = (kind: string) => begun.filter((one) => one.kind === kind);
        const messages = await listDueMessages(sql, from, to);
        const gaps = {
          valuation: await countOwed(sql, 'valuation', of('valuation')),
          collateral: await countOwed(sql, 'collateral', of('collateral')),
        };
        const obligations = [
          ...viewMessages(messages, context),
          ...viewDaily(begun, gaps, context),
          ...viewVerifications(await readVerifications(sql), context),
        ];
        obligations.sort((left, right) => compare(left.dueAt ?? '~', right.dueAt ?? '~'));
        return { from, to, obligations, notCut: await findNotCut(sql, language) };
      },
    );
  };
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function isWithin(dueAt: number | null, from: string, to: string): boolean {
  const day = dueAt === null ? null : new Date(dueAt).toISOString().slice(0, 10);
  return day !== null && from <= day && day <= to;
}

/** @throws TainError obligations.range */
function readRange(query: { from?: string | undefined; to?: string | undefined }, today: string) {
  const from = query.from ?? addDays(query.to ?? today, -WEEK) ?? today;
  const weekOn = addDays(from < today ? today : from, WEEK) ?? from;
  const to = query.to ?? weekOn;
  const days = (dayNumber(to) ?? NaN) - (dayNumber(from) ?? NaN) + 1;
  if (!(days >= 1 && days <= MAX_OBLIGATION_DAYS))
    throw new TainError('obligations.range', { from, to, days });
  return { from, to };
}

async function findNotCut(sql: Sql, language: Language): Promise<Blocking[]> {
  const [pending, inputs] = await Promise.all([findOldPending(sql), findMissingInputs(sql)]);
  return [
    ...pending.causes.map(({ count, params }) =>
      sayBlocking('pending-swap', { count, example: String(params['swap']) }, language),
    ),
    ...inputs.causes.map(({ count, params }) =>
      sayBlocking('missing-input', { count, example: `${params['date']} ${params['name']}` }, language),
    ),
  ];
}
