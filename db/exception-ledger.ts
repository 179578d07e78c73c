/** What needs a person in the ledger: contradictions, events that wait or break their order, daily reports that are owed. */
import type { Sql } from 'postgres';
import { MAX_CAUSES_PER_KIND, type Found } from '../contracts/exceptions.ts';
import { EASTERN } from '../domain/cftc/calendars/zone.ts';
import { isCalendarDate } from '../domain/cftc/dates.ts';
import { textArray } from './arrays.ts';
import { foundIn } from './exception-causes.ts';
import { countUnmargined } from './exception-margin.ts';

/** Swaps and portfolios with events that another one contradicts. */
export async function findConflicts(sql: Sql): Promise<Found> {
  const rows = await sql<
    { key: string; kind: string; count: number; since: Date; newest: Date; total: number }[]
  >`
    select subject_key as key, subject_kind as kind, count(*) as count, min(decided_at) as since,
      max(decided_at) as newest, count(*) over () as total
    from event_outcome as latest join tb_on_hist using (source_id, position)
    where outcome = 'conflict' and ${isLatest(sql)}
    group by subject_key, subject_kind order by since desc, key limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ key, kind, count, since, newest }) => ({
    kind: 'conflict',
    key: `conflict:${kind}:${key}`,
    count,
    since: since.getTime(),
    newest: newest.getTime(),
    deadline: null,
    params: { swap: key },
    links: [`/v1/swaps/${encodeURIComponent(key)}?kind=${kind}`, `/v1/trace/${encodeURIComponent(key)}`],
  }));
}

/** Events that have waited for the beginning of their swap for more than a day, by source. */
export async function findOldPending(sql: Sql): Promise<Found> {
  const rows = await sql<{ name: string; count: number; since: Date; swap: string; total: number }[]>`
    select name, count(*) as count, min(decided_at) as since, min(subject_key) as swap, count(*) over () as total
    from event_outcome as latest join tb_on_hist using (source_id, position) join ledger_source using (source_id)
    where outcome = 'pending' and decided_at < now() - interval '1 day' and ${isLatest(sql)}
    group by name order by since, name limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ name, count, since, swap }) => ({
    kind: 'pending-old',
    key: `pending:${name}`,
    count,
    since: since.getTime(),
    deadline: null,
    params: { source: name, swap },
    links: [`/v1/trace/${encodeURIComponent(swap)}`],
  }));
}

/**
 * Accepted events that break the order of events, by rule: nothing of them is reported.
 * @param dueOf when the first of what happened on a day (YYYY-MM-DD) is due, an instant; null where nobody can say
 */
