/** The inbox at a glance: what `tain status` shows. */
import type { Client } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { InboxView, NoQuery } from '../../contracts/files.schema.ts';
import { folderAt } from '../../contracts/folders.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { countFilesByState } from '../../db/files.ts';
import { listUnreadable } from '../../db/inbox.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { waitAtMost } from '../patience.ts';
import { PROBLEMS } from '../plugins/errors.ts';

const SHOWN_UNREADABLE = 20;
/** A Temporal that does not answer must not keep the rest from being shown. */
const DESCRIBE_TIMEOUT_MS = 2000;

export type InboxRouteDependencies = {
  readonly sql: Sql;
  readonly client: Client;
  readonly dataDir: string;
  readonly timeZone: string;
};

export function inboxRoutes({
  sql,
  client,
  dataDir,
  timeZone,
}: InboxRouteDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/inbox',
      {
        onRequest: may('inbox.read'),
        schema: {
          tags: ['files'],
          summary: 'The inbox at a glance',
          querystring: NoQuery,
          response: { 200: InboxView, ...PROBLEMS },
        },
      },
      async () => {
        const [described, files, unreadable] = await Promise.all([
          describeInbox(client),
          countFilesByState(sql),
          listUnreadable(sql, SHOWN_UNREADABLE),
        ]);
        return {
          files,
          unreadable,
          workflow: described?.status.name ?? 'UNREACHABLE',
          dataDir,
          today: folderAt(Date.now(), timeZone),
        };
      },
    );
  };
}

/** Null when Temporal does not answer in time or knows of no inbox. */
async function describeInbox(client: Client) {
  const handle = client.workflow.getHandle(LIFECYCLES.inbox.workflowId());
  const described = client.withDeadline(Date.now() + DESCRIBE_TIMEOUT_MS, () => handle.describe());
  return waitAtMost(
    DESCRIBE_TIMEOUT_MS,
    described.catch(() => null),
    null,
  );
}
