import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { resubmitMessage } from '../../db/outbound-messages.ts';
import type { Receiver } from '../../demo/receiver.ts';
import { readOutboundAnswer } from '../../domain/outbound/answer.ts';
import { columnsOf } from '../../domain/reports/message-columns.ts';
import { useDatabase } from '../support/database.ts';
import { swaps, useDeliveries } from '../support/deliveries.ts';
import {
  changeOf,
  cutMessages,
  enterFile,
  recordOf,
  startDelivery,
  statesOf,
  TARGET,
  useOutbound,
  utiOf,
} from '../support/outbound.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const database = useDatabase();
const temporal = useTemporal();
const outbound = useOutbound(database);
const BY = { actor: 'olga', role: 'operator' } as const;

const { prepare, deliver, handleOf, deliveryRow } = useDeliveries(database, temporal, outbound);

const effects = async (): Promise<Record<string, number>> => {
  const rows = await database.sql<{ effect: string; count: number }[]>`
    select effect, count(*)::integer as count from outbound_answer group by effect`;
  return Object.fromEntries(rows.map(({ effect, count }) => [effect, count]));
};

/** Every message came, once or more, and was taken once. */
function expectTaken(receiver: Receiver, messages: readonly { readonly id: string }[]): void {
  const taken = [...receiver.truth().messages].map(([id, { verdict }]) => [id, verdict]);
  expect(Object.fromEntries(taken)).toEqual(Object.fromEntries(messages.map(({ id }) => [id, 'accepted'])));
}

