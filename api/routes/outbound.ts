/** What leaves and what comes back: deliveries, messages with their answers, and what somebody decides about both. */
import type { Client } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import * as schema from '../../contracts/outbound.schema.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import { findDeliveryOverview, listDeliveries } from '../../db/deliveries.ts';
import { giveUpDelivery, retryDelivery } from '../../db/delivery-decisions.ts';
import { acknowledgeMessage, giveUpMessage, withdrawMessage } from '../../db/message-decisions.ts';
import { readMessage, resubmitMessage } from '../../db/outbound-messages.ts';
import { listSessions } from '../../db/outbound-sessions.ts';
import type { Sql } from '../../platform/postgres.ts';
import { startLifecycle } from '../../platform/temporal.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { viewDelivery, viewOutboundMessage, viewSessions } from '../views/outbound.ts';

/** What somebody decides about a delivery or a message, with a reason. */
const decision = <Params, View>(summary: string, description: string, params: Params, view: View) => ({
  tags: ['outbound'],
  summary,
  description,
  params,
  querystring: NoQuery,
  body: schema.OutboundChangeBody,
  response: { 200: view, ...PROBLEMS },
});
const decisionOnDelivery = (summary: string, description: string) =>
  decision(summary, description, schema.DeliveryParams, schema.DeliveryView);
const decisionOnMessage = (summary: string, description: string) =>
  decision(summary, description, schema.MessageParams, schema.OutboundMessageView);

export function outboundRoutes({ sql, client }: { sql: Sql; client: Client }): FastifyPluginAsyncZod {
  const show = async (id: string, language: Language): Promise<schema.OutboundMessageView> => {
    const message = await readMessage(sql, id);
    if (message === null) throw new TainError('message.not-found', { message: id });
    return viewOutboundMessage(message, language);
  };

  return async (app) => {
    app.get(
      '/v1/deliveries',
      {
        onRequest: may('outbound.read'),
        schema: {
          tags: ['outbound'],
          summary: 'Files on their way to targets, and what they were answered',
          querystring: schema.DeliveryQuery,
          response: { 200: schema.DeliveryList, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const language = answerLanguage(request, reply);
        const [deliveries, sessions] = await Promise.all([
          listDeliveries(sql, request.query),
          listSessions(sql),
        ]);
        return {
          deliveries: deliveries.map((row) => viewDelivery(row, language)),
          sessions: viewSessions(sessions, language),
        };
      },
    );

    app.post(
      '/v1/deliveries/:delivery/retry',
      {
        onRequest: may('outbound.operate'),
        schema: decisionOnDelivery(
          'Try a delivery again that has failed',
          'Records that have a verdict keep it; the others are sent again under their ids. A file that is gone or changed ' +
            'is written again from its messages, if they give the bytes that were written.',
        ),
      },
      async (request, reply) => {
        const { delivery: deliveryId } = request.params;
        const { sub: actor, role } = request.user;
        await retryDelivery(sql, deliveryId, { actor, role }, request.body.reason);
        const delivery = (await findDeliveryOverview(sql, deliveryId))!;
        // One that waits for others is begun by its day.
        if (delivery.before === null) {
          const workflowId = LIFECYCLES.delivery.workflowId(deliveryId);
          await startLifecycle(client, 'delivery', {
            workflowId,
            args: [{ deliveryId }],
            summary: 'tried again',
          });
        }
        return viewDelivery(delivery, answerLanguage(request, reply));
      },
    );

    app.post(
      '/v1/deliveries/:delivery/give-up',
      {
        onRequest: may('outbound.operate'),
        schema: decisionOnDelivery(
          'End a delivery that gets no answer, or cannot be made',
          'What was sent and has no verdict counts as refused and can be resubmitted; what was not sent leaves with the day ' +
            'that is cut next. Files that wait for this one follow.',
        ),
      },
      async (request, reply) => {
        const { delivery: deliveryId } = request.params;
        const { sub: actor, role } = request.user;
        await giveUpDelivery(sql, deliveryId, { actor, role }, request.body.reason);
        return viewDelivery((await findDeliveryOverview(sql, deliveryId))!, answerLanguage(request, reply));
      },
    );

    app.get(
      '/v1/messages/:message',
      {
        onRequest: may('outbound.read'),
        schema: {
          tags: ['outbound'],
          summary: 'One outgoing message with all answers on it',
          params: schema.MessageParams,
          querystring: NoQuery,
          response: { 200: schema.OutboundMessageView, ...PROBLEMS },
        },
      },
      async (request, reply) => show(request.params.message, answerLanguage(request, reply)),
    );

    app.post(
      '/v1/messages/:message/resubmit',
      {
        onRequest: may('outbound.operate'),
        schema: decisionOnMessage(
          'Send again what was refused, as a message of its own',
          'A NEWT takes the terms of a correction that waits for it. The answer is the new message; what waits for the ' +
            'refused one waits for it.',
        ),
      },
      async (request, reply) => {
        const { sub: actor, role } = request.user;
        const id = await resubmitMessage(sql, request.params.message, { actor, role }, request.body.reason);
        return show(id, answerLanguage(request, reply));
      },
    );

    const decideOnMessage = (
      word: string,
      texts: readonly [summary: string, description: string],
      decide: typeof giveUpMessage,
    ): void =>
      void app.post(
        `/v1/messages/:message/${word}`,
        { onRequest: may('outbound.operate'), schema: decisionOnMessage(...texts) },
        async (request, reply) => {
          const { sub: actor, role } = request.user;
          const { message } = request.params;
          await decide(sql, message, { actor, role }, request.body.reason);
          return show(message, answerLanguage(request, reply));
        },
      );
    decideOnMessage(
      'give-up',
      [
        'Say that no answer will come on a message that was sent',
        'It counts as refused from then on, and can be resubmitted; a verdict that comes before that takes the place of ' +
          'this word.',
      ],
      giveUpMessage,
    );
    decideOnMessage(
      'acknowledge',
      [
        'Say that the repository has a message that was sent or refused',
        'It said so to somebody, or refused the message as one that it has. What waits for it is let go; a verdict that ' +
          'comes later and says otherwise is named, and changes nothing.',
      ],
      acknowledgeMessage,
    );
    decideOnMessage(
      'withdraw',
      [
        'Say that nothing takes the place of a message that was refused or is held',
        'A later message has put it right, or the repository must not have it. What waits for a refused NEWT goes with it.',
      ],
      withdrawMessage,
    );
  };
}
