import { beforeEach, describe, expect, test } from '@jest/globals';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import { closeDay, countsOf, reopenDay, requireDay } from '../../db/days.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, cutOn, makeMessages, reportOn, tellSession } from '../support/days.ts';
import { message, REPORTER, uti } from '../support/swap-events.ts';

const database = useDatabase();
const MONDAY = '2026-11-23';
const TUESDAY = '2026-11-24';
const MONDAY_CUT = '2026-11-23T23:00:00Z';
const TUESDAY_CUT = '2026-11-24T23:00:00Z';
const OURS = 'DEMO00TAINSWAPCO0029';

beforeEach(() => clearDays(database.sql));

const tell = (session: string, records: readonly RecordValues[]) =>
  tellSession(database.sql, session, records);

type Row = {
  readonly swap: string;
  readonly action: string;
  readonly ordinal: number;
  readonly reported: string;
  readonly state: string;
};

const messages = (date: string) => database.sql<Row[]>`
  select right(subject_key, 1) as swap, action, ordinal, state,
    to_char(reported_at at time zone 'UTC', 'HH24:MI:SS') as reported
  from outbound_message where business_date = ${date} order by subject_key, ordinal`;

const brief = async (date: string): Promise<string[]> =>
  (await messages(date)).map(({ swap, action, ordinal }) => `${swap} ${ordinal} ${action}`);

