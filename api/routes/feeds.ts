/** Feeds: how each is doing, its messages with their verdicts, and what an operator wants of it. */
import type { Client } from '@temporalio/client';
import type { FastifyRequest } from 'fastify';
import type { TransactionSql } from 'postgres';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import type { FeedOperation } from '../../contracts/feeds.ts';
import * as schema from '../../contracts/feeds.schema.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import {
  countAltered,
  countRecentVerdicts,
  findFeedOverview,
  listFeedOverviews,
  listGaps,
  listLatencies,
  listMessages,
  type FeedOverviewRow,
} from '../../db/feed-views.ts';
import { labelOf } from '../../db/feeds.ts';
import type { Sql } from '../../platform/postgres.ts';
import { operateFeed } from '../operate-feed.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { viewFeed, viewFeedDetail, viewMessage } from '../views/feeds.ts';

const SHOWN_GAPS = 100;
const SHOWN_MINUTES = 60;
/** Verdicts of that many messages are counted where one feed is shown. */
const COUNTED_MESSAGES = 10_000;

export function feedRoutes({ sql, client }: { sql: Sql; client: Client }): FastifyPluginAsyncZod {
  const find = async (feed: string, tx: Sql | TransactionSql = sql): Promise<FeedOverviewRow> => {
    const row = await findFeedOverview(tx, feed);
    if (!row) throw new TainError('feed.not-found', { feed });
    return row;
  };

  return async (app) => {
    app.get(
      '/v1/feeds',
      {
        onRequest: may('feeds.read'),
        schema: {
          tags: ['feeds'],
          summary: 'Feeds and how they are doing',
          querystring: NoQuery,
          response: { 200: schema.FeedList, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const language = answerLanguage(request, reply);
        return { feeds: (await listFeedOverviews(sql)).map((row) => viewFeed(row, language)) };
      },
    );

    app.get(
      '/v1/feeds/:feed',
      {
        onRequest: may('feeds.read'),
        schema: {
          tags: ['feeds'],
          summary: 'One feed with its gaps and latencies',
          params: schema.FeedParams,
          querystring: NoQuery,
          response: { 200: schema.FeedDetail, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { feed } = request.params;
        // Of one moment: what is journalled and what is counted of it agree.
        const findings = await sql.begin('isolation level repeatable read read only', async (tx) => {
          const row = await find(feed, tx);
          const [gaps, altered, recent, latencies] = await Promise.all([
            listGaps(tx, feed, SHOWN_GAPS),
            countAltered(tx, feed),
            countRecentVerdicts(tx, feed, labelOf(row) ?? '', COUNTED_MESSAGES),
            listLatencies(tx, feed, SHOWN_MINUTES),
          ]);
          return { row, gaps, altered, recent, latencies };
        });
        return viewFeedDetail(findings, answerLanguage(request, reply));
      },
    );

    app.get(
      '/v1/feeds/:feed/messages',
      {
        onRequest: may('feeds.read'),
        schema: {
          tags: ['feeds'],
          summary: 'Journalled messages of a session, in their order',
          params: schema.FeedParams,
          querystring: schema.MessageQuery,
          response: { 200: schema.MessagePage, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { params, query } = request;
        const row = await find(params.feed);
        const session = query.session ?? labelOf(row) ?? '';
        const { messages, next } = await listMessages(sql, params.feed, { ...query, session });
        const language = answerLanguage(request, reply);
        return { messages: messages.map((message) => viewMessage(message, language)), next };
      },
    );

    const operate = async (request: FastifyRequest, operation: FeedOperation, wish: { reason: string }) => {
      const { feed } = request.params as schema.FeedParams;
      const { wanted } = await find(feed);
      if (wanted === 'removed') throw new TainError('feed.not-configured', { feed, file: 'TAIN_FEEDS_FILE' });
      const by = { actor: request.user.sub, role: request.user.role };
      const intent = await operateFeed(client, feed, operation, { ...wish, by });
      return { state: intent.wanted, reason: intent.reason, by: intent.by, since: intent.since };
    };
    const operation = (summary: string) => ({
      tags: ['feeds'],
      summary,
      description: 'The answer comes when the supervisor of the feed has taken it over.',
      params: schema.FeedParams,
      querystring: NoQuery,
      response: { 200: schema.FeedWantedView, ...PROBLEMS },
    });

    app.post(
      '/v1/feeds/:feed/pause',
      {
        onRequest: may('feeds.operate'),
        schema: {
          ...operation('Pause a feed until it is resumed; nothing is lost meanwhile'),
          body: schema.FeedChangeBody,
        },
      },
      (request) => operate(request, 'pause', request.body),
    );

    app.post(
      '/v1/feeds/:feed/resume',
      {
        onRequest: may('feeds.operate'),
        schema: {
          ...operation('Let a feed run that is paused or has stopped'),
          body: schema.FeedResumeBody,
        },
      },
      (request) => operate(request, 'resume', request.body),
    );

    app.post(
      '/v1/feeds/:feed/reconfigure',
      {
        onRequest: may('feeds.operate'),
        schema: {
          ...operation('Read the configuration of a feed again and connect anew'),
          body: schema.FeedChangeBody,
        },
      },
      (request) => operate(request, 'reconfigure', request.body),
    );
  };
}
