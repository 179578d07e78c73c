/** The figures of a day's summary, as of one moment: from the cut, the ledger, the messages and the answers. */
import type { Sql, TransactionSql } from 'postgres';
import { isErrorCode, type ErrorParams } from '../contracts/errors.ts';
import { MESSAGE_STATES, type DayState, type MessageState } from '../contracts/outbound.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import { ASSET_CLASSES } from '../domain/cftc/scopes.ts';
import { owedDays } from '../domain/desk/daily-duties.ts';
import { earliestDue } from '../domain/desk/mending-due.ts';
import type { DayFacts, DayOutcomes } from '../domain/reports/day-facts.ts';
import { isMended } from './corrections.ts';
import { countOwed } from './exception-ledger.ts';
import type { DeskTables } from './exceptions.ts';

type DayRow = {
  readonly state: DayState;
  readonly version: number;
  readonly problem_code: string | null;
  readonly problem_params: ErrorParams | null;
  readonly cut_at: Date | null;
  readonly messages_cut: boolean | null;
} & { readonly [outcome in `${keyof DayOutcomes}_count`]: number } & {
  readonly settled_count: number;
  readonly other_count: number;
  readonly message_count: number;
};

/**
 * Reads a day. The figures stand for themselves: none is the difference of others, so that what does not add up shows.
 * @param date business date
 * @param now instant in milliseconds, by which messages are overdue
 * @param tables who of ours owes what
 */
export async function readDayFacts(
  sql: Sql,
  date: string,
  now: number,
  tables: DeskTables,
): Promise<DayFacts> {
  const owed = await readOwed(sql, date, tables);
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const [day] = await tx<DayRow[]>`
      select cftc_day.*, version.cut_at, messages_cut, applied_count, duplicate_count, conflict_count, pending_count,
        violated_count, settled_count, other_count, message_count
      from cftc_day left join cftc_day_version as version using (business_date, version)
      where business_date = ${date}`;
    const version = day?.version ?? 1;
    const records = await readRecords(tx, date);
    const messages = await readMessages(tx, date, version, now);
    const isCounted = day?.messages_cut === true;
    return {
      date,
      state: day?.state ?? null,
      version,
      cutAt: day?.cut_at ? formatInstant(day.cut_at.getTime()) : null,
      problem: isErrorCode(day?.problem_code)
        ? { code: day.problem_code, params: day.problem_params ?? {} }
        : null,
      now,
      ...records,
      outcomes: isCounted ? outcomesOf(day) : null,
      settled: isCounted ? day.settled_count : 0,
      otherReports: isCounted ? day.other_count : 0,
      ...messages,
      owed,
      unmended: await countUnmended(tx, date),
      mendBy: earliestDue(tables, date),
      byRule: await readRules(tx, date),
      inputs: await readInputs(tx, date),
      files: await readFiles(tx, date, version),
    };
  });
}

const outcomesOf = (day: DayRow): DayOutcomes => ({
  applied: day.applied_count,
  duplicate: day.duplicate_count,
  conflict: day.conflict_count,
  pending: day.pending_count,
  violated: day.violated_count,
});

/** The sequence numbers of feeds that are in the cut, as ranges. */
const cutRanges = (tx: TransactionSql, date: string) => tx`
  cftc_cut_feed as cut cross join lateral unnest(cut.sequences) as range
  join feed_journal as journal on journal.feed = cut.feed and journal.session = cut.session
    and journal.sequence >= lower(range) and journal.sequence < upper(range)
  where cut.business_date = ${date}`;

async function readRecords(
  tx: TransactionSql,
  date: string,
): Promise<Pick<DayFacts, 'records' | 'unplaced'>> {
  const [row] = await tx<{ read: number; accepted: number; rejected: number; unplaced: number }[]>`
    select sum(read)::bigint as read, sum(accepted)::bigint as accepted, sum(rejected)::bigint as rejected,
      sum(unplaced)::bigint as unplaced
    from (
      select coalesce(sum(read_count), 0) as read, coalesce(sum(accepted_count), 0) as accepted,
        coalesce(sum(rejected_count), 0) as rejected, coalesce(sum(unplaced_count), 0) as unplaced
      from cftc_cut_file as cut join tb_bat_file_mst as file using (file_id, revision)
      where cut.business_date = ${date}
      union all
      select count(*), count(*) filter (where journal.verdict = 'accepted'),
        count(*) filter (where journal.verdict = 'rejected'),
        count(*) filter (where journal.verdict = 'accepted' and not exists (
          select from ledger_source as source join tb_on_hist as hist using (source_id)
          where source.feed = journal.feed and source.session = journal.session and hist.position = journal.sequence))
      from ${cutRanges(tx, date)}
    ) as counted`;
  const { unplaced, ...records } = row!;
  return { records, unplaced };
}

/** The daily values of the date that our entities owe and that are not there. */
async function readOwed(sql: Sql, date: string, tables: DeskTables): Promise<DayFacts['owed']> {
  const days = owedDays(tables, date, date);
  const owed: DayFacts['owed'][number][] = [];
  for (const kind of ['valuation', 'collateral'] as const) {
    const own = days.filter((one) => one.kind === kind);
    for (const { entity, count } of await countOwed(sql, kind, own)) {
      const { dueAt } = own.find((one) => one.entity === entity)!.obligation;
      owed.push({ kind, entity, count, dueAt });
    }
  }
  return owed;
}

