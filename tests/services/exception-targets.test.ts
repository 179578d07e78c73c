import { beforeEach, expect, test } from '@jest/globals';
import type { ExceptionCause, ExceptionKind } from '../../contracts/exceptions.ts';
import { findTroubledTargets, findUnsent } from '../../db/exception-targets.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, tellSession } from '../support/days.ts';
import { message } from '../support/swap-events.ts';

const database = useDatabase();

beforeEach(async () => {
  await clearDays(database.sql);
  await tellSession(database.sql, 'ONE', [message('NEWT-TRAD', 'A', '2026-11-23T09:00:00')]);
});

const causes = async (): Promise<readonly ExceptionCause[]> => {
  const found = [await findTroubledTargets(database.sql), await findUnsent(database.sql)];
  return found.flatMap((one) => one.causes);
};

test('targets that cannot be spoken to for longer, and what was to leave at once, are causes until it is over', async () => {
  const { sql } = database;
  const problem = { target: 'sdr', address: 'h:1', reason: 'feed.login-refused' };
  await sql`
    insert into outbound_session (target, session, problem_code, problem_params, problem_since)
    values ('sdr', 'LIVE43', 'outbound.stopped', ${sql.json(problem)}, now() - interval '5 minutes'),
      ('sdr', 'D1', 'outbound.unreachable', ${sql.json(problem)}, now())`;
  await sql`
    insert into outbound_message (message_id, part, kind, source_id, position, subject_key, subject_kind, action,
      ordinal, reported_at)
    select '43-waits', 43, 'transaction', source_id, position, subject_key, subject_kind, 'NEWT', 1,
      now() - interval '5 minutes' from tb_on_hist`;
  const kinds: readonly ExceptionKind[] = ['target-trouble', 'live-unsent'];
  expect((await causes()).map(({ kind, count }) => [kind, count])).toEqual(kinds.map((kind) => [kind, 1]));
  expect((await causes())[0]).toMatchObject({
    key: 'target:sdr:outbound.stopped',
    params: { reason: 'feed.login-refused' },
  });

  await sql`update outbound_session set problem_code = null`;
  await sql`update outbound_message set state = 'sent' where message_id = '43-waits'`;
  expect(await causes()).toEqual([]);
});
