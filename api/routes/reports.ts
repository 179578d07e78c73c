/** Reports on demand: asked for, followed, fetched, cancelled. They belong to whoever asked for them. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Actor } from '../../contracts/audit.ts';
import { TainError } from '../../contracts/errors.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { REPORT_KINDS } from '../../contracts/on-demand-report.ts';
import * as schema from '../../contracts/on-demand-report.schema.ts';
import { SEES_ALL_REPORTS } from '../../contracts/policy.ts';
import { REPORT_TITLES } from '../../contracts/texts/report-titles.ts';
import { endReport, expireReport, findReport, listReports, type ReportRow } from '../../db/reports.ts';
import { REPORTS } from '../../domain/reports/definitions.ts';
import type { Sql } from '../../platform/postgres.ts';
import { checkRole, orderReport } from '../order-report.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { sendReport } from '../send-report.ts';
import { viewReport } from '../views/reports.ts';

/** The row says it already: a server that does not answer keeps nobody waiting. */
const CANCEL_DEADLINE_MS = 2000;

export type ReportRouteDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly dataDir: string;
};

export function reportRoutes(dependencies: ReportRouteDependencies): FastifyPluginAsyncZod {
  const { sql, client, dataDir } = dependencies;
  const callerOf = ({ user }: FastifyRequest): Actor => ({ actor: user.sub, role: user.role });
  const seesAll = ({ user }: FastifyRequest): boolean => SEES_ALL_REPORTS.includes(user.role);

  /** What somebody else asked for is as if it were not there. */
  const find = async (request: FastifyRequest, id: string): Promise<ReportRow> => {
    const row = await findReport(sql, id);
    if (row === null || (row.owner !== request.user.sub && !seesAll(request)))
      throw new TainError('report.not-found', { report: id });
    // Who asked may be less by now than he was.
    checkRole(row.kind, request.user.role);
    return row;
  };

  return async (app) => {
    app.get(
      '/v1/report-kinds',
      {
        onRequest: may('reports.read'),
        schema: {
          tags: ['reports'],
          summary: 'What reports there are: what each asks for, its columns, its order',
          querystring: NoQuery,
          response: { 200: schema.ReportKindList, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const titles = REPORT_TITLES[answerLanguage(request, reply)];
        const kinds = REPORT_KINDS.map((kind) => {
          const { columns, roles, filters, takes, days, takesKnownAt, order } = REPORTS[kind];
          const lists = { columns: [...columns], roles: [...roles], filters: { ...filters } };
          return { kind, title: titles[kind], takes, days, takesKnownAt, order, ...lists };
        });
        return { kinds };
      },
    );

    app.post(
      '/v1/reports',
      {
        onRequest: may('reports.order'),
        schema: {
          tags: ['reports'],
          summary: 'Ask for a report; the same request finds the same report',
          description:
            'Answered when the report is accepted: 202 while it is made, 200 when it is there already. A report is the ' +
            'same as long as nothing became known since; give knownAt for one that stays the same for good.',
          querystring: NoQuery,
          body: schema.ReportBody,
          response: { 200: schema.ReportView, 202: schema.ReportView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const row = await orderReport({ sql, client }, request.body, callerOf(request));
        return reply
          .code(row.state === 'ready' ? 200 : 202)
          .header('location', `/v1/reports/${row.report_id}`)
          .send(viewReport(row, answerLanguage(request, reply)));
      },
    );

    app.get(
      '/v1/reports',
      {
        onRequest: may('reports.read'),
        schema: {
          tags: ['reports'],
          summary: 'Your reports, newest first; admins and operators see those of everybody',
          querystring: schema.ReportQuery,
          response: { 200: schema.ReportPage, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { cursor, limit } = request.query;
        const owner = seesAll(request) ? null : request.user.sub;
        const rows = await listReports(sql, { owner, before: cursor, limit });
        const language = answerLanguage(request, reply);
        const next = rows.length === limit ? rows.at(-1)!.report_id : null;
        return { reports: rows.map((row) => viewReport(row, language)), next };
      },
    );

    const onReport = (summary: string) => ({
      tags: ['reports'],
      summary,
      params: schema.ReportParams,
      querystring: NoQuery,
    });

    app.get(
      '/v1/reports/:id',
      {
        onRequest: may('reports.read'),
        schema: {
          ...onReport('One report, and how far it is'),
          response: { 200: schema.ReportView, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        viewReport(await find(request, request.params.id), answerLanguage(request, reply)),
    );

    app.delete(
      '/v1/reports/:id',
      {
        onRequest: may('reports.order'),
        schema: {
          ...onReport('Cancel a report that is being made, or remove the file of one that is ready'),
          response: { 200: schema.ReportView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { report_id: id, attempt } = await find(request, request.params.id);
        // The row first: from here on no attempt can finish it. That the attempt stops sooner is a courtesy.
        await endReport(sql, id, null, callerOf(request), attempt);
        await client
          .withDeadline(Date.now() + CANCEL_DEADLINE_MS, () =>
            client.workflow.getHandle(LIFECYCLES.onDemandReport.workflowId(id, attempt)).cancel(),
          )
          .catch((error: unknown) => request.log.info({ err: error }, 'report.cancel'));
        const file = await expireReport(sql, id, callerOf(request));
        if (file !== null) await rm(path.join(dataDir, file), { force: true });
        return viewReport((await findReport(sql, id))!, answerLanguage(request, reply));
      },
    );

    app.get(
      '/v1/reports/:id/file',
      {
        onRequest: may('reports.read'),
        // A download is noted: one that sends nothing would be noted for nothing.
        exposeHeadRoute: false,
        schema: {
          ...onReport('The file of a report, or a range of its bytes'),
          response: { 200: schema.ReportFile, 206: schema.ReportFile, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        sendReport({ sql, dataDir }, await find(request, request.params.id), request, reply),
    );
  };
}