describe('the messages of a day', () => {
  test('are one for each applied event, in the order of the fold, and the counts add up', async () => {
    const begun = message('NEWT-TRAD', 'A', '2026-11-23T09:00:00', { notionalAmountLeg1: '1' });
    await tell('ONE', [
      message('TERM-ETRM', 'A', '2026-11-23T11:00:00'),
      begun,
      begun,
      message('MODI-TRAD', 'A', '2026-11-23T10:00:00', {
        notionalAmountLeg1: '2',
        amendmentIndicator: 'True',
      }),
      { ...begun, notionalAmountLeg1: '3' },
      message('TERM-ETRM', 'A', '2026-11-23T12:00:00'),
      message('MODI-TRAD', 'B', '2026-11-23T10:00:00'),
      message('NEWT-TRAD', 'C', '2026-11-23T10:00:00'),
    ]);

    const { counts, version } = await reportOn(database.sql, MONDAY, MONDAY_CUT, { eventsPerBatch: 2 });

    expect(counts).toEqual({
      ...{ accepted: 8, applied: 4, duplicate: 1, conflict: 1, pending: 1, violated: 1 },
      ...{ settled: 0, messages: 4, otherReports: 0 },
    });
    expect(await brief(MONDAY)).toEqual(['A 1 NEWT', 'A 2 MODI', 'A 3 TERM', 'C 1 NEWT']);
    expect((await messages(MONDAY)).map(({ reported }) => reported)).toEqual(Array(4).fill('23:00:00'));
    expect(version.messages_cut).toBe(true);
    await expect(
      database.sql`update cftc_day_version set applied_count = applied_count + 1 where business_date = ${MONDAY}`,
    ).rejects.toMatchObject({ code: '23514' });
  });

  test('of a change that waited leave on the day on which the beginning of its swap comes', async () => {
    await tell('ONE', [
      message('MODI-TRAD', 'A', '2026-11-23T10:00:00', { notionalAmountLeg1: '2' }),
      message('TERM-ETRM', 'B', '2026-11-23T10:00:00'),
      message('TERM-ETRM', 'C', '2026-11-23T08:00:00'),
    ]);
    const monday = await reportOn(database.sql, MONDAY, MONDAY_CUT);
    await tell('TWO', [
      message('NEWT-TRAD', 'A', '2026-11-23T09:00:00', { notionalAmountLeg1: '1' }),
      message('NEWT-TRAD', 'C', '2026-11-23T09:00:00'),
    ]);
    const tuesday = await reportOn(database.sql, TUESDAY, TUESDAY_CUT, { eventsPerBatch: 1 });
    const wednesday = await reportOn(database.sql, '2026-11-25', '2026-11-25T23:00:00Z');

    expect(monday.counts).toMatchObject({ accepted: 3, pending: 3, messages: 0 });
    expect(tuesday.counts).toMatchObject({ accepted: 2, applied: 2, settled: 1, messages: 3 });
    expect(await brief(TUESDAY)).toEqual(['A 1 NEWT', 'A 2 MODI', 'C 1 NEWT']);
    expect(wednesday.counts).toMatchObject({ accepted: 0, settled: 0, messages: 0 });
    const carried = await database.sql`
      select position, settled_on, outcome from cftc_carried order by position`;
    expect(carried).toEqual([
      { position: 1, settled_on: TUESDAY, outcome: 'applied' },
      { position: 2, settled_on: null, outcome: null },
      // Its swap begins behind it by now; what comes may put that right.
      { position: 3, settled_on: null, outcome: null },
    ]);
  });

  test('are what was cut gives, whatever the ledger has heard of their swaps since', async () => {
    await tell('ONE', [
      message('NEWT-TRAD', 'A', '2026-11-23T09:00:00'),
      message('TERM-ETRM', 'A', '2026-11-23T10:00:00'),
      message('MODI-TRAD', 'B', '2026-11-23T10:00:00', { notionalAmountLeg1: '2' }),
      message('NEWT-TRAD', 'C', '2026-11-23T09:00:00'),
    ]);
    const version = await cutOn(database.sql, MONDAY, MONDAY_CUT);
    await tell('TWO', [
      message('TERM-ETRM', 'A', '2026-11-23T09:30:00'),
      message('NEWT-TRAD', 'B', '2026-11-23T09:00:00', { notionalAmountLeg1: '1' }),
    ]);
    const outcomes = await database.sql`
      select distinct on (position) position, outcome from event_outcome join ledger_source using (source_id)
      where name = 'one@ONE' order by position, event_outcome.revision desc`;
    expect(outcomes.map(({ outcome }) => outcome as string)).toEqual([
      ...['applied', 'violated', 'applied', 'applied'],
    ]);

    const monday = countsOf(await makeMessages(database.sql, version, { eventsPerBatch: 2 }));
    expect(monday).toMatchObject({ accepted: 4, applied: 3, pending: 1, violated: 0, messages: 3 });
    expect(await brief(MONDAY)).toEqual(['A 1 NEWT', 'A 2 TERM', 'C 1 NEWT']);

    const tuesday = await reportOn(database.sql, TUESDAY, TUESDAY_CUT);
    expect(tuesday.counts).toMatchObject({ accepted: 2, applied: 2, settled: 1, messages: 3 });
    expect(await brief(TUESDAY)).toEqual(['A 1 TERM', 'B 1 NEWT', 'B 2 MODI']);
  });

  test('of a change that broke the sequence leave on the day on which a late event has put it right', async () => {
    await tell('ONE', [
      message('NEWT-TRAD', 'A', '2026-11-23T09:00:00'),
      message('TERM-ETRM', 'A', '2026-11-23T10:00:00'),
      message('TERM-ETRM', 'A', '2026-11-23T12:00:00'),
    ]);
    const monday = await reportOn(database.sql, MONDAY, MONDAY_CUT);
    const tuesday = await reportOn(database.sql, TUESDAY, TUESDAY_CUT);
    await tell('TWO', [message('REVI', 'A', '2026-11-23T11:00:00')]);
    const wednesday = await reportOn(database.sql, '2026-11-25', '2026-11-25T23:00:00Z');
    await tell('THREE', [message('VALU', 'A', '2026-11-26T12:00:00')]);
    const thursday = await reportOn(database.sql, '2026-11-26', '2026-11-26T23:00:00Z');

    expect(monday.counts).toMatchObject({ applied: 2, violated: 1, messages: 2 });
    expect(tuesday.counts).toMatchObject({ accepted: 0, settled: 0, messages: 0 });
    expect(wednesday.counts).toMatchObject({ accepted: 1, applied: 1, settled: 1, messages: 2 });
    expect(await brief('2026-11-25')).toEqual(['A 1 REVI', 'A 2 TERM']);
    expect(thursday.counts).toMatchObject({ accepted: 1, settled: 0, messages: 1 });
  });

  test('leave out what the other party reports', async () => {
    const parties = { counterparty1ReportingCounterparty: REPORTER, counterparty2: OURS };
    const executed = { executionTimestamp: '2026-11-23T09:00:00Z' };
    await tell('ONE', [
      message('NEWT-TRAD', 'A', '2026-11-23T09:00:00', { ...parties, ...executed }),
      message('NEWT-TRAD', 'B', '2026-11-23T09:00:00', {
        ...executed,
        counterparty1ReportingCounterparty: OURS,
        counterparty2: REPORTER,
      }),
    ]);

    const { counts } = await reportOn(database.sql, MONDAY, MONDAY_CUT);

    expect(counts).toMatchObject({ accepted: 2, applied: 2, messages: 1, otherReports: 1 });
    expect(await brief(MONDAY)).toEqual(['B 1 NEWT']);
    const [owed] = await database.sql`select due_at, obligation from outbound_message`;
    // Tuesday by the clocks of New York.
    expect(owed).toEqual({ due_at: new Date('2026-11-25T04:59:59Z'), obligation: 'creation' });
  });

  test('keep our order by seconds before the cut where the receiver would fold in another one', async () => {
    await tell('ONE', [
      message('NEWT-TRAD', 'A', '2026-11-23T09:00:00', { reportingTimestamp: '2026-11-23T09:00:05Z' }),
      message('MODI-TRAD', 'A', '2026-11-23T11:00:00', {
        reportingTimestamp: '2026-11-23T11:00:05Z',
        notionalAmountLeg1: '2',
      }),
      message('CORR', 'A', '2026-11-23T10:00:00', {
        reportingTimestamp: '2026-11-23T12:00:00Z',
        notionalAmountLeg1: '3',
      }),
    ]);

    await reportOn(database.sql, MONDAY, MONDAY_CUT);

    expect((await messages(MONDAY)).map(({ action, reported }) => `${action} ${reported}`)).toEqual([
      'NEWT 22:59:59',
      'MODI 22:59:59',
      'CORR 23:00:00',
    ]);
    const [link] = await database.sql`
      select corrected.action from outbound_message as m join outbound_message as corrected
        on corrected.message_id = m.corrects`;
    expect(link).toEqual({ action: 'MODI' });
  });

  test('of a swap of which one was refused are held, and those of others are not', async () => {
    await tell('ONE', [
      message('NEWT-TRAD', 'A', '2026-11-23T09:00:00'),
      message('NEWT-TRAD', 'B', '2026-11-23T09:00:00'),
    ]);
    await reportOn(database.sql, MONDAY, MONDAY_CUT);
    const [refused] = await database.sql<{ id: string }[]>`
      update outbound_message set state = 'refused' where subject_key = ${uti('A')} returning message_id as id`;
    await tell('TWO', [
      message('TERM-ETRM', 'A', '2026-11-24T09:00:00'),
      message('TERM-ETRM', 'B', '2026-11-24T09:00:00'),
    ]);
    await reportOn(database.sql, TUESDAY, TUESDAY_CUT);

    const held = await database.sql`
      select right(subject_key, 1) as swap, state, held_by from outbound_message
      where business_date = ${TUESDAY} order by 1`;
    expect(held).toEqual([
      { swap: 'A', state: 'held', held_by: refused!.id },
      { swap: 'B', state: 'pending', held_by: null },
    ]);
  });

  test('have the submitter of their record where none is configured; one that has neither is named', async () => {
    await tell('ONE', [message('NEWT-TRAD', 'A', '2026-11-23T09:00:00', { submitterIdentifier: OURS })]);
    await reportOn(database.sql, MONDAY, MONDAY_CUT, { submitter: null });
    await tell('TWO', [message('NEWT-TRAD', 'B', '2026-11-24T09:00:00')]);
    const nobody = reportOn(database.sql, TUESDAY, TUESDAY_CUT, { submitter: null });

    await expect(nobody).rejects.toMatchObject({
      code: 'day.submitter-missing',
      params: { date: TUESDAY, place: 'two@TWO/1' },
    });
    expect(await database.sql`select submitter from outbound_message`).toEqual([{ submitter: OURS }]);
  });

  test('are the same when the work was cut off, and whoever comes late can add nothing', async () => {
    await tell(
      'ONE',
      Array.from({ length: 60 }, (_, at) => message('NEWT-TRAD', `S${at}`, '2026-11-23T09:00:00')),
    );
    const version = await cutOn(database.sql, MONDAY, MONDAY_CUT);
    const stop = new AbortController();
    let batches = 0;
    const killed = makeMessages(database.sql, version, {
      eventsPerBatch: 7,
      signal: stop.signal,
      onProgress: () => {
        if ((batches += 1) === 3) stop.abort(new Error('killed'));
      },
    });
    await expect(killed).rejects.toThrow('killed');
    const late = makeMessages(database.sql, version, { eventsPerBatch: 7 });
    await expect(late).rejects.toMatchObject({ code: 'day.superseded' });

    const { counts } = await reportOn(database.sql, MONDAY, TUESDAY_CUT);

    expect(counts).toMatchObject({ accepted: 60, applied: 60, messages: 60 });
    expect(await brief(MONDAY)).toHaveLength(60);
  });
});