async function countUnmended(tx: TransactionSql, date: string): Promise<number> {
  const [row] = await tx<{ count: number }[]>`
    select (
      select count(*) from cftc_cut_file as cut join tb_bat_file_mst as file using (file_id, revision)
      join tb_bat_file_hist as record
        on record.folder_date = file.folder_date and record.file_id = cut.file_id and record.revision = cut.revision
        and record.verdict = 'rejected'
      where cut.business_date = ${date} and not ${isMended(tx)}
    ) + (
      select count(*) from ${cutRanges(tx, date)} and journal.verdict = 'rejected'
    ) as count`;
  return row!.count;
}

async function readRules(tx: TransactionSql, date: string): Promise<DayFacts['byRule']> {
  const rows = await tx<{ rule: string; count: number }[]>`
    select rule, sum(records)::bigint as count from (
      select broken.rule, count(*) as records
      from cftc_cut_file as cut join tb_bat_file_mst as file using (file_id, revision)
      join tb_bat_file_hist as record
        on record.folder_date = file.folder_date and record.file_id = cut.file_id and record.revision = cut.revision
        and record.verdict = 'rejected'
      cross join lateral (
        select distinct issue->>'ruleId' as rule from jsonb_array_elements(record.issues) as issue
        where issue->>'severity' = 'error'
      ) as broken
      where cut.business_date = ${date}
      group by broken.rule
      union all
      select broken.rule, count(*)
      from (select journal.issues from ${cutRanges(tx, date)} and journal.verdict = 'rejected') as message
      cross join lateral (
        select distinct issue->>'ruleId' as rule from json_array_elements(message.issues) as issue
        where issue->>'severity' = 'error'
      ) as broken
      group by broken.rule
    ) as counted
    group by rule order by count desc, rule collate "C"`;
  return [...rows];
}

type MessageFacts = Pick<
  DayFacts,
  'messages' | 'byState' | 'resubmissions' | 'byClass' | 'timely' | 'nextDue'
>;

const TIMELY = ['inTime', 'late', 'overdue', 'open', 'noDeadline'] as const;

async function readMessages(
  tx: TransactionSql,
  date: string,
  version: number,
  now: number,
): Promise<MessageFacts> {
  const rows = await tx<
    {
      state: MessageState;
      isNew: boolean;
      name: string;
      timely: keyof DayFacts['timely'] | null;
      due: Date | null;
      count: number;
    }[]
  >`
    select state, attempt = 1 as "isNew",
      case when kind = 'transaction' then coalesce(asset_class, '') else kind end as name,
      case
        -- The one that took its place has the same due time; nothing is owed of what was withdrawn.
        when state in ('resubmitted', 'withdrawn') then null
        when due_at is null then 'noDeadline'
        when state = 'acknowledged' and answered_at <= due_at then 'inTime'
        when state = 'acknowledged' then 'late'
        when due_at <= ${new Date(now)} then 'overdue'
        else 'open'
      end as timely,
      min(due_at) as due, count(*) as count
    from outbound_message
    where business_date = ${date} and day_version = ${version} and part = 45
    group by 1, 2, 3, 4`;
  const sumOf = (wanted: (row: (typeof rows)[number]) => boolean): number =>
    rows.reduce((sum, row) => (wanted(row) ? sum + row.count : sum), 0);
  const byName = <Name extends string>(
    names: readonly Name[],
    pick: (row: (typeof rows)[number]) => string | null,
  ) =>
    Object.fromEntries(names.map((name) => [name, sumOf((row) => pick(row) === name)])) as Record<
      Name,
      number
    >;
  const nextDue = (state: MessageState): number | null => {
    const dues = rows.flatMap((row) => (row.state === state && row.due !== null ? row.due.getTime() : []));
    return dues.length === 0 ? null : Math.min(...dues);
  };
  return {
    nextDue: {
      refused: nextDue('refused'),
      held: nextDue('held'),
      pending: nextDue('pending'),
      sent: nextDue('sent'),
    },
    messages: sumOf(({ isNew }) => isNew),
    resubmissions: sumOf(({ isNew }) => !isNew),
    byState: byName(MESSAGE_STATES, ({ state }) => state),
    timely: byName(TIMELY, ({ timely }) => timely),
    byClass: [...[...ASSET_CLASSES].sort(), '', 'valuation', 'collateral']
      .map((name) => ({ name, count: sumOf((row) => row.name === name) }))
      .filter(({ count }) => count > 0),
  };
}

async function readInputs(tx: TransactionSql, date: string): Promise<DayFacts['inputs']> {
  const rows = await tx<{ name: string; state: DayFacts['inputs'][number]['state']; due_at: Date | null }[]>`
    select name, state, due_at from cftc_day_input where business_date = ${date} order by name`;
  return rows.map(({ name, state, due_at: dueAt }) => ({
    name,
    state,
    dueAt: dueAt && formatInstant(dueAt.getTime()),
  }));
}

async function readFiles(tx: TransactionSql, date: string, version: number): Promise<DayFacts['files']> {
  return [
    ...(await tx<DayFacts['files'][number][]>`
      select name, row_count as rows, size_bytes as bytes, sha256 from outbox_file
      where business_date = ${date} and version = ${version} order by name`),
  ];
}
