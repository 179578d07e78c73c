/** What needs a person in the ledger: contradictions, events that wait, daily reports that are owed. */
import type { Sql } from 'postgres';
import type { ExceptionCause } from '../contracts/exceptions.ts';
import { textArray } from './arrays.ts';
import { CAUSE_LIMIT } from './exception-causes.ts';

/** Swaps and portfolios with events that another one contradicts. */
export async function findConflicts(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<{ key: string; kind: string; count: number; since: Date }[]>`
    select subject_key as key, subject_kind as kind, count(*) as count, min(decided_at) as since
    from event_outcome as latest join tb_on_hist using (source_id, position)
    where outcome = 'conflict' and ${isLatest(sql)}
    group by subject_key, subject_kind order by since desc, key limit ${CAUSE_LIMIT}`;
  return rows.map(({ key, kind, count, since }) => ({
    kind: 'conflict',
    key: `conflict:${kind}:${key}`,
    count,
    since: since.getTime(),
    deadline: null,
    params: { swap: key },
    links: [`/v1/swaps/${encodeURIComponent(key)}?kind=${kind}`, `/v1/trace/${encodeURIComponent(key)}`],
  }));
}

/** Events that have waited for the beginning of their swap for more than a day, by source. */
export async function findOldPending(sql: Sql): Promise<ExceptionCause[]> {
  const rows = await sql<{ name: string; count: number; since: Date; swap: string }[]>`
    select name, count(*) as count, min(decided_at) as since, min(subject_key) as swap
    from event_outcome as latest join tb_on_hist using (source_id, position) join ledger_source using (source_id)
    where outcome = 'pending' and decided_at < now() - interval '1 day' and ${isLatest(sql)}
    group by name order by since, name limit ${CAUSE_LIMIT}`;
  return rows.map(({ name, count, since, swap }) => ({
    kind: 'pending-old',
    key: `pending:${name}`,
    count,
    since: since.getTime(),
    deadline: null,
    params: { source: name, swap },
    links: [`/v1/trace/${encodeURIComponent(swap)}`],
  }));
}

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

/**
 * Open swaps of these entities, by what they state (#13), whose latest valuation is from before the day. Swaps that began
 * behind the day or had matured by it have none to be reported. Reads the text of every open swap.
 */
export async function countUnvalued(sql: Sql, duties: readonly DailyDuty[]): Promise<DailyGap[]> {
  if (duties.length === 0) return [];
  return sql<DailyGap[]>`
    select duty.entity, duty.date, count(*) as count, min(subject_key) as example
    from (
      select subject_key, substring(state from '"#13":"([^"]*)"') as entity,
        coalesce(substring(state from '"valuation":\{"asOf":"([^"]*)"'), '') as valued,
        coalesce(substring(state from '"#96":"([^"]{10})'), '') as executed,
        coalesce(substring(state from '"#95":"([^"]{10})'), '~') as expires
      from tb_on_mst where subject_kind = 'swap' and status = 'open'
    ) as swap
    join unnest(${textArray(duties.map(({ entity }) => entity))}::text[],
      ${textArray(duties.map(({ date }) => date))}::text[]) as duty (entity, date) on duty.entity = swap.entity
    where left(valued, 10) < duty.date and executed <= duty.date and expires >= duty.date
    group by duty.entity, duty.date`;
}

/** Portfolios of these entities, by the beginning of their keys, whose latest margin is from before the day. */
export async function countUnmargined(sql: Sql, duties: readonly DailyDuty[]): Promise<DailyGap[]> {
  if (duties.length === 0) return [];
  return sql<DailyGap[]>`
    select duty.entity, duty.date, count(*) as count, min(subject_key) as example
    from (
      select subject_key, split_part(subject_key, '/', 1) as entity,
        coalesce(substring(state from '^\{"asOf":"([^"]*)"'), '') as margined
      from tb_on_mst where subject_kind = 'portfolio'
    ) as portfolio
    join unnest(${textArray(duties.map(({ entity }) => entity))}::text[],
      ${textArray(duties.map(({ date }) => date))}::text[]) as duty (entity, date) on duty.entity = portfolio.entity
    where left(margined, 10) < duty.date
    group by duty.entity, duty.date`;
}