describe('a day that is opened again', () => {
  const reopen = (date: string) => reopenDay(database.sql, date, BY_COMMAND_LINE, 'a file was missing');

  test('takes its messages back, waits anew, and has what came since', async () => {
    await tell('ONE', [
      message('MODI-TRAD', 'A', '2026-11-23T10:00:00', { notionalAmountLeg1: '2' }),
      message('NEWT-TRAD', 'B', '2026-11-23T09:00:00'),
    ]);
    await reportOn(database.sql, MONDAY, MONDAY_CUT);
    await database.sql`update cftc_day set state = 'reported' where business_date = ${MONDAY}`;
    await tell('TWO', [message('NEWT-TRAD', 'A', '2026-11-23T09:00:00', { notionalAmountLeg1: '1' })]);

    await reopen(MONDAY);
    expect(await requireDay(database.sql, MONDAY)).toMatchObject({ state: 'open', version: 2 });
    expect(await brief(MONDAY)).toEqual([]);
    const { counts } = await reportOn(database.sql, MONDAY, '2026-11-23T23:30:00Z');

    expect(counts).toMatchObject({ accepted: 3, applied: 3, pending: 0, messages: 3 });
    expect(await brief(MONDAY)).toEqual(['A 1 NEWT', 'A 2 MODI', 'B 1 NEWT']);
  });

  test('is not, once something of it was sent or while it is at work', async () => {
    await tell('ONE', [message('NEWT-TRAD', 'A', '2026-11-23T09:00:00')]);
    await reportOn(database.sql, MONDAY, MONDAY_CUT);
    await expect(reopen(MONDAY)).rejects.toMatchObject({ code: 'day.not-reopenable' });
    await expect(reopen(TUESDAY)).rejects.toMatchObject({ code: 'day.not-found' });
    await database.sql`update cftc_day set state = 'delivering' where business_date = ${MONDAY}`;
    await database.sql`update outbound_message set state = 'sent', sent_at = now()`;

    await expect(reopen(MONDAY)).rejects.toMatchObject({
      code: 'day.sent-already',
      params: { date: MONDAY, messages: 1 },
    });
    await expect(closeDay(database.sql, MONDAY, BY_COMMAND_LINE, 'done')).rejects.toMatchObject({
      code: 'day.not-closable',
      params: { state: 'delivering' },
    });
    expect(await brief(MONDAY)).toEqual(['A 1 NEWT']);
  });
});
