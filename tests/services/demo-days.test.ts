import { beforeEach, describe, expect, test } from '@jest/globals';
import { BY_COMMAND_LINE, BY_DAY_OPENER } from '../../contracts/audit.ts';
import { listAudit } from '../../db/audit.ts';
import { clearDemoDays, clearDemoReports } from '../../db/demo-days.ts';
import { clearDemo, recordDemoFile } from '../../db/demo.ts';
import { listKnownDates, openDay } from '../../db/days.ts';
import type { FileRow } from '../../db/files.ts';
import { applyPublished, makeDay } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, reportOn, tellSession, writeFilesOf } from '../support/days.ts';
import { useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { message } from '../support/swap-events.ts';

const FEED = 'tain-demo';
const database = useDatabase();
const data = useDataDir();
const cutOf = (date: string): string => `${date}T23:00:00Z`;

beforeEach(async () => {
  await clearDays(database.sql);
  await database.sql`truncate tb_bat_file_mst, demo_file, report cascade`;
});

async function bring(name: string, content: Buffer, isDemo: boolean): Promise<FileRow> {
  const { sql } = database;
  const { file } = await publishDropped(sql, data, name, content);
  await applyPublished(sql, file);
  const { folder_date, sha256, file_name } = file;
  if (isDemo) await recordDemoFile(sql, { folder_date, sha256, file_name, rows: 1 });
  return file;
}

/** A day that somebody opens, as it is reported: its files written, all messages answered, one of them at once. */
async function run(date: string): Promise<void> {
  const { sql } = database;
  await openDay(sql, date, BY_COMMAND_LINE, { inputs: [] });
  await reportOn(sql, date, cutOf(date));
  for (const { name } of await writeFilesOf(sql, data.dataDir, date))
    await sql`
      insert into delivery (delivery_id, business_date, version, file_name, target)
      values (${`${date}/${name}@sdr`}, ${date}, 1, ${name}, 'sdr')`;
  await sql`
    insert into outbound_message (message_id, part, kind, source_id, position, subject_key, subject_kind, action, ordinal,
      reported_at)
    select replace(message_id, '45-', '43-'), 43, kind, source_id, position, subject_key, subject_kind, action, ordinal,
      reported_at
    from outbound_message where business_date = ${date} order by message_id limit 1`;
  await sql`
    insert into outbound_answer (target, session, sequence, raw, kind, subject, effect)
    select 'sdr', ${date}, row_number() over (), '', 'receipt', message_id, 'applied'
    from outbound_message where business_date = ${date}`;
}

const TABLES = [
  ...['cftc_day', 'cftc_day_version', 'cftc_cut_file', 'cftc_cut_feed', 'cftc_day_input', 'cftc_carried'],
  ...['outbound_message', 'outbound_answer', 'outbox_file', 'delivery'],
];

/** All rows of all that days leave. */
async function stand(): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const table of TABLES)
    rows[table] = [...(await database.sql`select * from ${database.sql(table)} as one order by one::text`)];
  return rows;
}

const clear = async () => {
  const cleared = await clearDemoDays(database.sql, FEED);
  await clearDemo(database.sql);
  return cleared;
};