export async function findViolated(sql: Sql, dueOf: (date: string) => number | null): Promise<Found> {
  const rows = await sql<
    {
      rule: string;
      count: number;
      swaps: number;
      since: Date;
      newest: Date;
      date: string;
      swap: string;
      total: number;
    }[]
  >`
    select rule, count(*) as count, count(distinct subject_key) as swaps, min(decided_at) as since,
      max(decided_at) as newest, min(left(case event_time when '' then fold_time else event_time end, 10)) as date,
      (array_agg(subject_key order by decided_at, subject_key))[1] as swap, count(*) over () as total
    from (
      select hist.subject_key, event_time, fold_time, decided_at, ${brokenRule(sql)} as rule
      from event_outcome as latest join tb_on_hist as hist using (source_id, position)
      where outcome = 'violated' and ${isLatest(sql)}
    ) as violated
    group by rule order by since, rule limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ rule, count, swaps, since, newest, date, swap }) => ({
    kind: 'violated',
    key: `violated:${rule}`,
    count,
    since: since.getTime(),
    newest: newest.getTime(),
    deadline: isCalendarDate(date) ? dueOf(date) : null,
    params: { rule, swaps, swap },
    links: [
      `/v1/exceptions/violated%3A${encodeURIComponent(rule)}/items`,
      `/v1/trace/${encodeURIComponent(swap)}`,
    ],
  }));
}

/**
 * The rule that the event `latest` breaks: the first one, where it breaks several. Read from the text as `toSequenceIssue`
 * has it written: a value may hold U+0000, which no JSON function of the database stands.
 */
export const brokenRule = (sql: Sql) => sql`
  coalesce(substring(latest.issues::text from ${'"ruleId":"([^"]*)","severity":"error"'}::text), '')`;

const isLatest = (sql: Sql) => sql`not exists (
  select from event_outcome as later where later.source_id = latest.source_id and later.position = latest.position
    and later.revision > latest.revision)`;

/** The day that an entity must have reported values of. */
export type DailyDuty = {
  readonly entity: string;
  /** YYYY-MM-DD. */
  readonly date: string;
};

export type DailyGap = DailyDuty & {
  readonly count: number;
  /** One of them, for people to begin with. */
  readonly example: string;
};

/** What stands in the text of a state before the values that are looked for. */
const MARKS = { entity: '"#13":"', valued: '"valuation":{"asOf":"', executed: '"#96":"', expires: '"#95":"' };

type Mark = keyof typeof MARKS;

/**
 * Open swaps of these entities, by what they state (#13), whose latest valuation is from before the day. Swaps that began
 * behind the day or had matured by it have none to be reported. The day of a valuation is that of `valuationDayOf`. Reads the text of every open swap, as bytes: letters are
 * counted from the beginning of a text whenever one is asked for by its place, which took three times as long.
 */
const unvalued = (sql: Sql, duties: readonly DailyDuty[]) => {
  const at = (name: Mark) => sql`
    position(convert_to(${MARKS[name]}, 'UTF8') in bytes) as ${sql(`${name}_at`)}`;
  const behind = (name: Mark, length: number) => sql`
    substring(bytes from ${sql(`${name}_at`)} + ${MARKS[name].length} for ${length})`;
  // A blank time gives the quotation mark behind it, which is less than any date.
  const date = (name: Mark, otherwise: string) => sql`
    case when ${sql(`${name}_at`)} = 0 then convert_to(${otherwise}, 'UTF8') else ${behind(name, 10)} end as ${sql(name)}`;
  // A valuation with a time is of the date in New York, which may be the one before that in UTC.
  const isOfTheDayBefore = sql`
    case when valued = day and substring(valued_at_time from 11 for 1) = 'T' then
      (convert_from(valued_at_time, 'UTF8') || 'Z')::timestamptz at time zone ${EASTERN} < duty.date::date else false end`;
  return sql`
    select duty.entity, duty.date, subject_key as key, encode(valued, 'escape') as last
    from (
      select subject_key, ${behind('entity', 20)} as entity, ${date('valued', '')}, ${date('executed', '')},
        ${date('expires', '~')}, ${behind('valued', 19)} as valued_at_time
      from (
        select subject_key, bytes, ${at('entity')}, ${at('valued')}, ${at('executed')}, ${at('expires')}
        from (
          select subject_key, convert_to(state, 'UTF8') as bytes
          from tb_on_mst where subject_kind = 'swap' and status = 'open' offset 0
        ) as open offset 0
      ) as placed
      where entity_at > 0 offset 0
    ) as swap
    join (
      select entity, date, convert_to(entity, 'UTF8') as entity_bytes, convert_to(date, 'UTF8') as day
      from unnest(${textArray(duties.map(({ entity }) => entity))}::text[],
        ${textArray(duties.map((one) => one.date))}::text[]) as duty (entity, date)
    ) as duty on duty.entity_bytes = swap.entity
    where executed <= day and expires >= day and (valued < day or ${isOfTheDayBefore})`;
};

/** How many open swaps lack their valuation, or portfolios their margin, by duty. */
export async function countOwed(
  sql: Sql,
  kind: 'valuation' | 'collateral',
  duties: readonly DailyDuty[],
): Promise<DailyGap[]> {
  if (duties.length === 0) return [];
  if (kind === 'collateral') return countUnmargined(sql, duties);
  return sql<DailyGap[]>`
    select entity, date, count(*) as count, min(key) as example from (${unvalued(sql, duties)}) as owed
    group by entity, date`;
}

/** The open swaps that lack the valuation of one day, and the day of the last one of each. */
export async function listUnvalued(
  sql: Sql,
  duty: DailyDuty,
  limit: number,
): Promise<{ readonly key: string; readonly last: string }[]> {
  return sql<{ key: string; last: string }[]>`
    select key, last from (${unvalued(sql, [duty])}) as owed order by key limit ${limit}`;
}
