import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MESSAGE_STATES } from '../../contracts/outbound.ts';
import { readDayFacts } from '../../db/day-summary.ts';
import { storeAnswers } from '../../db/outbound-answers.ts';
import { claimSession } from '../../db/outbound-sessions.ts';
import { AT, DEMO_HEADER } from '../../demo/columns.ts';
import { generateDay } from '../../demo/day.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { isBusinessDay } from '../../domain/cftc/calendars/holiday-calendar.ts';
import { US_FEDERAL } from '../../domain/cftc/calendars/us-federal.ts';
import { addDays } from '../../domain/cftc/calendars/days.ts';
import type { DayFacts } from '../../domain/reports/day-facts.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { applyPublished } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { readFilesOf, reportOn, tellSession, writeFilesOf } from '../support/days.ts';
import { figuresByDuckdb, type Figures } from '../support/duckdb-figures.ts';
import { useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { message, TERMS } from '../support/swap-events.ts';

const [BEFORE, DATE] = ['2026-11-20', '2026-11-23'];
const cutOf = (date: string): string => `${date}T23:00:00Z`;
const OURS = BUILT_IN_TABLES.entities.rows.map(({ lei }) => lei);
const database = useDatabase();
const data = useDataDir();
let folder = '';

/** A swap of ours on a feed, that is told of by its event time. */
const told = (kind: string, swap: string, time: string, values: RecordValues = {}): RecordValues =>
  message(kind, swap, time, {
    ...{ ...TERMS, counterparty1ReportingCounterparty: OURS[0]!, reportingTimestamp: `${time}Z` },
    ...{ expirationDate: '2027-06-30', uniqueProductIdentifier: 'QZTNSWP00019' },
    ...values,
  });

const CHANGED = told('MODI-TRAD', 'LATE', '2026-11-20T15:00:00', { notionalAmountLeg1: '900.5' });
const ONE = [CHANGED, told('NEWT-TRAD', 'OLD', '2026-11-20T09:00:00')];
const TWO = [
  told('NEWT-TRAD', 'LATE', '2026-11-20T14:00:00'),
  told('MODI-TRAD', 'OLD', '2026-11-23T10:00:00', { notionalAmountLeg1: '70' }),
  told('MODI-TRAD', 'OLD', '2026-11-23T10:00:00', { notionalAmountLeg1: '70' }),
  told('MODI-TRAD', 'OLD', '2026-11-23T10:00:00', { notionalAmountLeg1: '71' }),
  // Reported on the day before: it comes again, and is contradicted.
  told('NEWT-TRAD', 'OLD', '2026-11-20T09:00:00'),
  told('NEWT-TRAD', 'OLD', '2026-11-20T09:00:00', { notionalAmountLeg1: '2' }),
  told('NEWT-TRAD', 'OLD', '2026-11-20T09:00:00', { notionalAmountLeg1: '3' }),
  told('NEWT-TRAD', 'OLD', '2026-11-20T09:00:00', { notionalAmountLeg1: '4' }),
  // It does not end with the terms that it has.
  told('TERM-ETRM', 'OLD', '2026-11-23T11:00:00'),
  told('MODI-TRAD', 'OLD', '2026-11-23T12:00:00'),
  told('TERM-ETRM', 'OLD', '2026-11-23T13:00:00'),
  // What has ended may be changed still, and ends once.
  told('MODI-TRAD', 'OLD', '2026-11-23T14:00:00'),
  told('TERM-ETRM', 'OLD', '2026-11-23T15:00:00'),
  told('MODI-TRAD', 'NOBODY', '2026-11-23T12:00:00'),
  told('NEWT-TRAD', 'THEIRS', '2026-11-23T12:00:00', {
    ...{ counterparty1ReportingCounterparty: 'DEMO00SOMEBODYELSE57', counterparty2: OURS[0]! },
  }),
];

/** Two days: on the first an event waits; on the second a file and a session, with answers of all kinds. */
beforeAll(async () => {
  const { sql } = database;
  folder = await mkdtemp(path.join(tmpdir(), 'tain-duckdb-'));
  await mkdir(path.join(folder, 'send'));
  await tellSession(sql, 'ONE', ONE);
  await reportOn(sql, BEFORE, cutOf(BEFORE), { eventsPerBatch: 300 });
  const rows = [...generateDay({ seed: 'duckdb', rows: 2000, date: '2026-11-21', brokenShare: 0.05 })];
  const content = Buffer.from(DEMO_HEADER + rows.map(({ bytes }) => bytes).join(''), 'latin1');
  const { file } = await publishDropped(sql, data, 'demo.csv', content);
  await applyPublished(sql, file, { sliceRows: 1000 });
  await tellSession(sql, 'TWO', TWO);
  await reportOn(sql, DATE, cutOf(DATE), { eventsPerBatch: 300 });
  const files = await readFilesOf(data.dataDir, await writeFilesOf(sql, data.dataDir, DATE));
  await writeFile(path.join(folder, 'in.csv'), content);
  for (const [name, bytes] of files) await writeFile(path.join(folder, 'send', name), bytes);
  await answerSome();
  await exportRaw();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A repository's word on some messages, in time and late; of others it says nothing. */
async function answerSome(): Promise<void> {
  const { sql } = database;
  // An answer moves what its own target was sent.
  await sql`
    insert into delivery (delivery_id, business_date, version, file_name, target)
    values ('to-sdr', ${DATE}, 1, 'all.csv', 'sdr')`;
  const session = await claimSession(sql, 'sdr', 'S1');
  const ids = await sql<{ id: string }[]>`
    select message_id as id from outbound_message where business_date = ${DATE} order by md5(message_id)`;
  const answers = ids.flatMap(({ id }, at) => {
    if (at % 5 === 0) return [];
    const answer = {
      kind: 'record',
      subject: id,
      verdict: at % 11 === 1 ? 'refused' : 'accepted',
      issues: [],
    } as const;
    const receivedAt = Date.parse('2026-11-24T04:00:00Z') + (at % 3) * 3_600_000;
    return [
      { session: 'S1', sequence: at + 1, receivedAt, bytes: Buffer.from(JSON.stringify(answer)), answer },
    ];
  });
  await storeAnswers(sql, session, answers);
}

const store = (name: string, rows: readonly object[]) =>
  writeFile(
    path.join(folder, `${name}.ndjson`),
    rows
      .map(
        (row) =>
          `${JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))}\n`,
      )
      .join(''),
  );

/** What came in and came back, as it is stored byte for byte; verdicts, because they are what is counted of a record. */
async function exportRaw(): Promise<void> {
  const { sql } = database;
  const errors = sql`array(
    select distinct issue ->> 'ruleId' from jsonb_array_elements(coalesce(issues::jsonb, '[]')) as issue
    where issue ->> 'severity' = 'error')`;
  const accepted = (name: ReturnType<typeof sql>, position: ReturnType<typeof sql>) => sql`(
    select accepted_at from ledger_source join tb_on_hist as hist using (source_id)
    where name = ${name} and hist.position = ${position})`;
  const records = await sql`
    select source.name as source, record_no as position, byte_offset as start, byte_length as size, verdict,
      ${errors} as rules, ${DATE} as day, ${accepted(sql`source.name`, sql`record_no`)} as accepted_at
    from tb_bat_file_hist as record join ledger_source as source on source.file_id = record.file_id
    order by record_no`;
  const messages = await sql<{ source: string; position: number; raw: string }[]>`
    select feed || '@' || session as source, sequence as position, null as start, null as size, verdict,
      ${errors} as rules, case when session = 'ONE' then ${BEFORE} else ${DATE} end as day,
      ${accepted(sql`feed_journal.feed || '@' || feed_journal.session`, sql`sequence`)} as accepted_at, convert_from(raw, 'UTF8') as raw
    from feed_journal order by feed, sequence`;
  await store('places', [...records, ...messages.map(({ raw: _, ...place }) => place)]);
  await store(
    'feed',
    messages.map(({ source, position, raw }) => ({ source, position, message: JSON.parse(raw) as object })),
  );
  const answers = await sql`select convert_from(raw, 'UTF8') as raw, received_at from outbound_answer`;
  await store('answers', answers);
  await store(
    'own',
    OURS.map((lei) => ({ lei })),
  );
  await store(
    'products',
    [...BUILT_IN_REGISTERS.upi!.entries].map(([upi, { assetClass }]) => ({ upi, asset_class: assetClass })),
  );
  const holidays: { day: string }[] = [];
  for (let day = '2026-01-01'; day < '2031-01-01'; day = addDays(day, 1)!)
    if (isBusinessDay(day, US_FEDERAL) === false) holidays.push({ day });
  await store('holidays', holidays);
}

const ask = (now: number): Promise<Figures> =>
  figuresByDuckdb({ folder, columns: Object.keys(AT), date: DATE, now });
const tell = (now: number): Promise<DayFacts> => readDayFacts(database.sql, DATE, now, BUILT_IN_TABLES);

/** Figures by name, as the page has them: what there is none of is 0 there, and left out here. */
const some = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

describe('every figure of the summary of a day, asked of the raw records by DuckDB', () => {
  test('is equal: records, outcomes, messages, states, classes, rules, what is owed, files', async () => {
    const now = Date.parse(cutOf(DATE));
    const [facts, figures] = [await tell(now), await ask(now)];
    const { totals, outcomes } = figures;

    // No byte of the file is in no record, or in two.
    expect(totals['left_over']).toBe(0);
    expect(facts.records).toEqual({
      read: totals['read'],
      accepted: totals['accepted'],
      rejected: totals['rejected'],
    });
    expect(facts.unmended).toBe(totals['rejected']);
    expect(some({ ...facts.outcomes, unplaced: facts.unplaced })).toEqual(outcomes);
    for (const kind of ['applied', 'duplicate', 'conflict', 'pending', 'violated'])
      expect(outcomes[kind]).toBeGreaterThan(0);
    expect([facts.settled, facts.otherReports, facts.messages, facts.resubmissions]).toEqual([
      totals['settled'],
      totals['otherReports'],
      totals['messages'],
      0,
    ]);
    expect(totals['settled']).toBe(1);
    expect(some(facts.byState)).toEqual(figures.byState);
    for (const state of MESSAGE_STATES.filter((one) => !['resubmitted', 'withdrawn', 'sent'].includes(one)))
      expect(figures.byState[state]).toBeGreaterThan(0);
    expect(Object.fromEntries(facts.byClass.map(({ name, count }) => [name, count]))).toEqual(
      figures.byClass,
    );
    expect(Object.fromEntries(facts.byRule.map(({ rule, count }) => [rule, count]))).toEqual(figures.byRule);
    expect(
      Object.fromEntries(
        facts.owed.flatMap(({ kind, entity, count }) => (kind === 'valuation' ? [[entity, count]] : [])),
      ),
    ).toEqual(figures.owed);
    expect(facts.inputs).toEqual([]);
    expect(facts.files.filter(({ name }) => name.endsWith('.csv'))).toEqual(
      figures.files.filter(({ name }) => name.endsWith('.csv')),
    );
    expect(facts.files.map(({ name, bytes, sha256 }) => [name, bytes, sha256])).toEqual(
      figures.files.map(({ name, bytes, sha256 }) => [name, bytes, sha256]),
    );
  });

  test.each(['2026-11-24T04:59:58Z', '2026-11-24T04:59:59Z', '2026-11-25T05:00:00Z', '2027-02-01T00:00:00Z'])(
    'is equal for timeliness at %s',
    async (instant) => {
      const now = Date.parse(instant);
      expect(some((await tell(now)).timely)).toEqual((await ask(now)).timely);
    },
  );

  test('is equal in the manifest: actions, and exact sums of notional amounts by currency', async () => {
    const figures = await ask(0);
    const { files } = JSON.parse(await readFile(path.join(folder, 'send', 'manifest.json'), 'utf8')) as {
      files: {
        controlTotals: { actions: Record<string, number>; notionalLeg1: Record<string, string> };
      }[];
    };
    const totals = files.map(({ controlTotals }) => controlTotals);
    const amounts = totals.flatMap(({ notionalLeg1 }) => Object.entries(notionalLeg1));
    const [sums, asked] = await Promise.all([addUp(amounts), addUp(Object.entries(figures.notional))]);

    expect(Object.keys(sums).length).toBeGreaterThan(3);
    expect(asked).toEqual(sums);
    const actions: Record<string, number> = {};
    for (const [action, count] of totals.flatMap((one) => Object.entries(one.actions)))
      actions[action] = (actions[action] ?? 0) + count;
    expect(figures.actions).toEqual(actions);
  });
});

/** Sums by currency, in which equal amounts are written alike. */
async function addUp(amounts: readonly (readonly [string, string])[]): Promise<Record<string, string>> {
  const rows = await database.sql<{ currency: string; sum: string }[]>`
    select currency, trim_scale(sum(amount::numeric))::text as sum
    from unnest(${amounts.map(([currency]) => currency)}::text[], ${amounts.map(([, amount]) => amount)}::text[])
      as one (currency, amount)
    group by currency`;
  return Object.fromEntries(rows.map(({ currency, sum }) => [currency, sum]));
}