describe('clearing the demonstration', () => {
  test('removes its day with messages, files, deliveries and answers, and leaves a day of others as it is', async () => {
    const { sql } = database;
    const [[real], [demo]] = [makeDay('real', 150, 1), makeDay('clear', 150, 1)] as [[Buffer], [Buffer]];
    await bring('real.csv', real, false);
    await run('2026-11-23');
    const before = await stand();
    await bring('demo.csv', demo, true);
    await run('2026-11-24');
    const [made] = await sql<[{ messages: number }]>`
      select count(*) as messages from outbound_message
      where business_date = '2026-11-24' or source_id in (
        select source_id from ledger_source join tb_bat_file_mst using (file_id) where file_name = 'demo.csv')`;

    const { days, messages, paths } = await clear();

    expect([days, messages]).toEqual([['2026-11-24'], made.messages]);
    expect(messages).toBeGreaterThan(50);
    expect(paths.length).toBeGreaterThan(2);
    expect(paths.every((place) => place.startsWith('20261124/send/'))).toBe(true);
    expect(await stand()).toEqual(before);
    const [entry] = await listAudit(sql, { subject: '2026-11-24', timeZone: 'UTC', limit: 1 });
    expect(entry).toMatchObject({ action: 'day.removed', actor: BY_COMMAND_LINE.actor });
    expect(await clear()).toEqual({ days: [], messages: 0, paths: [] });
  });

  test('leaves a day whole in which anything else was cut as well', async () => {
    const [demo] = makeDay('mixed', 100, 1) as [Buffer];
    await bring('demo.csv', demo, true);
    await tellSession(database.sql, 'REAL', [message('NEWT-TRAD', 'A', '2026-11-24T09:00:00')]);
    await run('2026-11-24');
    const { outbound_message: messages, ...before } = await stand();

    const { days, paths } = await clearDemoDays(database.sql, FEED);

    expect([days, paths]).toEqual([[], []]);
    const { outbound_message: left, ...after } = await stand();
    expect(after).toEqual(before);
    // What left at once belongs to no day.
    expect(messages!.length - left!.length).toBe(1);
  });

  test('leaves a day whole that reports what waited of others', async () => {
    const { sql } = database;
    // Swaps that begin in one of the files go on in the other.
    const [demo, real] = makeDay('shared', 300, 2) as [Buffer, Buffer];
    await bring('real.csv', real, false);
    await run('2026-11-23');
    await bring('demo.csv', demo, true);
    await run('2026-11-24');
    const [settled] = await sql<[{ count: number }]>`
      select count(*) as count from cftc_carried where settled_on = '2026-11-24' and outcome = 'applied'`;
    expect(settled.count).toBeGreaterThan(0);

    expect(await clearDemoDays(sql, FEED)).toMatchObject({ days: [], paths: [] });
  });

  test('leaves a date that would be opened again closed, as one without anything to report', async () => {
    const { sql } = database;
    await openDay(sql, '2026-11-23', BY_DAY_OPENER, { inputs: [] });
    await sql`update cftc_day set state = 'nil'`;
    const [demo] = makeDay('opener', 100, 1) as [Buffer];
    await bring('demo.csv', demo, true);
    await run('2026-11-24');

    expect((await clear()).days).toEqual(['2026-11-24']);

    expect([...(await listKnownDates(sql)).dates].sort()).toEqual(['2026-11-23', '2026-11-24']);
    const [day] = await sql`select state, closed_reason from cftc_day where business_date = '2026-11-24'`;
    expect(day).toEqual({ state: 'nil', closed_reason: 'the demonstration was cleared' });
    const { cftc_day: days, ...rest } = await stand();
    expect(days).toHaveLength(2);
    expect(Object.values(rest).flat()).toEqual([]);
  });

  test('removes the reports that were made of it, and none where anything else is here', async () => {
    const { sql } = database;
    const enter = () => sql`
      insert into report (report_id, request_hash, kind, owner, from_date, to_date, filters, format, state, path, size_bytes, sha256, expires_at)
      values (${'a'.repeat(32)}, ${'b'.repeat(32)}, 'activity', 'kim', '2026-11-23', '2026-11-23', '{}', 'csv', 'ready',
        'reports/a.csv', 1, ${'c'.repeat(64)}, now())`;
    const [demo, real] = makeDay('reports', 40, 2) as [Buffer, Buffer];
    await bring('demo.csv', demo, true);
    await enter();
    expect(await clearDemoReports(sql, FEED)).toEqual(['reports/a.csv']);
    expect(await sql`select from report`).toHaveLength(0);

    await enter();
    await bring('real.csv', real, false);
    expect(await clearDemoReports(sql, FEED)).toEqual([]);
    expect(await sql`select from report`).toHaveLength(1);
  });
});