describe('a delivery', () => {
  it('sends every record of a file and keeps every answer, byte for byte', async () => {
    const receiver = await outbound.receive();
    const { messages, deliveryId, name } = await prepare(swaps(60), receiver);
    const end = await deliver(deliveryId);

    expect(end).toEqual({ state: 'answered', problem: null, sent: 120, acknowledged: 120, refused: 0 });
    expectTaken(receiver, messages);
    expect(receiver.truth()).toMatchObject({
      repeats: 0,
      unreadable: 0,
      files: [{ file: name, verdict: 'accepted' }],
    });
    for (const { id, values } of messages) {
      const elements = Object.entries(values).filter(([slot]) =>
        columnsOf('transaction').names.includes(slot),
      );
      expect(receiver.truth().messages.get(id)!.message).toEqual({
        message: id,
        file: name,
        record: expect.any(Number) as unknown,
        part: 45,
        elements: Object.fromEntries(elements),
      });
    }
    expect(await deliveryRow()).toMatchObject({
      state: 'answered',
      file_verdict: 'accepted',
      next_record: 121,
    });
    expect(await effects()).toEqual({ applied: 241 });
    const answers = await database.sql<
      { raw: Buffer; kind: string; subject: string }[]
    >`select * from outbound_answer`;
    for (const { raw, kind, subject } of answers)
      expect(readOutboundAnswer(raw)).toMatchObject({ kind, subject });
    const audit = await database.sql`select action from audit_log where subject = ${deliveryId} order by seq`;
    expect(audit.map(({ action }) => action as string)).toEqual(['delivery.sent', 'delivery.answered']);
  });

  it('goes on when the receiver disconnects again and again, and each message is taken once', async () => {
    const receiver = await outbound.receive();
    receiver.behave({ disconnectEvery: 37 });
    const { messages, deliveryId } = await prepare(swaps(60), receiver);
    const end = await deliver(deliveryId);

    expect(end).toMatchObject({ state: 'answered', acknowledged: 120 });
    expectTaken(receiver, messages);
    expect(receiver.truth().logins.length).toBeGreaterThan(2);
  });

  it('comes to the same end when answers come twice and out of order', async () => {
    const receiver = await outbound.receive();
    receiver.behave({ twice: true, reversed: true });
    const { deliveryId } = await prepare(swaps(30), receiver);
    const end = await deliver(deliveryId);

    expect(end).toMatchObject({ state: 'answered', acknowledged: 60 });
    const { repeated, contradicts, unknown } = await effects();
    expect(repeated).toBeGreaterThan(0);
    expect([contradicts, unknown]).toEqual([undefined, undefined]);
  });

  it('says that the target is silent, and takes the answers when they come after all', async () => {
    const receiver = await outbound.receive();
    receiver.behave({ stalls: true });
    const { deliveryId } = await prepare(swaps(10), receiver, { answerMs: 300 });
    await withWorker(temporal, outbound.deliveries(), async () => {
      const ended = startDelivery(temporal, deliveryId);
      await until(async () =>
        expect(await deliveryRow()).toMatchObject({ state: 'silent', problem_code: 'delivery.silent' }),
      );
      receiver.behave({ stalls: false });
      expect(await ended).toMatchObject({ state: 'answered', acknowledged: 20 });
    });
    expect(await deliveryRow()).toMatchObject({ state: 'answered', problem_code: null });
  });

  it('waits for late verdicts, and names what contradicts, repeats or means nothing', async () => {
    const receiver = await outbound.receive();
    receiver.behave({ late: true });
    const { messages, deliveryId } = await prepare(swaps(5), receiver);
    const [first, second] = messages;
    await withWorker(temporal, outbound.deliveries(), async () => {
      const ended = startDelivery(temporal, deliveryId);
      await until(async () => expect(new Set(await statesOf(database.sql))).toEqual(new Set(['sent'])));
      receiver.behave({ late: false });
      const verdict = { kind: 'record', verdict: 'accepted', issues: [] } as const;
      receiver.say({ ...verdict, subject: first!.id });
      receiver.say({ ...verdict, subject: first!.id, verdict: 'refused' });
      receiver.say({ ...verdict, subject: '45-nobody' });
      receiver.say({ kind: 'unreadable', subject: null, verdict: null, issues: [] });
      receiver.release();
      expect(await ended).toMatchObject({ state: 'answered', acknowledged: 10, refused: 0 });
    });

    expect(await effects()).toMatchObject({ contradicts: 1, unknown: 2, repeated: 1 });
    const audit = await database.sql`select subject from audit_log where action = 'outbound.contradicted'`;
    expect(audit).toEqual([{ subject: first!.id }]);
    expect(second).toBeDefined();
  });

  it('is taken up by the next worker where it was, when one dies in the middle of a file', async () => {
    const receiver = await outbound.receive();
    const { messages, deliveryId } = await prepare(swaps(100), receiver);
    receiver.behave({ late: true });
    // A worker that is shut down cancels its activities, which commit nothing more.
    await withWorker(temporal, outbound.deliveries({ batchRecords: 7 }), async () => {
      void startDelivery(temporal, deliveryId).catch(() => undefined);
      await until(async () => expect(receiver.truth().messages.size).toBeGreaterThan(20));
    });
    receiver.behave({ late: false });
    receiver.release();
    const end = await deliver(deliveryId, 7);

    expect(end).toMatchObject({ state: 'answered', acknowledged: 200 });
    expectTaken(receiver, messages);
    expect(await deliveryRow()).toMatchObject({ epoch: 2 });
  });

  it('counts what an attempt sent that could not say so: its file has all of its records', async () => {
    const receiver = await outbound.receive();
    const { messages, deliveryId, name } = await prepare(swaps(20), receiver);
    await database.sql.unsafe(`
      create function lose_sent() returns trigger language plpgsql as $$ begin
        raise exception sqlstate '57P01' using message = 'terminating connection'; end $$;
      create trigger lose_sent before update of next_record on delivery for each row
        execute function lose_sent();`);
    await withWorker(temporal, outbound.deliveries({ batchRecords: 7 }), async () => {
      const ended = startDelivery(temporal, deliveryId);
      await until(async () => expect(receiver.truth().messages.size).toBeGreaterThan(0));
      await database.sql.unsafe('drop function lose_sent() cascade');
      expect(await ended).toMatchObject({ state: 'answered', sent: 40, acknowledged: 40 });
    });
    expectTaken(receiver, messages);
    expect(receiver.truth()).toMatchObject({ files: [{ file: name, verdict: 'accepted' }] });
    const unsaid =
      await database.sql`select from outbound_message where sent_at is null or delivery_id is null`;
    expect(unsaid).toHaveLength(0);
  });

  it('sends nothing of a file that was changed, and goes on when it is put back', async () => {
    const receiver = await outbound.receive();
    const { deliveryId, written } = await prepare(swaps(3), receiver);
    const content = await readFile(written.path);
    await appendFile(written.path, 'x');
    expect(await deliver(deliveryId)).toMatchObject({
      state: 'failed',
      problem: { code: 'outbox.changed' },
      sent: 0,
    });
    await rm(written.path);
    expect(await deliver(deliveryId)).toMatchObject({
      state: 'failed',
      problem: { code: 'outbox.vanished' },
    });
    expect(receiver.truth()).toMatchObject({ logins: [] });
    expect(await deliveryRow()).toMatchObject({ state: 'failed', problem_code: 'outbox.vanished' });

    await appendFile(written.path, content);
    expect(await deliver(deliveryId)).toMatchObject({ state: 'answered', acknowledged: 6 });
  });

  it('puts a file into a folder whole, and picks up its answers from there', async () => {
    const receiver = await outbound.receive();
    const { messages, deliveryId, name } = await prepare(swaps(3), receiver);
    const drop = path.join(outbound.folder(), 'drop');
    const target = { name: TARGET, kind: 'directory', path: drop, parts: [45] };
    await writeFile(outbound.outboundFile(), JSON.stringify({ targets: [target] }));
    await withWorker(temporal, outbound.deliveries(), async () => {
      const ended = startDelivery(temporal, deliveryId);
      await until(async () => expect(await readdir(drop)).toContain(`${name}.done`));
      await until(async () => expect(await deliveryRow()).toMatchObject({ state: 'sent' }));
      await mkdir(path.join(drop, 'answers'));
      const lines = [['file', name], ...messages.map(({ id }) => ['record', id])];
      const answers = lines.map(([kind, subject]) => `${kind},${subject},accepted,\n`);
      await writeFile(
        path.join(drop, 'answers', 'a.csv'),
        `kind,subject,verdict,issues\n${answers.join('')}`,
      );
      expect(await ended).toMatchObject({ state: 'answered', acknowledged: 6 });
    });
    expect(receiver.truth().logins).toEqual([]);
  });

  it('has sent nothing to a folder that cannot be written', async () => {
    const receiver = await outbound.receive();
    const { deliveryId } = await prepare(swaps(2), receiver);
    const drop = path.join(outbound.folder(), 'full');
    await writeFile(drop, 'no folder');
    const target = { name: TARGET, kind: 'directory', path: drop, parts: [45] };
    await writeFile(outbound.outboundFile(), JSON.stringify({ targets: [target] }));
    await withWorker(temporal, outbound.deliveries(), async () => {
      void startDelivery(temporal, deliveryId).catch(() => undefined);
      await until(async () => {
        const [session] = await database.sql`select problem_code from outbound_session`;
        expect(session).toEqual({ problem_code: 'outbound.unwritable' });
      });
      expect(new Set(await statesOf(database.sql))).toEqual(new Set(['pending']));
      await rm(drop);
      await until(async () => expect(new Set(await statesOf(database.sql))).toEqual(new Set(['sent'])));
      await handleOf(deliveryId).terminate('end of the test');
    });
  });

  it('names a target that is not configured', async () => {
    const receiver = await outbound.receive();
    const { deliveryId } = await prepare(swaps(1), receiver);
    await outbound.point(receiver, { name: 'other' });
    const { problem } = await deliver(deliveryId);
    expect(problem).toMatchObject({ code: 'outbound.target-unknown', params: { target: TARGET } });
  });
});

