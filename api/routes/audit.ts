/** The audit log: who did what to which file. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { AuditPage, AuditQuery } from '../../contracts/audit.schema.ts';
import { listAudit } from '../../db/audit.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';

export function auditRoutes({ sql, timeZone }: { sql: Sql; timeZone: string }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/audit',
      {
        onRequest: may('audit.read'),
        schema: {
          tags: ['audit'],
          summary: 'Changes and downloads, newest first',
          querystring: AuditQuery,
          response: { 200: AuditPage, ...PROBLEMS },
        },
      },
      async ({ query: { cursor, ...filter } }) => {
        const rows = await listAudit(sql, { ...filter, timeZone, before: cursor });
        const entries = rows.map(({ at, prev_hash, ...row }) => ({
          ...row,
          at: at.toISOString(),
          prevHash: prev_hash,
        }));
        return { entries, next: rows.length === filter.limit ? rows.at(-1)!.seq : null };
      },
    );
  };
}
