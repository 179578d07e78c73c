import { beforeEach, describe, expect, test } from '@jest/globals';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import { readDueTimes } from '../../db/message-states.ts';
import { holdFollowers, releaseFollowers } from '../../db/outbound-holds.ts';
import { resubmitMessage } from '../../db/outbound-messages.ts';
import { listMessageGroups, readMessages } from '../../db/day-messages.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, reportOn, tellSession } from '../support/days.ts';
import { message } from '../support/swap-events.ts';

const database = useDatabase();
const cutOf = (date: string): string => `${date}T23:00:00Z`;

beforeEach(() => clearDays(database.sql));

const tell = (session: string, records: readonly RecordValues[]) =>
  tellSession(database.sql, session, records);

/** Actions of the messages that leave with a day. */
async function leavingOn(date: string): Promise<string[]> {
  const ids: string[] = [];
  for (const group of await listMessageGroups(database.sql, date, 1))
    for await (const page of readMessages(database.sql, { ...group, date, version: 1 }))
      ids.push(...page.map(({ id }) => id));
  const rows = await database.sql<{ action: string; attempt: number }[]>`
    select action, attempt from outbound_message where message_id = any(${ids}) order by reported_at, ordinal`;
  return rows.map(({ action, attempt }) => `${action} ${attempt}`);
}

/** What the other side says, and what follows of it. */
async function answer(action: string, state: 'refused' | 'acknowledged'): Promise<string> {
  const [row] = await database.sql<{ id: string }[]>`
    update outbound_message set state = ${state}, sent_at = now(), answered_at = now()
    where action = ${action} and state = 'pending' returning message_id as id`;
  await database.sql.begin(async (tx) => {
    if (state === 'refused') await holdFollowers(tx, [row!.id]);
    else await releaseFollowers(tx, [row!.id]);
  });
  return row!.id;
}

describe('what waits for a refused message', () => {
  test('leaves with the first day that is cut once it may, behind what takes the place of the refused one', async () => {
    await tell('ONE', [message('NEWT-TRAD', 'A', '2026-11-23T09:00:00')]);
    await reportOn(database.sql, '2026-11-23', cutOf('2026-11-23'));
    expect(await leavingOn('2026-11-23')).toEqual(['NEWT 1']);
    const refused = await answer('NEWT', 'refused');

    await tell('TWO', [message('TERM-ETRM', 'A', '2026-11-24T09:00:00')]);
    await reportOn(database.sql, '2026-11-24', cutOf('2026-11-24'));
    expect(await leavingOn('2026-11-24')).toEqual([]);

    await resubmitMessage(database.sql, refused, BY_COMMAND_LINE, 'the repository knows the UPI now');
    await reportOn(database.sql, '2026-11-25', cutOf('2026-11-25'));
    expect(await leavingOn('2026-11-25')).toEqual(['NEWT 2']);
    await answer('NEWT', 'acknowledged');

    await reportOn(database.sql, '2026-11-27', cutOf('2026-11-27'));
    expect(await leavingOn('2026-11-27')).toEqual(['TERM 1']);
    // What left with the days before is what their files say, whatever has become of it.
    expect(await leavingOn('2026-11-23')).toEqual(['NEWT 1']);
  });
});

describe('due times for the governor', () => {
  test('are those of what a day that is at work is about to report, and none without one', async () => {
    await tell('ONE', [message('NEWT-TRAD', 'A', '2026-11-23T09:00:00')]);
    await reportOn(database.sql, '2026-11-23', cutOf('2026-11-23'));
    const due = Date.parse('2026-11-25T04:59:59Z');
    await database.sql`update outbound_message set due_at = ${new Date(due)}`;
    expect(await readDueTimes(database.sql)).toEqual([due]);

    await database.sql`update cftc_day set state = 'closed'`;
    expect(await readDueTimes(database.sql)).toEqual([]);
  });
});
