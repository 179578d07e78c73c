import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import type { DeliveryList, DeliveryView, OutboundMessageView } from '../../contracts/outbound.schema.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import { failDelivery } from '../../db/deliveries.ts';
import { storeAnswers } from '../../db/outbound-answers.ts';
import { claimSession, noteSession } from '../../db/outbound-sessions.ts';
import { encodeOutboundAnswer } from '../../domain/outbound/answer.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import {
  changeOf,
  cutMessages,
  enterFile,
  recordOf,
  useOutbound,
  type CutMessage,
} from '../support/outbound.ts';
import { runCommand } from '../support/run-command.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const outbound = useOutbound(database);
let app: FastifyInstance;
let url = '';
let messages: CutMessage[] = [];
let deliveryId = '';

beforeAll(async () => {
  app = await buildTestApp({ sql: database.sql, client: temporal.client });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

const ISSUE = {
  ruleId: 'format.decimal',
  severity: 'error',
  element: '31',
  column: null,
  value: '1x',
  params: { digits: 25, decimals: 5 },
} as const;

/** A file of two swaps; the NEWT of the first is refused. */
beforeEach(async () => {
  messages = await cutMessages(database.sql, [recordOf(1), recordOf(2), changeOf(1, 5)]);
  ({ deliveryId } = await enterFile(database.sql, outbound.folder(), messages));
  await database.sql`
    update outbound_message set delivery_id = ${deliveryId}, state = 'sent', sent_at = now() where action = 'NEWT'`;
  const session = await claimSession(database.sql, 'repository', 'D1');
  const answers = [
    { kind: 'record', subject: messages[0]!.id, verdict: 'refused', issues: [ISSUE] },
    { kind: 'record', subject: messages[1]!.id, verdict: 'accepted', issues: [] },
  ] as const;
  await storeAnswers(
    database.sql,
    session,
    answers.map((answer, index) => ({
      session: 'D1',
      sequence: index + 1,
      receivedAt: Date.now(),
      bytes: encodeOutboundAnswer(answer),
      answer,
    })),
  );
  await noteSession(database.sql, session, {
    code: 'outbound.unreachable',
    params: { target: 'r', address: 'h:1', reason: 'x' },
  });
});

const get = async <Body>(path: string, role: Role = 'viewer'): Promise<Body> =>
  (await app.inject({ method: 'GET', url: path, headers: bearer(tokenFor(role)) })).json<Body>();
const post = (path: string, payload: object, role: Role = 'operator') =>
  app.inject({ method: 'POST', url: path, headers: bearer(tokenFor(role, 'kim')), payload });

describe('the deliveries', () => {
  it('are shown with what became of their records, and with sessions in trouble', async () => {
    await database.sql`
      update outbound_message set leaves_on = '2026-11-21', leaves_version = 1, asset_class = 'IR',
        due_at = timestamptz '2026-11-25T04:59:59Z' + ordinal * interval '1 day'
          - case when state = 'acknowledged' then interval '9 days' else interval '0' end`;
    const [due] = await database.sql<[{ due: Date }]>`
      select min(due_at) as due from outbound_message where state <> 'acknowledged'`;
    const { deliveries, sessions } = await get<DeliveryList>('/v1/deliveries?date=2026-11-21');
    expect(deliveries).toMatchObject([
      {
        id: deliveryId,
        state: 'waiting',
        records: 3,
        sent: 2,
        acknowledged: 1,
        refused: 1,
        open: 0,
        kind: 'transaction',
        assetClass: 'IR',
        nextDueAt: due.due.toISOString(),
        problem: null,
      },
    ]);
    expect(sessions).toMatchObject([
      { session: 'D1', nextAnswer: 3, problem: { code: 'outbound.unreachable' } },
    ]);
    expect((await get<DeliveryList>('/v1/deliveries?state=failed')).deliveries).toEqual([]);
  });

  it('are tried again by an operator, for a reason, when they have failed', async () => {
    const path = `/v1/deliveries/${deliveryId}/retry`;
    expect((await post(path, { reason: 'once more' })).json<Problem>().code).toBe('delivery.not-failed');
    await failDelivery(database.sql, deliveryId, {
      code: 'outbox.vanished',
      params: { file: 'a.csv', path: '/gone' },
    });
    expect((await get<DeliveryList>('/v1/deliveries')).deliveries[0]!.problem!.detail).toContain('/gone');
    expect((await post(path, { reason: 'x' })).json<Problem>().code).toBe('request.invalid');
    expect((await post(path, { reason: 'it is back' }, 'viewer')).json<Problem>().code).toBe(
      'auth.forbidden',
    );

    expect((await post(path, { reason: 'it is back' })).json<DeliveryView>()).toMatchObject({
      state: 'waiting',
    });
    const handle = temporal.client.workflow.getHandle(LIFECYCLES.delivery.workflowId(deliveryId));
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate('end of the test');
    const [audit] = await database.sql`select actor, reason from audit_log where action = 'delivery.retried'`;
    expect(audit).toEqual({ actor: 'kim', reason: 'it is back' });
    expect((await post('/v1/deliveries/none/retry', { reason: 'once more' })).json<Problem>().code).toBe(
      'delivery.not-found',
    );
  });
});

describe('a message', () => {
  it('is shown with what it says, why it was refused, and every answer', async () => {
    const message = await get<OutboundMessageView>(`/v1/messages/${messages[0]!.id}`);
    expect(message).toMatchObject({
      state: 'refused',
      part: 45,
      action: 'NEWT',
      delivery: deliveryId,
      elements: { actionType: 'NEWT', reportingTimestamp: '2026-11-21T23:00:00Z' },
      answers: [{ session: 'D1', sequence: 1, kind: 'record', verdict: 'refused', effect: 'applied' }],
    });
    expect(message.issues[0]!.message).toContain('#31');
    const held = await get<OutboundMessageView>(`/v1/messages/${messages[2]!.id}`);
    expect(held).toMatchObject({ state: 'held', heldBy: messages[0]!.id });
    expect((await get<Problem>('/v1/messages/45-none')).code).toBe('message.not-found');
  });

  it('is sent again by an operator, once, for a reason', async () => {
    const path = `/v1/messages/${messages[0]!.id}/resubmit`;
    expect((await post(path, { reason: 'mended' }, 'user')).json<Problem>().code).toBe('auth.forbidden');
    const again = (await post(path, { reason: 'mended' })).json<OutboundMessageView>();
    expect(again).toMatchObject({ state: 'pending', attempt: 2, resubmits: messages[0]!.id });
    expect(await get(`/v1/messages/${messages[0]!.id}`)).toMatchObject({
      state: 'resubmitted',
      resubmittedBy: again.id,
    });
    expect(await get(`/v1/messages/${messages[2]!.id}`)).toMatchObject({ state: 'held', heldBy: again.id });
    expect((await post(path, { reason: 'mended' })).json<Problem>()).toMatchObject({
      code: 'message.not-refused',
      status: 409,
    });
  });
});

describe('what gets no answer', () => {
  it('is given up by an operator, message by message or with its delivery, for a reason', async () => {
    await database.sql`update outbound_message set state = 'sent', answered_at = null, held_by = null`;
    await database.sql`update delivery set state = 'silent', started_at = now()`;
    const path = `/v1/messages/${messages[1]!.id}/give-up`;
    expect((await post(path, { reason: 'they lost it' }, 'user')).json<Problem>().code).toBe(
      'auth.forbidden',
    );
    expect((await post(path, { reason: 'they lost it' })).json<OutboundMessageView>()).toMatchObject({
      state: 'refused',
      givenUpAt: expect.any(String) as unknown,
    });
    expect((await post(path, { reason: 'they lost it' })).json<Problem>().code).toBe('message.not-awaited');

    const whole = `/v1/deliveries/${deliveryId}/give-up`;
    expect((await post(whole, { reason: 'they are gone' }, 'viewer')).json<Problem>().code).toBe(
      'auth.forbidden',
    );
    expect((await post(whole, { reason: 'they are gone' })).json<DeliveryView>()).toMatchObject({
      state: 'given-up',
      open: 0,
      problem: null,
    });
    expect((await post(whole, { reason: 'they are gone' })).json<Problem>().code).toBe('delivery.not-begun');
    const audit = await database.sql`
      select action, actor, reason from audit_log where action like '%given-up' order by seq`;
    expect(audit).toEqual([
      { action: 'message.given-up', actor: 'kim', reason: 'they lost it' },
      { action: 'delivery.given-up', actor: 'kim', reason: 'they are gone' },
    ]);
  });
});

describe('a delivery that waits', () => {
  it('says what it waits for', async () => {
    await database.sql`
      insert into cftc_day (business_date, state, opened_by) values ('2026-11-20', 'reported', 'test')`;
    const { deliveries } = await get<DeliveryList>('/v1/deliveries');
    expect(deliveries[0]).toMatchObject({ state: 'waiting', problem: { code: 'delivery.behind-day' } });
    expect(deliveries[0]!.problem!.detail).toContain('2026-11-20');
    await database.sql`delete from cftc_day`;
  });
});

describe('the command line', () => {
  const tain = (...args: string[]) =>
    runCommand(args, { TAIN_API_URL: url, TAIN_TOKEN: tokenFor('operator', 'kim') });

  it('shows deliveries and messages, and sends again', async () => {
    const list = await tain('deliveries');
    expect(list).toMatchObject({ code: 0 });
    expect(list.stdout).toContain('sent 2 of 3 = acknowledged 1 + refused 1 + open 0');
    const shown = await tain('message', 'show', messages[0]!.id);
    expect(shown.stdout).toMatch(/refused[\s\S]*#31[\s\S]*repository D1\/1\s+record refused \(applied\)/);
    const again = await tain('message', 'resubmit', messages[0]!.id, '--reason', 'mended');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/resubmits\s+45-/) as unknown });
    await database.sql`update outbound_message set state = 'sent' where message_id = ${messages[1]!.id}`;
    expect(await tain('message', 'give-up', messages[1]!.id, '--reason', 'lost')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/refused[\s\S]*given up/) as unknown,
    });
    await database.sql`update delivery set state = 'silent'`;
    expect(await tain('deliveries', 'give-up', deliveryId, '--reason', 'lost')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('given-up') as unknown,
    });
    expect(await tain('message', 'resubmit', messages[0]!.id, '--reason', 'mended')).toMatchObject({
      code: 2,
    });
  });
});

describe('a message that was refused', () => {
  it('is called acknowledged, or withdrawn, by an operator, for a reason', async () => {
    await database.sql`update outbound_message set state = 'refused', held_by = null`;
    const say = (index: number, word: string, role?: Role) =>
      post(`/v1/messages/${messages[index]!.id}/${word}`, { reason: 'they told us' }, role);
    expect((await say(1, 'acknowledge', 'user')).json<Problem>().code).toBe('auth.forbidden');
    expect((await say(1, 'acknowledge')).json()).toMatchObject({ state: 'acknowledged' });
    const withdrawn = await post(`/v1/messages/${messages[1]!.id}/withdraw`, { reason: 'they told us' });
    expect(withdrawn.json<Problem>()).toMatchObject({ code: 'message.not-settleable', status: 409 });
    expect((await say(0, 'withdraw', 'viewer')).json<Problem>().code).toBe('auth.forbidden');
    expect((await say(0, 'withdraw')).json()).toMatchObject({ state: 'withdrawn' });
  });
});
