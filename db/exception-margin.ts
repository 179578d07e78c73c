/** Margin that is owed and is not there: what the report "missing-collateral" lists, as the ledger stands now. */
import type { Sql } from 'postgres';
import { lacksMargin, marginedAs } from '../domain/reports/missing-reports.ts';
import { TRANSACTION_LEVEL } from '../domain/swaps/swap-event.ts';
import { textArray } from './arrays.ts';
import type { DailyDuty, DailyGap } from './exception-ledger.ts';
import { storableKey } from './ledger-subjects.ts';

/** What stands in the text of a state before the values that are looked for; the links stand before the terms. */
const MARKS = {
  code: 'MarginPortfolio":"',
  terms: '"terms":',
  entity: '"#13":"',
  executed: '"#96":"',
  expires: '"#95":"',
  margin: '"margin":{"asOf":"',
};

const at = (sql: Sql, mark: keyof typeof MARKS) => sql`position(convert_to(${MARKS[mark]}, 'UTF8') in bytes)`;

/** So many bytes behind a mark, as text; null where the mark is not there. */
const behind = (sql: Sql, mark: keyof typeof MARKS, length: number) => sql`
  encode(substring(bytes from nullif(${at(sql, mark)}, 0) + ${MARKS[mark].length} for ${length}), 'escape')`;

/** A code among the links, as it stands in JSON; blank where there is none. */
const code = (sql: Sql, name: 'initial' | 'variation') => sql`
  coalesce(substring(links from ${`"${name}MarginPortfolio":"((?:[^"\\\\]|\\\\.)*)"`}::text), '')`;

/**
 * Open swaps of the duties that name a portfolio, begun and not matured on the day: one row for each, with its own latest
 * margin where it is margined by itself. Reads the text of every open swap, as bytes.
 */
const named = (sql: Sql, duties: readonly DailyDuty[]) => sql`
  select duty.entity, duty.date, key, initial, variation, last,
    ${TRANSACTION_LEVEL} in (initial, variation) as is_by_itself
  from (
    select key, ${behind(sql, 'entity', 20)} as entity, coalesce(${behind(sql, 'executed', 10)}, '') as executed,
      coalesce(${behind(sql, 'expires', 10)}, '9999-12-31') as expires, coalesce(${behind(sql, 'margin', 10)}, '') as last,
      ${code(sql, 'initial')} as initial, ${code(sql, 'variation')} as variation
    from (
      select key, bytes, convert_from(substring(bytes for ${at(sql, 'terms')}), 'UTF8') as links
      from (
        select subject_key as key, convert_to(state, 'UTF8') as bytes
        from tb_on_mst where subject_kind = 'swap' and status = 'open' offset 0
      ) as open
      where ${at(sql, 'code')} > 0 offset 0
    ) as linked offset 0
  ) as swap
  join unnest(${textArray(duties.map(({ entity }) => entity))}::text[],
    ${textArray(duties.map(({ date }) => date))}::text[]) as duty (entity, date) using (entity)
  where executed <= duty.date and expires >= duty.date`;

/** Has a swap that is margined by itself no margin of the day, nor a later one? As `lacksMargin` says it. */
const lacksOwn = (sql: Sql) => sql`is_by_itself and (last !~ '^\\d{4}-\\d\\d-\\d\\d$' or last < date)`;

type PortfolioRow = DailyDuty & { readonly initial: string; readonly variation: string };

/** Portfolios of these rows that lack the margin of their day, with their latest. */
async function lackingOf(
  sql: Sql,
  rows: readonly PortfolioRow[],
): Promise<(DailyDuty & { readonly key: string; readonly last: string })[]> {
  const portfolios = rows.flatMap(({ entity, date, ...codes }) => {
    const [initial, variation] = [codes.initial, codes.variation].map(
      (text) => JSON.parse(`"${text}"`) as string,
    );
    const margined = marginedAs({ reporter: entity, initial: initial!, variation: variation!, swap: '' });
    return margined === null ? [] : [{ entity, date, key: storableKey(margined.key) }];
  });
  const latest = await sql<{ key: string; last: string | null }[]>`
    select subject_key as key, substring(state from '^\\{"asOf":"([^"]*)"') as last from tb_on_mst
    where subject_kind = 'portfolio'
      and subject_key = any (${textArray([...new Set(portfolios.map(({ key }) => key))])}::text[])`;
  const lasts = new Map(latest.map(({ key, last }) => [key, last]));
  return portfolios
    .map((one) => ({ ...one, last: lasts.get(one.key) ?? '' }))
    .filter(({ last, date }) => lacksMargin(last, date));
}

/** How many portfolios, and swaps that are margined by themselves, lack the margin of their day, by duty. */
export async function countUnmargined(sql: Sql, duties: readonly DailyDuty[]): Promise<DailyGap[]> {
  const rows = await sql<(PortfolioRow & { own: string | null; count: number })[]>`
    with named as materialized (${named(sql, duties)})
    select entity, date, initial, variation, null as own, 0 as count from named where not is_by_itself
    group by entity, date, initial, variation
    union all
    select entity, date, '', '', min(key), count(*) from named where ${lacksOwn(sql)} group by entity, date`;
  const lacking = await lackingOf(
    sql,
    rows.filter(({ own }) => own === null),
  );
  const gaps = duties.map(({ entity, date }): DailyGap => {
    const isOf = (one: DailyDuty): boolean => one.entity === entity && one.date === date;
    const keys = lacking.filter(isOf).map(({ key }) => key);
    const own = rows.find((row) => row.own !== null && isOf(row));
    const [example = ''] = [...keys, ...(own ? [own.own!] : [])].sort();
    return { entity, date, count: keys.length + (own?.count ?? 0), example };
  });
  return gaps.filter(({ count }) => count > 0);
}

type Unmargined = {
  readonly key: string;
  readonly kind: 'portfolio' | 'swap';
  /** The day of its latest margin; blank where there is none. */
  readonly last: string;
};

/** The portfolios and swaps that lack the margin of one day, in the order of their keys. */
export async function listUnmargined(sql: Sql, duty: DailyDuty, limit: number): Promise<Unmargined[]> {
  const rows = await sql<(PortfolioRow & { own: string | null; last: string })[]>`
    with named as materialized (${named(sql, [duty])})
    select entity, date, initial, variation, null as own, '' as last from named where not is_by_itself
    group by entity, date, initial, variation
    union all
    (select entity, date, '', '', key, last from named where ${lacksOwn(sql)} order by key limit ${limit})`;
  const lacking = await lackingOf(
    sql,
    rows.filter(({ own }) => own === null),
  );
  const found: Unmargined[] = [
    ...lacking.map(({ key, last }) => ({ key, kind: 'portfolio' as const, last: last.slice(0, 10) })),
    ...rows.flatMap(({ own, last }) => (own === null ? [] : [{ key: own, kind: 'swap' as const, last }])),
  ];
  return found.sort((left, right) => (left.key < right.key ? -1 : 1)).slice(0, limit);
}
