import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { DayCounts } from '../../contracts/cftc-day.ts';
import { MESSAGE_STATES } from '../../contracts/outbound.ts';
import { readDayFacts } from '../../db/day-summary.ts';
import type { OutboxFileRow } from '../../db/outbox-files.ts';
import { AT, DEMO_HEADER } from '../../demo/columns.ts';
import { generateDay, type DemoRow } from '../../demo/day.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { catalogueRuleById } from '../../domain/cftc/rule-catalogue.ts';
import { applyPublished } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { BASIS, readFilesOf, reportOn, writeFilesOf } from '../support/days.ts';
import { useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';

const DATE = '2026-11-23';
const CUT = '2026-11-23T23:00:00Z';
const database = useDatabase();
const data = useDataDir();

type Totals = {
  readonly actions: Record<string, number>;
  readonly notionalLeg1: Record<string, string>;
};
type Manifest = {
  readonly counts: DayCounts;
  readonly cut: unknown;
  readonly files: readonly (Record<'name' | 'kind' | 'sha256', string> & {
    readonly assetClass: string | null;
    readonly rows: number;
    readonly bytes: number;
    readonly controlTotals: Totals;
  })[];
};
/** An accepted record of the file that came in: its cells as the sender wrote them, and what became of it. */
type Entered = { readonly cells: readonly string[]; readonly outcome: string };

let rows: DemoRow[];
let content: Buffer;
let manifest: Manifest;
let kept: readonly OutboxFileRow[];
let files: Map<string, Buffer>;
let entered: Entered[];
let messages: readonly Entered[];

beforeAll(async () => {
  const { sql } = database;
  rows = [...generateDay({ seed: 'figures', rows: 2000, date: '2026-11-21', brokenShare: 0.05 })];
  content = Buffer.from(DEMO_HEADER + rows.map(({ bytes }) => bytes).join(''), 'latin1');
  const { file } = await publishDropped(sql, data, 'demo.csv', content);
  await applyPublished(sql, file, { sliceRows: 1000 });
  await reportOn(sql, DATE, CUT, { eventsPerBatch: 300 });
  kept = await writeFilesOf(sql, data.dataDir, DATE);
  files = await readFilesOf(data.dataDir, kept);
  manifest = JSON.parse(files.get('manifest.json')!.toString('utf8')) as Manifest;
  entered = await readEntered();
  messages = entered.filter(({ cells, outcome }) => outcome === 'applied' && !isOtherReports(cells));
});

/** What came in, from the bytes that were sent; what became of each, from the newest word on it. */
async function readEntered(): Promise<Entered[]> {
  const outcomes = await database.sql<{ position: number; outcome: string }[]>`
    select position, outcome from event_outcome as newest
    where revision = (
      select max(revision) from event_outcome as any_of
      where any_of.source_id = newest.source_id and any_of.position = newest.position)
    order by position`;
  return outcomes.map(({ position, outcome }) => {
    const [cells] = parse(rows[position - 1]!.bytes, { to: 1 }) as [string[]];
    return { cells, outcome };
  });
}

const OURS = new Set(BUILT_IN_TABLES.entities.rows.map(({ lei }) => lei));
const isOtherReports = (cells: readonly string[]): boolean =>
  OURS.has(cells[AT.counterparty2]!) && !OURS.has(cells[AT.counterparty1]!);

const countBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(items, keyOf)].map(([key, own]) => [key, own.length]));

/** Sums of amounts by currency, of rows that have an amount, as Postgres adds them: an amount has five decimals. */
async function sumByCurrency(
  amounts: readonly (readonly [currency: string, amount: string])[],
): Promise<Record<string, string>> {
  const stated = amounts.filter(([, amount]) => amount !== '');
  const sums = await database.sql<{ currency: string; sum: string }[]>`
    select currency, trim_scale(sum(round(amount::numeric, 5)))::text as sum
    from unnest(${stated.map(([currency]) => currency)}::text[], ${stated.map(([, amount]) => amount)}::text[])
      as one (currency, amount)
    group by currency`;
  return Object.fromEntries(sums.map(({ currency, sum }) => [currency, sum]));
}

type Line = Readonly<Record<string, string>>;
const linesOf = (name: string): Line[] => parse(files.get(name)!, { columns: true });