describe('a NEWT that is refused', () => {
  it('holds what follows it, and is sent again with the terms of the correction that waits', async () => {
    let isWrong = true;
    const issue = {
      ruleId: 'R',
      severity: 'error',
      element: '31',
      column: null,
      value: null,
      params: {},
    } as const;
    const receiver = await outbound.receive({
      refuses: ({ elements }) =>
        isWrong &&
        elements['uniqueTransactionIdentifierUti'] === utiOf(1) &&
        elements['actionType'] === 'NEWT'
          ? [issue]
          : [],
    });
    const correction = changeOf(1, 7, { actionType: 'CORR', notionalAmountLeg1: '3000000' });
    delete (correction as Record<string, unknown>)['eventType'];
    delete (correction as Record<string, unknown>)['amendmentIndicator'];
    await outbound.point(receiver);
    const messages = await cutMessages(database.sql, [recordOf(1), recordOf(2), correction, changeOf(1, 9)]);
    const [newt, other, corr, later] = messages;
    const first = await enterFile(database.sql, outbound.folder(), [newt!, other!]);

    expect(await deliver(first.deliveryId)).toMatchObject({ state: 'answered', acknowledged: 1, refused: 1 });
    const held =
      await database.sql`select message_id, held_by from outbound_message where state = 'held' order by ordinal`;
    expect(held).toEqual([corr, later].map((one) => ({ message_id: one!.id, held_by: newt!.id })));

    const id = await resubmitMessage(database.sql, newt!.id, BY, 'the amount was wrong');
    isWrong = false;
    const [again] = await database.sql`select * from outbound_message where message_id = ${id}`;
    expect(again).toMatchObject({ state: 'pending', attempt: 2, resubmits: newt!.id });
    expect(await statesOf(database.sql)).toEqual([
      'resubmitted',
      'pending',
      'resubmitted',
      'held',
      'acknowledged',
    ]);

    const values = { ...newt!.values, notionalAmountLeg1: '3000000' };
    const second = await enterFile(database.sql, outbound.folder(), [{ id, values, position: 1 }], {
      name: 'again.csv',
    });
    expect(await deliver(second.deliveryId)).toMatchObject({ state: 'answered', acknowledged: 1 });
    expect(await statesOf(database.sql)).toEqual([
      'resubmitted',
      'acknowledged',
      'resubmitted',
      'pending',
      'acknowledged',
    ]);
    const third = await enterFile(database.sql, outbound.folder(), [later!], { name: 'later.csv' });
    expect(await deliver(third.deliveryId)).toMatchObject({ state: 'answered', acknowledged: 1, refused: 0 });
    const audit = await database.sql`select reason from audit_log where action = 'message.resubmitted'`;
    expect(audit).toEqual([{ reason: 'the amount was wrong' }]);
  });
});
