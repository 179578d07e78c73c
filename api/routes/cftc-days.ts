/** CFTC days: how each is doing, its files, and what an operator wants of it. */
import type { Client } from '@temporalio/client';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Actor } from '../../contracts/audit.ts';
import type { DayOperation, DayWaiver } from '../../contracts/cftc-day.ts';
import * as schema from '../../contracts/cftc-day.schema.ts';
import { TainError } from '../../contracts/errors.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { auditDownload } from '../../db/audit.ts';
import { findDayFindings, listDays, type DayFindings } from '../../db/day-views.ts';
import { requireDay } from '../../db/days.ts';
import { findOutboxFile, listOutboxFiles } from '../../db/outbox-files.ts';
import type { Sql } from '../../platform/postgres.ts';
import { operateDay, runDay, type DayRules } from '../operate-day.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { proveDayFile, sendDayFile } from '../send-day-file.ts';
import { viewDay, viewDayFiles } from '../views/days.ts';

export type CftcDayRouteDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly dataDir: string;
  readonly rules: DayRules;
};

const whoAsks = ({ user }: FastifyRequest): Actor => ({ actor: user.sub, role: user.role });

export function cftcDayRoutes({
  sql,
  client,
  dataDir,
  rules,
}: CftcDayRouteDependencies): FastifyPluginAsyncZod {
  const find = async (date: string): Promise<DayFindings> => {
    const findings = await findDayFindings(sql, date);
    if (findings === null) throw new TainError('day.not-found', { date });
    return findings;
  };

  return async (app) => {
    app.get(
      '/v1/days',
      {
        onRequest: may('days.read'),
        schema: {
          tags: ['days'],
          summary: 'CFTC days with their steps, newest first',
          querystring: schema.DayQuery,
          response: { 200: schema.DayPage, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { cursor, limit } = request.query;
        const language = answerLanguage(request, reply);
        const days = await listDays(sql, { before: cursor, limit });
        const next = days.length === limit ? days.at(-1)!.day.business_date : null;
        return { days: days.map((findings) => viewDay(findings, language)), next };
      },
    );

    app.get(
      '/v1/days/:date',
      {
        onRequest: may('days.read'),
        schema: {
          tags: ['days'],
          summary: 'One day: inputs, counts, messages, what keeps it from going on',
          params: schema.BusinessDayParams,
          querystring: NoQuery,
          response: { 200: schema.DayView, ...PROBLEMS },
        },
      },
      async (request, reply) => viewDay(await find(request.params.date), answerLanguage(request, reply)),
    );

    app.post(
      '/v1/days/:date/run',
      {
        onRequest: may('days.operate'),
        schema: {
          tags: ['days'],
          summary: 'Run a day: nothing happens when it runs already',
          params: schema.BusinessDayParams,
          querystring: NoQuery,
          body: schema.DayRunBody,
          response: { 202: schema.DayRunResult, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { date } = request.params;
        const { reason } = request.body;
        await runDay(
          { client, sql },
          { date, by: whoAsks(request), ...(reason !== undefined && { reason }) },
          rules,
        );
        const workflowId = LIFECYCLES.cftcDay.workflowId(date);
        return reply.code(202).header('location', `/v1/days/${date}`).send({ date, workflowId });
      },
    );

    const operate = async (
      request: FastifyRequest,
      operation: DayOperation,
      change: Omit<DayWaiver, 'by' | 'name'> & { readonly name?: string },
    ): Promise<DayFindings> => {
      const { date } = request.params as { date: string };
      await requireDay(sql, date);
      await operateDay(client, date, operation, { ...change, by: whoAsks(request) });
      return find(date);
    };
    const operation = (summary: string) => ({
      tags: ['days'],
      summary,
      description: 'The answer comes when the day has taken it over.',
      params: schema.BusinessDayParams,
      querystring: NoQuery,
      response: { 200: schema.DayView, ...PROBLEMS },
    });

    app.post(
      '/v1/days/:date/waive',
      {
        onRequest: may('days.operate'),
        schema: { ...operation('Let a day be cut without an input'), body: schema.DayWaiveBody },
      },
      async (request, reply) =>
        viewDay(await operate(request, 'waive', request.body), answerLanguage(request, reply)),
    );

    app.post(
      '/v1/days/:date/close',
      {
        onRequest: may('days.operate'),
        schema: {
          ...operation('Close a day that has nothing to report, is incomplete, or is sent nowhere'),
          body: schema.DayChangeBody,
        },
      },
      async (request, reply) =>
        viewDay(await operate(request, 'close', request.body), answerLanguage(request, reply)),
    );

    app.post(
      '/v1/days/:date/reopen',
      {
        onRequest: may('days.operate'),
        schema: {
          ...operation('Open a day again as its next version; only where nothing of it was sent'),
          body: schema.DayChangeBody,
        },
      },
      async (request, reply) =>
        viewDay(await operate(request, 'reopen', request.body), answerLanguage(request, reply)),
    );

    app.get(
      '/v1/days/:date/files',
      {
        onRequest: may('days.read'),
        schema: {
          tags: ['days'],
          summary: 'The files of a day, as they were written',
          params: schema.BusinessDayParams,
          querystring: NoQuery,
          response: { 200: schema.DayFileList, ...PROBLEMS },
        },
      },
      async (request) => {
        const { date } = request.params;
        const { version } = await requireDay(sql, date);
        return viewDayFiles(date, version, await listOutboxFiles(sql, date, version));
      },
    );

    app.get(
      '/v1/days/:date/files/:name',
      {
        onRequest: may('days.download'),
        // A download is noted: one that sends nothing would be noted for nothing.
        exposeHeadRoute: false,
        schema: {
          tags: ['days'],
          summary: 'One file of a day; its hash is looked at first',
          params: schema.DayFileParams,
          querystring: NoQuery,
          response: { 200: schema.DayFileContent, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { date, name } = request.params;
        const file = await findOutboxFile(sql, date, name);
        if (file === null) throw new TainError('day.file-not-found', { date, name });
        const place = await proveDayFile(dataDir, file);
        await auditDownload(sql, request.user, date, name, 'day.downloaded');
        return sendDayFile(place, file, reply);
      },
    );
  };
}
