/** Days as people look at them: with inputs, messages by state and asset class, deadlines, files. */
import type { Sql, TransactionSql } from 'postgres';
import type { MessageState } from '../contracts/outbound.ts';
import type { MessageKind } from '../domain/reports/message-columns.ts';
import { listStragglers } from './cut.ts';
import type { DayInputRow } from './day-inputs.ts';
import { listOpenBefore, type DayRow, type DayVersionRow } from './days.ts';

export type DayMessageRow = {
  readonly business_date: string;
  readonly kind: MessageKind;
  readonly asset_class: string | null;
  readonly state: MessageState;
  readonly messages: number;
  /** The earliest deadline of those that are not acknowledged. */
  readonly next_due: Date | null;
};

export type DayFindings = {
  readonly day: DayRow;
  readonly version: DayVersionRow | null;
  readonly inputs: readonly DayInputRow[];
  /** Of the current version; null where they were not counted. */
  readonly messages: readonly DayMessageRow[] | null;
  readonly files: number;
  readonly deliveries: number;
  /** What it waits for: days before it, and files on their way into the ledger. */
  readonly openBefore: readonly string[];
  readonly stragglers: readonly string[];
};

/** Newest dates first. Messages of days that are closed are not counted: there are many, and their number is known. */
export async function listDays(
  sql: Sql,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
): Promise<DayFindings[]> {
  const days = await sql<DayRow[]>`
    select * from cftc_day where true ${before ? sql`and business_date < ${before}` : sql``}
    order by business_date desc limit ${limit}`;
  return findAll(sql, days, ({ state }) => state !== 'closed' && state !== 'nil');
}

/** One day with all that is known of it; null when it was not opened. */
export async function findDayFindings(sql: Sql, date: string): Promise<DayFindings | null> {
  const days = await sql<DayRow[]>`select * from cftc_day where business_date = ${date}`;
  return (await findAll(sql, days, () => true))[0] ?? null;
}

async function findAll(
  sql: Sql,
  days: readonly DayRow[],
  isCounted: (day: DayRow) => boolean,
): Promise<DayFindings[]> {
  const dates = days.map((day) => day.business_date);
  const counted = days.filter(isCounted).map((day) => day.business_date);
  const [versions, inputs, messages, files, deliveries] = await Promise.all([
    sql<DayVersionRow[]>`
      select v.* from cftc_day_version as v join cftc_day using (business_date, version)
      where business_date = any(${dates}::date[])`,
    sql<DayInputRow[]>`
      select * from cftc_day_input where business_date = any(${dates}::date[]) order by name`,
    countMessages(sql, counted),
    countOf(sql, dates, sql`outbox_file`),
    countOf(sql, dates, sql`delivery`),
  ]);
  return Promise.all(
    days.map(async (day): Promise<DayFindings> => {
      const date = day.business_date;
      const isOf = (row: { readonly business_date: string }): boolean => row.business_date === date;
      return {
        day,
        version: versions.find(isOf) ?? null,
        inputs: inputs.filter(isOf),
        messages: isCounted(day) ? messages.filter(isOf) : null,
        files: files.find(isOf)?.rows ?? 0,
        deliveries: deliveries.find(isOf)?.rows ?? 0,
        openBefore: day.state === 'open' ? await listOpenBefore(sql, date) : [],
        stragglers: day.state === 'cut' ? await listStragglers(sql, date) : [],
      };
    }),
  );
}

const countMessages = (sql: Sql, dates: readonly string[]) => sql<DayMessageRow[]>`
  select business_date, kind, asset_class, m.state, count(*) as messages,
    min(due_at) filter (where m.state not in ('acknowledged', 'resubmitted', 'withdrawn')) as next_due
  from outbound_message as m join cftc_day as day using (business_date)
  where business_date = any(${dates as string[]}::date[]) and day_version = day.version
  group by business_date, kind, asset_class, m.state order by business_date, kind, asset_class, m.state`;

const countOf = (sql: Sql | TransactionSql, dates: readonly string[], table: ReturnType<Sql>) => sql<
  { business_date: string; rows: number }[]
>`
  select business_date, count(*) as rows from ${table} join cftc_day using (business_date, version)
  where business_date = any(${dates as string[]}::date[]) group by business_date`;
