import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExceptionCause } from '../../contracts/exceptions.ts';
import type { Issue } from '../../contracts/issues.ts';
import { findRejectedRecords } from '../../db/exception-rejections.ts';
import { findConflicts } from '../../db/exception-ledger.ts';
import { isSettled, readNotes, resolveException } from '../../db/exceptions.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, tellSession } from '../support/days.ts';
import { storeFeed } from '../support/stored-feeds.ts';
import { message, TERMS } from '../support/swap-events.ts';

const database = useDatabase();
const BY = { actor: 'kim', role: 'operator' } as const;
const ISSUE: Issue = {
  ...{ ruleId: 'format.date', severity: 'error', element: null, column: null, value: null, params: {} },
};

beforeEach(async () => {
  await clearDays(database.sql);
  await database.sql`truncate exception_note`;
});

const reject = (feed: string, count: number) =>
  storeFeed(
    database.sql,
    feed,
    Array.from({ length: count }, () => ({ raw: '{', verdict: 'rejected' as const, issues: [ISSUE] })),
  );

const rejected = async (): Promise<ExceptionCause> =>
  (await findRejectedRecords(database.sql, () => null)).causes[0]!;

const isNowSettled = async (cause: ExceptionCause): Promise<boolean> =>
  isSettled(cause, (await readNotes(database.sql, [cause.key])).get(cause.key));

describe('a word that settles what stays for good', () => {
  it('holds for what there was, and not for what is rejected later, however few that is', async () => {
    const { sql } = database;
    await reject('first', 4);
    const before = await rejected();
    await resolveException(sql, before.key, before, { by: BY, reason: 'not ours to report' });
    expect(await isNowSettled(await rejected())).toBe(true);

    // Most of what was settled is too old to count by now, or mended.
    await sql`update exception_note set resolved_count = 10`;
    await reject('second', 2);

    const after = await rejected();
    expect([before.count, after.count]).toEqual([4, 6]);
    expect(await isNowSettled(after)).toBe(false);
    await resolveException(sql, after.key, after, { by: BY, reason: 'not ours either' });
    expect(await isNowSettled(await rejected())).toBe(true);
  });

  it('holds for the conflicts that there were, and not for the next one', async () => {
    const { sql } = database;
    const said = (notionalAmountLeg1: string) =>
      message('NEWT-TRAD', 'A', '2026-03-02T12:00:00', { ...TERMS, notionalAmountLeg1 });
    await tellSession(sql, 'ONE', [said('1000'), said('2000'), said('3000')]);
    const [before] = (await findConflicts(sql)).causes;
    await resolveException(sql, before!.key, before!, { by: BY, reason: 'the first one holds' });
    expect(await isNowSettled((await findConflicts(sql)).causes[0]!)).toBe(true);

    // Most of what was settled was withdrawn meanwhile.
    await sql`update exception_note set resolved_count = 10`;
    await tellSession(sql, 'TWO', [said('4000')]);

    const [after] = (await findConflicts(sql)).causes;
    expect(after!.count).toBe(before!.count + 1);
    expect(await isNowSettled(after!)).toBe(false);
  });
});
