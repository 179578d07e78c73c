import { appendFile, readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { createDueStart } from '../../activities/cftc-day-deliveries.ts';
import { giveUpDelivery, retryDelivery } from '../../db/delivery-decisions.ts';
import { useDatabase } from '../support/database.ts';
import { swaps, useDeliveries } from '../support/deliveries.ts';
import { changeOf, DATE, recordOf, startDelivery, useOutbound } from '../support/outbound.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const database = useDatabase();
const temporal = useTemporal();
const outbound = useOutbound(database);
const { prepare, deliver, handleOf, deliveryRow } = useDeliveries(database, temporal, outbound);
const BY = { actor: 'olga', role: 'operator' } as const;

describe('a delivery', () => {
  it("writes a file that is gone or changed again on an operator's word, if it is what was written", async () => {
    const receiver = await outbound.receive();
    const { deliveryId, written } = await prepare(swaps(3), receiver);
    await database.sql`update outbound_message set leaves_on = business_date, leaves_version = 1`;
    const content = await readFile(written.path);
    await appendFile(written.path, 'x');
    expect(await deliver(deliveryId)).toMatchObject({ problem: { code: 'outbox.changed' } });
    await retryDelivery(database.sql, deliveryId, BY, 'somebody wrote into it');
    // What does not lead to the same bytes is not sent.
    const [moved] = await database.sql`
      update outbound_message set leaves_on = null, leaves_version = null
      where message_id = (select max(message_id) from outbound_message) returning message_id`;
    expect(await deliver(deliveryId)).toMatchObject({ problem: { code: 'outbox.not-rebuilt' }, sent: 0 });
    expect((await readFile(written.path)).at(-1)).toBe('x'.charCodeAt(0));
    // A message that left with a later day stays in the file.
    await database.sql`
      insert into outbox_moved (message_id, leaves_on, leaves_version)
      select message_id, business_date, 1 from outbound_message where message_id = ${moved!['message_id'] as string}`;
    await rm(written.path);
    await retryDelivery(database.sql, deliveryId, BY, 'and now it is gone');
    expect(await deliver(deliveryId)).toMatchObject({ state: 'answered', acknowledged: 6 });
    expect(await readFile(written.path)).toEqual(content);
    const audit = await database.sql`select subject from audit_log where action = 'delivery.file-rebuilt'`;
    expect(audit).toEqual([{ subject: deliveryId }]);
  });

  it('sends all records without a verdict again when a file that was refused is tried again', async () => {
    const receiver = await outbound.receive();
    receiver.behave({ late: true });
    const { deliveryId, name } = await prepare(swaps(3), receiver);
    await withWorker(temporal, outbound.deliveries(), async () => {
      const ended = startDelivery(temporal, deliveryId);
      await until(async () => {
        const [row] = await database.sql`
          select count(*)::integer as count from outbound_message where state = 'sent' and received_at is not null`;
        expect(row).toEqual({ count: 6 });
      });
      receiver.behave({ late: false });
      receiver.say({ kind: 'file', subject: name, verdict: 'refused', issues: [] });
      expect(await ended).toMatchObject({ state: 'failed', problem: { code: 'delivery.file-refused' } });
    });
    await retryDelivery(database.sql, deliveryId, BY, 'they have mended it');
    expect(await deliveryRow()).toMatchObject({ state: 'waiting', next_record: 1, round: 2 });
    await withWorker(temporal, outbound.deliveries(), async () => {
      void startDelivery(temporal, deliveryId).catch(() => undefined);
      await until(async () => expect(receiver.truth().repeats).toBe(6));
      // It may have come to its end by then.
      await handleOf(deliveryId)
        .terminate('end of the test')
        .catch(() => undefined);
    });
  });

  it('is given up by an operator when no answer comes: what was sent counts as refused', async () => {
    const receiver = await outbound.receive();
    receiver.behave({ stalls: true });
    const { deliveryId } = await prepare(swaps(2), receiver, { answerMs: 300 });
    await withWorker(temporal, outbound.deliveries(), async () => {
      const ended = startDelivery(temporal, deliveryId);
      await until(async () => expect(await deliveryRow()).toMatchObject({ state: 'silent' }));
      await giveUpDelivery(database.sql, deliveryId, BY, 'they do not answer');
      expect(await ended).toMatchObject({ state: 'given-up', refused: 4 });
    });
    expect(await deliveryRow()).toMatchObject({ state: 'given-up', problem_code: null });
    const again = () => giveUpDelivery(database.sql, deliveryId, BY, 'they do not answer');
    await expect(again()).rejects.toMatchObject({ code: 'delivery.not-begun' });
    const [audit] =
      await database.sql`select actor, reason from audit_log where action = 'delivery.given-up'`;
    expect(audit).toEqual({ actor: 'olga', reason: 'they do not answer' });
  });

  it('lets what was not sent leave with the next day when it is given up, and what follows a NEWT behind it', async () => {
    const receiver = await outbound.receive();
    const { deliveryId, messages } = await prepare([recordOf(1), changeOf(1, 5)], receiver);
    const { sql } = database;
    await sql`update outbound_message set leaves_on = business_date, leaves_version = 1`;
    await sql`update delivery set state = 'failed', started_at = now()`;
    await giveUpDelivery(sql, deliveryId, BY, 'they take no files today');
    const rows = await sql`select action, state, held_by, leaves_on from outbound_message order by ordinal`;
    expect(rows).toEqual([
      { action: 'NEWT', state: 'pending', held_by: null, leaves_on: null },
      { action: 'MODI', state: 'held', held_by: messages[0]!.id, leaves_on: null },
    ]);
  });

  it('is started again when somebody has ended its workflow', async () => {
    const receiver = await outbound.receive();
    receiver.behave({ stalls: true });
    const { deliveryId } = await prepare(swaps(1), receiver);
    await withWorker(temporal, outbound.deliveries(), async () => {
      void startDelivery(temporal, deliveryId).catch(() => undefined);
      await until(async () => expect(await deliveryRow()).toMatchObject({ state: 'sent' }));
      await handleOf(deliveryId).terminate('somebody ended it');
      await createDueStart({ sql: database.sql, client: temporal.client })(DATE, 1);
      receiver.behave({ stalls: false });
      expect(await handleOf(deliveryId).result()).toMatchObject({ state: 'answered', acknowledged: 2 });
    });
  });
});
