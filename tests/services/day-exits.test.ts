import { beforeEach, describe, expect, test } from '@jest/globals';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import { listCutFiles, listStragglers } from '../../db/cut.ts';
import { closeDay, leaveIncomplete, listUnmadeBefore, reopenDay, requireDay } from '../../db/days.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { applyPublished } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, cutOn, makeMessages, reportOn, tellSession } from '../support/days.ts';
import { goodRow, HEADER, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { message } from '../support/swap-events.ts';

const database = useDatabase();
const data = useDataDir();
const MONDAY = '2026-11-23';
const TUESDAY = '2026-11-24';
const MONDAY_CUT = `${MONDAY}T23:00:00Z`;
const TUESDAY_CUT = `${TUESDAY}T23:00:00Z`;

beforeEach(async () => {
  await clearDays(database.sql);
  await database.sql`truncate tb_bat_file_mst, tb_bat_file_hist cascade`;
});

const tell = (session: string, records: readonly RecordValues[]) =>
  tellSession(database.sql, session, records);
const close = (date: string) => closeDay(database.sql, date, BY_COMMAND_LINE, 'the desk says so');
const reopen = (date: string) => reopenDay(database.sql, date, BY_COMMAND_LINE, 'to be mended');
const rest = (date: string, state: string) =>
  database.sql`update cftc_day set state = ${state} where business_date = ${date}`;

const actions = async (date: string): Promise<string[]> => {
  const rows = await database.sql<{ action: string }[]>`
    select action from outbound_message where business_date = ${date} order by subject_key, ordinal`;
  return rows.map(({ action }) => action);
};

describe('a day whose messages are not all made', () => {
  const stop = async (): Promise<void> => {
    await tell('ONE', [message('NEWT-TRAD', 'A', `${MONDAY}T09:00:00`)]);
    await expect(reportOn(database.sql, MONDAY, MONDAY_CUT, { submitter: null })).rejects.toMatchObject({
      code: 'day.submitter-missing',
    });
    await leaveIncomplete(database.sql, MONDAY, { code: 'day.submitter-missing', params: { date: MONDAY } });
  };

  test('is not closed, because its events would never be reported, and is reported once it is open again', async () => {
    await stop();

    await expect(close(MONDAY)).rejects.toMatchObject({ code: 'day.unreported', params: { date: MONDAY } });
    await reopen(MONDAY);
    const { counts } = await reportOn(database.sql, MONDAY, '2026-11-23T23:30:00Z');
    expect(counts).toMatchObject({ accepted: 1, messages: 1 });
  });

  test('is waited for by the days behind it', async () => {
    await stop();
    await cutOn(database.sql, TUESDAY, TUESDAY_CUT);

    expect(await listUnmadeBefore(database.sql, TUESDAY)).toEqual([MONDAY]);
    expect(await listUnmadeBefore(database.sql, MONDAY)).toEqual([]);
    await reopen(MONDAY);
    await reportOn(database.sql, MONDAY, '2026-11-25T23:00:00Z');
    expect(await listUnmadeBefore(database.sql, TUESDAY)).toEqual([]);
  });

  test('is not closed either while its messages stand in no file', async () => {
    await tell('ONE', [message('NEWT-TRAD', 'A', `${MONDAY}T09:00:00`)]);
    await reportOn(database.sql, MONDAY, MONDAY_CUT);
    await leaveIncomplete(database.sql, MONDAY, { code: 'day.folder-unwritable', params: { date: MONDAY } });

    await expect(close(MONDAY)).rejects.toMatchObject({ code: 'day.unreported' });
  });
});

describe('a day behind which another one was reported', () => {
  test('is opened again only behind that one, whose settled events wait anew', async () => {
    await tell('ONE', [message('TERM-ETRM', 'A', `${MONDAY}T10:00:00`)]);
    await reportOn(database.sql, MONDAY, MONDAY_CUT);
    await tell('TWO', [message('NEWT-TRAD', 'A', `${MONDAY}T09:00:00`)]);
    await reportOn(database.sql, TUESDAY, TUESDAY_CUT);
    await rest(MONDAY, 'reported');
    await rest(TUESDAY, 'reported');
    expect(await actions(TUESDAY)).toEqual(['NEWT', 'TERM']);

    await expect(reopen(MONDAY)).rejects.toMatchObject({
      code: 'day.later-made',
      params: { date: MONDAY, later: TUESDAY },
    });
    await reopen(TUESDAY);
    await reopen(MONDAY);
    await reopen(MONDAY);
    expect(await requireDay(database.sql, MONDAY)).toMatchObject({ state: 'open', version: 2 });
    await reportOn(database.sql, MONDAY, '2026-11-24T23:30:00Z');
    await reportOn(database.sql, TUESDAY, '2026-11-24T23:40:00Z');

    // What a cut had stays its own: on Monday the change waits as before.
    expect(await actions(MONDAY)).toEqual([]);
    expect(await actions(TUESDAY)).toEqual(['NEWT', 'TERM']);
  });

  test('cannot have its messages made any more by who began with them before', async () => {
    await tell('ONE', [message('NEWT-TRAD', 'A', `${MONDAY}T09:00:00`)]);
    const version = await cutOn(database.sql, MONDAY, MONDAY_CUT);
    await rest(MONDAY, 'incomplete');
    await reopen(MONDAY);

    await expect(makeMessages(database.sql, version)).rejects.toMatchObject({ code: 'day.superseded' });
    expect(await actions(MONDAY)).toEqual([]);
  });
});

describe('a file that does not agree with the ledger', () => {
  const publish = async (name: string, row: number) =>
    (await publishDropped(database.sql, data, name, `${HEADER}\n${goodRow(row)}\n`)).file;
  const names = async (date: string) => (await listCutFiles(database.sql, date)).map(({ name }) => name);

  test('is left to the day by which it does, when its day is opened again', async () => {
    await applyPublished(database.sql, await publish('good.csv', 9101));
    const broken = await publish('broken.csv', 9102);
    await cutOn(database.sql, MONDAY, MONDAY_CUT);
    expect(await listStragglers(database.sql, MONDAY)).toEqual(['broken.csv']);
    await expect(reopen(MONDAY)).rejects.toMatchObject({ code: 'day.not-reopenable' });
    await database.sql`
      update tb_bat_file_mst set problem_code = 'file.ledger-disagrees', problem_params = '{}'
      where file_id = ${broken.file_id}`;

    await reopen(MONDAY);
    await cutOn(database.sql, MONDAY, '2026-11-23T23:30:00Z');
    expect(await names(MONDAY)).toEqual(['good.csv']);
    expect(await listStragglers(database.sql, MONDAY)).toEqual([]);

    await database.sql`
      update tb_bat_file_mst set problem_code = null, problem_params = null where file_id = ${broken.file_id}`;
    await applyPublished(database.sql, broken);
    await cutOn(database.sql, TUESDAY, TUESDAY_CUT);
    expect(await names(TUESDAY)).toEqual(['broken.csv']);
  });
});