describe('the counts of a day', () => {
  test('are those of the records that came in, whatever said so', async () => {
    const facts = await readDayFacts(database.sql, DATE, Date.parse(CUT), BUILT_IN_TABLES);

    const verdicts = countBy(rows, ({ expected }) => expected.verdict);
    expect(verdicts['rejected']).toBeGreaterThan(50);
    expect(facts.records).toEqual({ read: rows.length, ...verdicts });
    expect(facts.unplaced).toBe(verdicts['accepted']! - entered.length);
    const rules = rows
      .filter(({ expected }) => expected.verdict === 'rejected')
      .flatMap(({ expected }) => [...new Set(expected.issues.map(({ ruleId }) => ruleId))])
      .filter((rule) => catalogueRuleById.get(rule)!.severity === 'error');
    expect(Object.fromEntries(facts.byRule.map(({ rule, count }) => [rule, count]))).toEqual(
      countBy(rules, (rule) => rule),
    );

    const none = { applied: 0, duplicate: 0, conflict: 0, pending: 0, violated: 0 };
    const outcomes = { ...none, ...countBy(entered, ({ outcome }) => outcome) };
    expect(facts.outcomes).toEqual(outcomes);
    expect(manifest.counts).toEqual({
      accepted: entered.length,
      ...outcomes,
      settled: 0,
      messages: messages.length,
      otherReports: outcomes.applied - messages.length,
    });
    expect([facts.messages, facts.otherReports]).toEqual([
      messages.length,
      outcomes.applied - messages.length,
    ]);
    expect(messages.length).toBeGreaterThan(1000);
    expect(outcomes.applied).toBeGreaterThan(messages.length);
  });

  test('of messages by state, class and time are those of the messages one by one', async () => {
    const { sql } = database;
    await sql`
      update outbound_message set state = 'acknowledged', sent_at = ${CUT}, answered_at = coalesce(due_at, ${CUT})
        + make_interval(hours => ordinal % 2)
      where right(message_id, 1) < '8'`;
    await sql`
      update outbound_message set state = 'refused', sent_at = ${CUT}, answered_at = ${CUT}
      where right(message_id, 1) between '8' and '9'`;
    const all = await sql<
      { state: string; kind: string; assetClass: string | null; due: Date | null; answered: Date | null }[]
    >`
      select state, kind, asset_class as "assetClass", due_at as due, answered_at as answered from outbound_message`;
    const due = all.flatMap((message) => (message.due === null ? [] : [message.due.getTime()]));

    for (const now of [Date.parse(CUT), Math.min(...due), Math.max(...due) - 1, Math.max(...due)]) {
      const facts = await readDayFacts(sql, DATE, now, BUILT_IN_TABLES);
      const timeOf = ({ state, due, answered }: (typeof all)[number]): string => {
        if (due === null) return 'noDeadline';
        if (state === 'acknowledged') return answered! > due ? 'late' : 'inTime';
        return due.getTime() > now ? 'open' : 'overdue';
      };
      expect(facts.timely).toEqual({
        ...{ inTime: 0, late: 0, overdue: 0, open: 0, noDeadline: 0 },
        ...countBy(all, timeOf),
      });
      expect(facts.byState).toEqual({
        ...Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0])),
        ...countBy(all, ({ state }) => state),
      });
      expect(Object.fromEntries(facts.byClass.map(({ name, count }) => [name, count]))).toEqual(
        countBy(all, ({ kind, assetClass }) => (kind === 'transaction' ? (assetClass ?? '') : kind)),
      );
    }
  });
});

describe('the manifest of a day', () => {
  test('has rows, bytes, hash and control totals of each file as another reader finds them', async () => {
    for (const file of manifest.files) {
      const lines = linesOf(file.name);
      const bytes = files.get(file.name)!;
      expect(file).toMatchObject({
        rows: lines.length,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      });
      expect(file.controlTotals).toEqual({
        actions: countBy(lines, ({ actionType }) => actionType!),
        notionalLeg1: await sumByCurrency(
          lines.map(({ notionalCurrencyLeg1 = '', notionalAmountLeg1 = '' }) => [
            notionalCurrencyLeg1,
            notionalAmountLeg1,
          ]),
        ),
      });
      const row = kept.find(({ name }) => name === file.name)!;
      expect([row.row_count, row.size_bytes, row.sha256]).toEqual([file.rows, file.bytes, file.sha256]);
      const known = await database.sql<{ id: string }[]>`
        select message_id as id from outbound_message
        where kind = ${file.kind} and asset_class is not distinct from ${file.assetClass}`;
      expect(lines.map(({ tainMessage }) => tainMessage).sort()).toEqual(known.map(({ id }) => id).sort());
    }
  });

  test('accounts for what came in: all files together have the actions and amounts of its records', async () => {
    const lines = manifest.files.flatMap(({ name }) => linesOf(name));
    expect(countBy(lines, ({ actionType }) => actionType!)).toEqual(
      countBy(messages, ({ cells }) => cells[AT.actionType]!),
    );
    const stated = ({ cells }: Entered) =>
      [cells[AT.notionalCurrencyLeg1]!, cells[AT.notionalAmountLeg1]!] as const;
    const sums = manifest.files.map(({ controlTotals }) => controlTotals.notionalLeg1);
    expect(await sumByCurrency(sums.flatMap((one) => Object.entries(one)))).toEqual(
      await sumByCurrency(messages.map(stated)),
    );
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(manifest).toMatchObject({
      date: DATE,
      cutAt: CUT,
      submitter: BASIS.submitter,
      cut: { files: [{ id: `20261121-${sha256.slice(0, 32)}`, revision: 1, sha256 }], feeds: [] },
    });
  });
});
