import { beforeEach, describe, expect, test } from '@jest/globals';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import type { OutboundAnswer } from '../../contracts/outbound.ts';
import { acknowledgeMessage, giveUpMessage, withdrawMessage } from '../../db/message-decisions.ts';
import { storeAnswers } from '../../db/outbound-answers.ts';
import { listUnreceived, makeMessages43 } from '../../db/outbound-live.ts';
import { resubmitMessage } from '../../db/outbound-messages.ts';
import { claimSession } from '../../db/outbound-sessions.ts';
import { encodeOutboundAnswer } from '../../domain/outbound/answer.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, cutOn, makeMessages, reportOn, tellSession } from '../support/days.ts';
import { message, uti } from '../support/swap-events.ts';

const database = useDatabase();
const cutOf = (date: string): string => `${date}T23:00:00Z`;
let sequence = 0;

beforeEach(async () => {
  await clearDays(database.sql);
  await database.sql`truncate outbound_session, outbound_answer`;
  await database.sql`
    insert into delivery (delivery_id, business_date, version, file_name, target)
    values ('monday', '2026-11-23', 1, 'monday.csv', 'repository')`;
  await tellSession(database.sql, 'ONE', [message('NEWT-TRAD', 'A', '2026-11-23T09:00:00')]);
});

async function answer(subject: string, verdict: 'accepted' | 'refused', target = 'repository') {
  const session = await claimSession(database.sql, target, 'D1');
  const given = { kind: 'record', subject, verdict, issues: [] } satisfies OutboundAnswer;
  sequence += 1;
  const bytes = encodeOutboundAnswer(given);
  return storeAnswers(database.sql, session, [
    { session: 'D1', sequence, receivedAt: Date.now(), bytes, answer: given },
  ]);
}

const messages = async (): Promise<string[]> => {
  const rows = await database.sql<{ action: string; attempt: number; state: string; by: string | null }[]>`
    select message.action, message.attempt, message.state, holder.action || ' ' || holder.attempt as by
    from outbound_message as message left join outbound_message as holder on holder.message_id = message.held_by
    order by message.reported_at, message.ordinal, message.attempt`;
  return rows.map(
    ({ action, attempt, state, by }) => `${action} ${attempt} ${state}${by ? ` by ${by}` : ''}`,
  );
};
const idOf = async (action: string, attempt = 1): Promise<string> => {
  const [row] = await database.sql<{ id: string }[]>`
    select message_id as id from outbound_message where action = ${action} and attempt = ${attempt}`;
  return row!.id;
};
const sent = (id: string) =>
  database.sql`update outbound_message set state = 'sent', sent_at = now() where message_id = ${id}`;

/** Tuesday is being cut when what it asks about changes: its messages are not kept before `meanwhile` is over. */
async function cutTuesday(meanwhile: () => Promise<unknown>): Promise<void> {
  await tellSession(database.sql, 'TWO', [message('TERM-ETRM', 'A', '2026-11-24T09:00:00')]);
  const version = await cutOn(database.sql, '2026-11-24', cutOf('2026-11-24'));
  let making: Promise<unknown> = Promise.resolve();
  await database.sql.begin(async (tx) => {
    // The row that a batch moves first.
    await tx`select from cftc_day_version where business_date = '2026-11-24' for update`;
    making = makeMessages(database.sql, version);
    making.catch(() => undefined);
    for (let waits = 0; waits === 0;) {
      // By another connection: a transaction sees one state of activities.
      const [row] = await database.sql<[{ waits: number }]>`
        select count(*) as waits from pg_sleep(0.02), pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%update cftc_day_version%'`;
      waits = Number(row.waits);
    }
    await meanwhile();
  });
  await making;
}

