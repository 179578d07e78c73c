/** The ledger: swaps and portfolios, and the life of one with the sources of all of its events. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { folderAt, parseFolderDate } from '../../contracts/folders.ts';
import * as schema from '../../contracts/swaps.schema.ts';
import { listSwaps, readOrigins, readSwap } from '../../db/swaps.ts';
import type { Subject } from '../../domain/swaps/swap-event.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { readAsOf, viewEvents, viewState, viewSummary } from '../views/swaps.ts';

const formatCursor = ({ kind, key }: Subject): string => `${kind}/${key}`;

function parseCursor(cursor: string): Subject {
  const [kind = ''] = cursor.split('/', 1);
  return { kind: kind as Subject['kind'], key: cursor.slice(kind.length + 1) };
}

export function swapRoutes({ sql, timeZone }: { sql: Sql; timeZone: string }): FastifyPluginAsyncZod {
  const today = (): string => parseFolderDate(folderAt(Date.now(), timeZone))!;

  return async (app) => {
    app.get(
      '/v1/swaps',
      {
        onRequest: may('swaps.read'),
        schema: {
          tags: ['swaps'],
          summary: 'Swaps and portfolios, in the order of their keys',
          querystring: schema.SwapQuery,
          response: { 200: schema.SwapPage, ...PROBLEMS },
        },
      },
      async ({ query: { cursor, ...filter } }) => {
        const after = cursor === undefined ? undefined : parseCursor(cursor);
        const { rows, next } = await listSwaps(sql, { ...filter, after });
        const date = today();
        return { swaps: rows.map((row) => viewSummary(row, date)), next: next && formatCursor(next) };
      },
    );

    app.get(
      '/v1/swaps/:uti',
      {
        onRequest: may('swaps.read'),
        schema: {
          tags: ['swaps'],
          summary: 'One swap or portfolio with its history, now or as it was',
          params: schema.SwapParams,
          querystring: schema.SwapViewQuery,
          response: { 200: schema.SwapView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { uti } = request.params;
        const { kind, asOf = null, after, limit } = request.query;
        const stored = await readSwap(sql, uti, kind);
        if (stored === null) throw new TainError('swap.not-found', { key: uti });
        const reading = readAsOf(stored, asOf);
        const start =
          after === undefined ? 0 : 1 + reading.events.findIndex((one) => one.stored.event.place === after);
        if (after !== undefined && start === 0)
          throw new TainError('request.invalid', {
            detail: `querystring.after: ${JSON.stringify(after)} is the place of no event of ${uti}`,
          });
        const page = reading.events.slice(start, start + limit);
        const origins = await readOrigins(
          sql,
          page.map((one) => one.stored),
        );
        const isLast = start + page.length === reading.events.length;
        return {
          key: stored.subject.key,
          asOf,
          ...viewState(reading, asOf ?? today()),
          history: viewEvents(page, origins, answerLanguage(request, reply)),
          next: isLast ? null : page.at(-1)!.stored.event.place,
        };
      },
    );
  };
}
