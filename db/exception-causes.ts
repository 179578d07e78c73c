/**
 * What needs a person, asked of the tables that it is in: files, days and their inputs, feeds, comparisons with the
 * repository. Each cause is one row, however much there is of it; of a kind so many are listed, and all are counted.
 */
import type { Sql } from 'postgres';
import {
  MAX_CAUSES_PER_KIND,
  REJECTED_DAYS,
  type ExceptionCause,
  type Found,
} from '../contracts/exceptions.ts';
import type { ErrorParams } from '../contracts/errors.ts';
import { fileIdOf } from './file-audit.ts';

/** @param at null where nothing says */
export const instantOf = (at: Date | null): number | null => at?.getTime() ?? null;

/** Makes causes of rows that say in `total` how many there are without the limit. */
export const foundIn = <Row extends { readonly total: number }>(
  rows: readonly Row[],
  causeOf: (row: Row) => ExceptionCause,
): Found => ({ causes: rows.map(causeOf), total: rows[0]?.total ?? 0 });

/** `count(*) over ()` is made before the limit. */
type Counted = { readonly total: number };

/** Files that were refused or are held, or whose records do not reach the ledger. */
export async function findFileProblems(sql: Sql): Promise<Found> {
  const rows = await sql<
    (Counted & {
      folder_date: string;
      sha256: string;
      name: string;
      code: string;
      params: ErrorParams | null;
      since: Date | null;
    })[]
  >`
    select folder_date, sha256, file_name as name, problem_code as code, problem_params as params,
      coalesce(finished_at, started_at, received_at) as since, count(*) over () as total
    from tb_bat_file_mst
    where problem_code is not null and folder_date >= current_date - ${REJECTED_DAYS}::integer
    order by file_id desc limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ code, params, since, ...file }) => {
    const id = fileIdOf(file);
    return {
      kind: 'file-problem',
      key: `file:${id}`,
      count: 1,
      since: instantOf(since),
      deadline: null,
      params: { ...params, file: file.name, id, code },
      links: [`/v1/files/${id}`],
    };
  });
}

/**
 * Inputs that a day waits for after their time, or for as long as it takes, and those that it was cut without: until they
 * are waived or the day is closed.
 */
export async function findMissingInputs(sql: Sql): Promise<Found> {
  const rows = await sql<
    (Counted & {
      date: string;
      name: string;
      kind: string;
      expected: string;
      due: Date | null;
      since: Date;
    })[]
  >`
    select day.business_date::text as date, name, input.kind, expected, due_at as due,
      coalesce(due_at, opened_at) as since, count(*) over () as total
    from cftc_day as day join cftc_day_input as input using (business_date)
    where (input.state = 'missing' and day.state not in ('closed', 'nil'))
      or (input.state = 'waiting' and day.state in ('open', 'incomplete') and (due_at is null or due_at < now()))
    order by date, name limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ date, name, kind, expected, due, since }) => ({
    kind: 'day-input-missing',
    key: `input:${date}:${name}`,
    count: 1,
    since: since.getTime(),
    deadline: instantOf(due),
    params: { date, name, input: kind, expected },
    links: [`/v1/days/${date}`],
  }));
}

/** Days that cannot go on without somebody. */
export async function findStuckDays(sql: Sql): Promise<Found> {
  const rows = await sql<
    (Counted & {
      date: string;
      state: string;
      code: string | null;
      params: ErrorParams | null;
      since: Date;
    })[]
  >`
    select business_date::text as date, state, problem_code as code, problem_params as params, opened_at as since,
      count(*) over () as total
    from cftc_day where state = 'incomplete' or (problem_code is not null and state not in ('closed', 'nil'))
    order by date limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ date, state, code, params, since }) => ({
    kind: 'day-stuck',
    key: `day:${date}`,
    count: 1,
    since: since.getTime(),
    deadline: null,
    params: { ...params, date, state, code: code ?? '' },
    links: [`/v1/days/${date}`],
  }));
}

/** Feeds with messages that did not come. */
export async function findFeedGaps(sql: Sql): Promise<Found> {
  const rows = await sql<(Counted & { feed: string; gaps: number; missing: number; since: Date })[]>`
    select feed, count(*) as gaps, sum(to_sequence - from_sequence)::bigint as missing, min(found_at) as since,
      count(*) over () as total
    from feed_gap where filled_at is null group by feed order by feed limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ feed, gaps, missing, since }) => ({
    kind: 'feed-gap',
    key: `gap:${feed}`,
    count: missing,
    since: since.getTime(),
    deadline: null,
    params: { feed, gaps },
    links: [`/v1/feeds/${feed}`],
  }));
}

/**
 * Entities whose last comparison with the repository's open swaps found breaks; gone with one that finds none. They are
 * known since the first comparison that found some behind the last that found none: another one does not give more time.
 * @param dueOf when what was found at an instant must be corrected, an instant; null where nobody can say
 */
export async function findBreaks(
  sql: Sql,
  dueOf: (entity: string, foundAt: number) => number | null,
): Promise<Found> {
  const rows = await sql<
    { entity: string; date: string; report: string; breaks: number; compared: number; since: Date }[]
  >`
    select entity, date, report, breaks, compared, (
        select min(recorded_at) from verification as found
        where found.entity = last.entity and found.breaks > 0 and not exists (
          select from verification as clean
          where clean.entity = found.entity and clean.breaks = 0
            and (clean.verified_on, clean.recorded_at) > (found.verified_on, found.recorded_at))) as since
    from (
      select distinct on (entity) entity, verified_on::text as date, report_name as report, breaks, compared
      from verification order by entity, verified_on desc, recorded_at desc
    ) as last where breaks > 0 order by entity`;
  const causes = rows.map(({ entity, date, report, breaks, compared, since }): ExceptionCause => ({
    kind: 'reconcile-breaks',
    key: `breaks:${entity}`,
    count: breaks,
    since: since.getTime(),
    deadline: dueOf(entity, since.getTime()),
    params: { entity, date, report, compared },
    links: ['/v1/obligations'],
  }));
  return { causes, total: causes.length };
}