describe('a message that is cut while its NEWT is answered', () => {
  beforeEach(async () => {
    await reportOn(database.sql, '2026-11-23', cutOf('2026-11-23'));
  });

  test('is held when the NEWT is refused meanwhile', async () => {
    const newt = await idOf('NEWT');
    await cutTuesday(() => answer(newt, 'refused'));
    expect(await messages()).toEqual(['NEWT 1 refused', 'TERM 1 held by NEWT 1']);
  });

  test('is held by nothing when what takes the place of the NEWT is acknowledged meanwhile', async () => {
    await answer(await idOf('NEWT'), 'refused');
    const again = await resubmitMessage(database.sql, await idOf('NEWT'), BY_COMMAND_LINE, 'they were wrong');
    await sent(again);
    await cutTuesday(() => answer(again, 'accepted'));
    expect(await messages()).toEqual(['NEWT 1 resubmitted', 'NEWT 2 acknowledged', 'TERM 1 pending']);
  });

  test('is held by what takes the place of the NEWT when it is sent again meanwhile', async () => {
    const newt = await idOf('NEWT');
    await answer(newt, 'refused');
    await cutTuesday(() => resubmitMessage(database.sql, newt, BY_COMMAND_LINE, 'they were wrong'));
    expect(await messages()).toEqual(['NEWT 1 resubmitted', 'NEWT 2 pending', 'TERM 1 held by NEWT 2']);
  });

  test('is let go by the next cut where it was stranded before', async () => {
    const newt = await idOf('NEWT');
    await cutTuesday(() => answer(newt, 'accepted'));
    await database.sql`update outbound_message set state = 'held', held_by = ${newt} where action = 'TERM'`;
    await reportOn(database.sql, '2026-11-25', cutOf('2026-11-25'));
    expect(await messages()).toEqual(['NEWT 1 acknowledged', 'TERM 1 pending']);
  });
});

const LIMIT_MS = 900_000;

describe('a message that leaves at once', () => {
  test('is held by nothing when what it would wait for is acknowledged before it commits', async () => {
    const { sql } = database;
    const [place] = await sql<{ id: number }[]>`select source_id as id from tb_on_hist`;
    const of = (position: number, action: string, id: string) => ({
      ...{ messageId: id, assetClass: 'IR', sourceId: place!.id, position, subjectKey: uti('A') },
      ...{ subjectKind: 'swap' as const, action, submitter: null, reason: 'reportable' },
    });
    await sql.begin((tx) => makeMessages43(tx, [of(1, 'NEWT', '43-a')], LIMIT_MS));
    await claimSession(sql, 'repository', 'LIVE43');
    await answer('43-a', 'refused');
    await sql.begin((tx) => makeMessages43(tx, [of(2, 'MODI', '43-b')], LIMIT_MS));
    expect(await messages()).toEqual(['NEWT 1 refused', 'MODI 1 held by NEWT 1']);
    const again = await resubmitMessage(sql, '43-a', BY_COMMAND_LINE, 'they were wrong');
    await sent(again);

    let answered: Promise<unknown> = Promise.resolve();
    await sql.begin(async (tx) => {
      await makeMessages43(tx, [of(3, 'MODI', '43-c')], LIMIT_MS);
      answered = answer(again, 'accepted');
      // It cannot be stored before those who wait for it are there to be seen.
      const first = await Promise.race([answered.then(() => 'stored'), tx`select pg_sleep(0.3)`]);
      expect(first).not.toBe('stored');
    });
    await answered;
    expect(await messages()).toEqual([
      'NEWT 1 resubmitted',
      'NEWT 2 acknowledged',
      'MODI 1 pending',
      'MODI 1 pending',
    ]);
  });

  test('is asked for in batches once it was sent and not received', async () => {
    const { sql } = database;
    const [place] = await sql<{ id: number }[]>`select source_id as id from tb_on_hist`;
    await sql`
      insert into outbound_message (message_id, part, kind, source_id, position, attempt, subject_key, subject_kind,
        action, ordinal, reported_at, state, sent_at)
      select '43-' || n, 43, 'transaction', ${place!.id}, 1, n, ${uti('A')}, 'swap', 'NEWT', n, now(), 'sent', now()
      from generate_series(1, 5) as n`;
    const found: string[][] = [];
    for (let after: string | null = null; ;) {
      const ids: string[] = (await listUnreceived(sql, after, 2)).map(({ message_id: id }) => id);
      if (ids.length === 0) break;
      found.push(ids);
      after = ids.at(-1)!;
    }
    expect(found).toEqual([['43-1', '43-2'], ['43-3', '43-4'], ['43-5']]);
  });
});

describe('a message that gets no answer', () => {
  beforeEach(async () => {
    await reportOn(database.sql, '2026-11-23', cutOf('2026-11-23'));
  });

  test('is given up by somebody, which holds what follows it, until it is resubmitted', async () => {
    const newt = await idOf('NEWT');
    const giveUp = () => giveUpMessage(database.sql, newt, BY_COMMAND_LINE, 'they lost it');
    await expect(giveUp()).rejects.toMatchObject({
      code: 'message.not-awaited',
      params: { state: 'pending' },
    });
    await sent(newt);
    await giveUp();
    await cutTuesday(async () => undefined);
    expect(await messages()).toEqual(['NEWT 1 refused', 'TERM 1 held by NEWT 1']);
    await resubmitMessage(database.sql, newt, BY_COMMAND_LINE, 'they lost it');
    expect(await messages()).toEqual(['NEWT 1 resubmitted', 'NEWT 2 pending', 'TERM 1 held by NEWT 2']);
    const [audit] = await database.sql`select actor, reason from audit_log where action = 'message.given-up'`;
    expect(audit).toEqual({ actor: 'command-line', reason: 'they lost it' });
  });

  test('takes the verdict that comes after all', async () => {
    const newt = await idOf('NEWT');
    await sent(newt);
    await giveUpMessage(database.sql, newt, BY_COMMAND_LINE, 'they lost it');
    await cutTuesday(async () => undefined);
    await answer(newt, 'accepted');
    expect(await messages()).toEqual(['NEWT 1 acknowledged', 'TERM 1 pending']);
  });

  test('has nothing to do with answers of a target that it did not go to', async () => {
    const newt = await idOf('NEWT');
    const { sql } = database;
    await sql`update outbound_message set state = 'sent', delivery_id = 'monday' where message_id = ${newt}`;
    await answer(newt, 'refused', 'other');
    expect(await messages()).toEqual(['NEWT 1 sent']);
    expect(await sql`select effect from outbound_answer`).toEqual([{ effect: 'unknown' }]);
    await answer(newt, 'accepted');
    expect(await messages()).toEqual(['NEWT 1 acknowledged']);
  });
});

describe('what somebody decides about a refusal', () => {
  beforeEach(async () => {
    await reportOn(database.sql, '2026-11-23', cutOf('2026-11-23'));
    await sent(await idOf('NEWT'));
  });

  test('that the repository has the message lets go what waits for it', async () => {
    const newt = await idOf('NEWT');
    await answer(newt, 'refused');
    await cutTuesday(async () => undefined);
    expect(await messages()).toEqual(['NEWT 1 refused', 'TERM 1 held by NEWT 1']);
    await acknowledgeMessage(database.sql, newt, BY_COMMAND_LINE, 'refused as one that they have');
    expect(await messages()).toEqual(['NEWT 1 acknowledged', 'TERM 1 pending']);
    const [audit] = await database.sql`
      select actor, reason, before, after from audit_log where action = 'message.acknowledged'`;
    expect(audit).toMatchObject({ reason: 'refused as one that they have', before: { state: 'refused' } });
    await expect(acknowledgeMessage(database.sql, newt, BY_COMMAND_LINE, 'once more')).rejects.toMatchObject({
      code: 'message.not-settleable',
      params: { state: 'acknowledged' },
    });
  });

  test('that nothing takes its place takes what waits for it along, and holds nothing any more', async () => {
    const newt = await idOf('NEWT');
    await expect(
      withdrawMessage(database.sql, newt, BY_COMMAND_LINE, 'no swap of ours'),
    ).rejects.toMatchObject({ code: 'message.not-settleable', params: { state: 'sent' } });
    await answer(newt, 'refused');
    await cutTuesday(async () => undefined);
    await withdrawMessage(database.sql, newt, BY_COMMAND_LINE, 'no swap of ours');
    expect(await messages()).toEqual(['NEWT 1 withdrawn', 'TERM 1 withdrawn']);
    const audit = await database.sql`select before from audit_log where action = 'message.withdrawn'`;
    expect(audit).toEqual([{ before: { state: 'refused' } }, { before: { state: 'held' } }]);
    await answer(newt, 'accepted');
    expect(await messages()).toEqual(['NEWT 1 withdrawn', 'TERM 1 withdrawn']);
  });
});
