/**
 * The figures of a day's summary computed a second time, by DuckDB, over raw records alone: the bytes of the files that
 * came in, messages of feeds, answers of the repository, the files that leave. It shares no code with what makes them.
 */
import { DuckDBInstance } from '@duckdb/node-api';

/** What a folder has to hold for it; see `day-duckdb.test.ts`, which writes it. */
export type RawFolder = {
  readonly folder: string;
  /** Names of the columns of in.csv, in their order. */
  readonly columns: readonly string[];
  /** The business date whose figures are wanted, and an instant in milliseconds. */
  readonly date: string;
  readonly now: number;
};

export type Figures = {
  /** read, accepted, rejected, messages, otherReports, settled; and bytes of the file that no record has. */
  readonly totals: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly byState: Readonly<Record<string, number>>;
  readonly timely: Readonly<Record<string, number>>;
  readonly byClass: Readonly<Record<string, number>>;
  readonly byRule: Readonly<Record<string, number>>;
  /** What leaves, by action; sums of its notional amounts by currency, exact. */
  readonly actions: Readonly<Record<string, number>>;
  readonly notional: Readonly<Record<string, string>>;
  /** Open swaps of ours without a valuation of the date or later, by LEI. */
  readonly owed: Readonly<Record<string, number>>;
  readonly files: readonly {
    readonly name: string;
    /** Null of what is no CSV. */
    readonly rows: number | null;
    readonly bytes: number;
    readonly sha256: string;
  }[];
};

const text = (path: string): string => `'${path.replaceAll("'", "''")}'`;

/** Values that both files and messages have, by the names and the numbers of the specification. */
const SHARED = {
  uti: ['uniqueTransactionIdentifierUti', '#103'],
  usi: ['uniqueSwapIdentifierUsi', '#102'],
  action: ['actionType', '#26'],
  event: ['eventType', '#27'],
  happened: ['eventTimestamp', '#30'],
  executed: ['executionTimestamp', '#96'],
  reported: ['reportingTimestamp', '#97'],
  valued: ['valuationTimestamp', '#113'],
  platform: ['platformIdentifier', '#98'],
  first: ['counterparty1ReportingCounterparty', '#13'],
  second: ['counterparty2', '#14'],
  upi: ['uniqueProductIdentifier', '#87'],
  expires: ['expirationDate', '#95'],
  amount: ['notionalAmountLeg1', '#31.1'],
  currency: ['notionalCurrencyLeg1', '#32.1'],
} as const;

const IN_FILES: Readonly<Record<string, string>> = { first: 'counterparty1' };

export async function figuresByDuckdb({ folder, columns, date, now }: RawFolder): Promise<Figures> {
  const database = await DuckDBInstance.create();
  const connection = await database.connect();
  const run = (sql: string) => connection.run(sql);
  const all = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  const raw = (name: string) => text(`${folder}/${name}`);
  try {
    await run(`set timezone = 'UTC'`);
    for (const name of ['places', 'own', 'products', 'holidays', 'answers'])
      await run(
        `create table ${name} as select * from read_json(${raw(`${name}.ndjson`)}, format = 'newline_delimited')`,
      );
    await readEvents(run, raw, columns);
    await judge(run, date, now);
    return await count(all, raw, date);
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

type Run = (sql: string) => Promise<unknown>;
type All = (sql: string) => Promise<Record<string, unknown>[]>;

/** The accepted records: those of the file cut out of its bytes and parsed, those of feeds from their JSON. */
async function readEvents(
  run: Run,
  raw: (name: string) => string,
  columns: readonly string[],
): Promise<void> {
  await run(`create table content as select hex(content) as hex from read_blob(${raw('in.csv')})`);
  await run(`
    create table cut as
    select 0 as position, from_hex(substr(hex, 1, 2 * (select min(start) from places)::integer)) as bytes from content
    union all
    select position, from_hex(substr(hex, 2 * start::integer + 1, 2 * size::integer)) from content, places
    where source like '2%' and verdict = 'accepted'`);
  await run(`
    copy (select replace(string_agg(rtrim(replace(decode(bytes), chr(13) || chr(10), chr(10)), chr(10)), chr(10) order by position), chr(1), '') as text from cut)
    to ${raw('accepted.csv')} (header false, quote '', escape '', delim '\x02')`);
  const names = columns.map((name) => `${text(name)}: 'VARCHAR'`).join(', ');
  await run(`
    create table parsed as select *, row_number() over () as row from read_csv(${raw('accepted.csv')}, columns = {${names}},
      header = true, auto_detect = false, parallel = false, delim = ',', quote = '"', escape = '"', new_line = '\\n',
      max_line_size = 1000000)`);
  await run(
    `create table messages as select * from read_json(${raw('feed.ndjson')}, format = 'newline_delimited',
      columns = {source: 'VARCHAR', position: 'BIGINT', message: 'JSON'})`,
  );
  const pick = (from: 'file' | 'feed') =>
    Object.entries(SHARED).map(([name, [key]]) =>
      from === 'file'
        ? `coalesce("${IN_FILES[name] ?? key}", '') as ${name}`
        : `coalesce(json_extract_string(message, '$.${key}'), '') as ${name}`,
    );
  // Of messages of one event with other content that counts whose hash is the smallest: over their elements, in the order
  // of their numbers. Messages of feeds have none but these; records of the file do not contradict each other.
  const elements = Object.values(SHARED)
    .toSorted(([, one], [, other]) => (one < other ? -1 : 1))
    .map(([key, number]) => `'"${number}":"' || nullif(json_extract_string(message, '$.${key}'), '') || '"'`);
  await run(`
    create table events as
    with accepted as (
      select *, row_number() over (partition by source like '2%' order by position) as row from places where verdict = 'accepted')
    select place.source, place.position, place.day, place.accepted_at, ${pick('file').join(', ')},
      coalesce("assetClass", '') as class, md5(parsed::varchar) as content
    from parsed join accepted as place on place.source like '2%' and place.row = parsed.row
    union all
    select place.source, place.position, place.day, place.accepted_at, ${pick('feed').join(', ')}, '' as class,
      sha256(concat_ws(',', ${elements.join(', ')}))
    from messages join places as place using (source, position) where verdict = 'accepted'`);
}

/** What became of each event, what leaves of it, by when, and what was answered. */
async function judge(run: Run, date: string, now: number): Promise<void> {
  await run(`
    create table judged as
    with named as (
      select *, case when uti <> '' then uti else usi end as swap,
        -- The order in which events of a swap count: as they were reported, and a beginning first.
        case when reported <> '' then reported else happened end || case
          when action = 'NEWT' and event = 'PTNG' then '5' when action = 'NEWT' then '0' when action = 'PRTO' then '4'
          else '6' end as place
      from events),
    known as (
      select *,
        min(place) filter (where action = 'NEWT') over (partition by swap) as begins,
        min(day) filter (where action = 'NEWT') over (partition by swap) as begun_on,
        bool_or(action = 'NEWT' and event <> 'PTNG') over (partition by swap) as is_begun_here,
        -- What a day has reported stands, whatever comes on a later one.
        row_number() over (
          partition by swap, action, event, happened, reported, content order by day, source, position) as repeat,
        first_value(content) over (
          partition by swap, action, event, happened, reported order by day, content) as said
      from named),
    -- What ends a swap states the terms in force, or none.
    bound as (
      select *, action in ('TERM', 'PRTO', 'EROR', 'REVI') and try_cast(amount as decimal(38, 5)) <> try_cast(last_value(
          case when action in ('NEWT', 'MODI', 'CORR') and repeat = 1 and content = said then amount end ignore nulls
        ) over (partition by swap order by place rows between unbounded preceding and 1 preceding) as decimal(38, 5))
        as is_changing
      from known),
    ended as (
      select *,
        min(place) filter (where action = 'TERM' and is_changing is not true) over (partition by swap) as ends,
        min(place) filter (where action = 'EROR' and is_changing is not true) over (partition by swap) as errs
      from bound)
    select *, case
        when swap = '' then case when action = 'MARU' then 'applied' else 'unplaced' end
        when repeat > 1 then 'duplicate'
        when content <> said then 'conflict'
        when begins is null or begun_on > day then 'pending'
        -- Before its beginning only a swap of another repository has a life.
        when place < begins then case when is_begun_here then 'violated' else 'pending' end
        when is_changing then 'violated'
        when action = 'REVI' and least(errs, ends, '~') > place then 'violated'
        when action = 'TERM' and ends < place then 'violated'
        else 'applied' end as outcome,
      swap <> '' and begun_on = ${text(date)}::date and day < begun_on and place > begins as is_settled
    from ended`);
  const newYork = (column: string) => `
    (timezone('America/New_York', try_cast(nullif(${column}, '') as timestamptz)))::date`;
  await run(`
    create table days as
    select day::date as day from generate_series(timestamp '2026-01-01', timestamp '2030-12-31', interval '1 day') as one (day)
    where dayofweek(day) not in (0, 6) and day::date not in (select day::date from holidays)`);
  await run(`
    create table business as select day, row_number() over (order by day) as number from days`);
  await run(`
    create table leaving as
    with mine as (
      select *,
        case
          -- Margin is as of the start of its day, in UTC.
          when action = 'MARU' and happened <> '' then happened[:10]::date
          when action = 'NEWT' then coalesce(${newYork('executed')}, ${newYork('happened')}, ${newYork('reported')})
          else coalesce(${newYork('happened')}, ${newYork('executed')}, ${newYork('reported')})
        end as about,
        case when length(valued) = 10 then valued::date else ${newYork('valued')} end as valued_on
      from judged where (outcome = 'applied' and day = ${text(date)}::date) or is_settled),
    counted as (
      select *, first not in (select lei from own) and second in (select lei from own) as is_others,
        case
          when first not in (select lei from own) then null
          when action = 'NEWT' and platform <> '' and platform not in ('XOFF', 'XXXX', 'BILT') then null
          when action = 'NEWT' and event in ('', 'TRAD') then ${newYork('executed')}
          when action in ('NEWT', 'MODI', 'TERM', 'PRTO') then ${newYork('happened')}
          when action in ('CORR', 'EROR', 'REVI') then timezone('America/New_York', accepted_at::timestamptz)::date
          when action = 'VALU' then coalesce(valued_on, about)
          when action = 'MARU' then about
        end as from_day,
        case when action in ('CORR', 'EROR', 'REVI') then 7 else 1 end as business_days
      from mine),
    due as (
      select counted.*, case when from_day is not null then (
        select timezone('America/New_York', ends.day + interval '23 hours 59 minutes 59 seconds')
        from business as ends where ends.number = business_days + (
          select count(*) from business as before where before.day <= from_day)
      ) end as due_at
      from counted)
    select * exclude (due_at),
      case when action in ('VALU', 'MARU') and from_day not in (select day from days) then null else due_at end as due_at,
      '45-' || substr(sha256('["' || source || '/' || position || '",45,1]'), 1, 24) as id,
      case when action = 'VALU' then 'valuation' when action = 'MARU' then 'collateral' else 'transaction' end as kind
    from due where not is_others`);
  await run(`
    create table others as select count(*) as count from judged
    where ((outcome = 'applied' and day = ${text(date)}::date) or is_settled)
      and first not in (select lei from own) and second in (select lei from own)`);
  await run(`
    create table states as
    with answered as (
      select json_extract_string(raw, '$.subject') as id,
        arg_min(json_extract_string(raw, '$.verdict'), received_at) as verdict, min(received_at::timestamptz) as answered_at
      from answers where json_extract_string(raw, '$.kind') = 'record' group by 1),
    known as (select leaving.*, verdict, answered_at from leaving left join answered using (id)),
    refused as (select swap from known where verdict = 'refused' and action = 'NEWT' and swap <> '')
    select known.*, case
        when verdict = 'accepted' then 'acknowledged'
        when verdict = 'refused' then 'refused'
        when action <> 'NEWT' and swap in (select swap from refused) then 'held'
        else 'pending' end as state,
      case
        when due_at is null then 'noDeadline'
        when verdict = 'accepted' and answered_at <= due_at then 'inTime'
        when verdict = 'accepted' then 'late'
        when due_at <= make_timestamptz(${now}::bigint * 1000) then 'overdue'
        else 'open' end as timely
    from known`);
}

const byName = (rows: readonly Record<string, unknown>[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ name, count }) => [String(name), Number(count)]));

async function count(all: All, raw: (name: string) => string, date: string): Promise<Figures> {
  const day = `day = ${text(date)}::date`;
  const [records] = await all(`
    select count(*) as read, count(*) filter (where verdict = 'accepted') as accepted,
      count(*) filter (where verdict = 'rejected') as rejected from places where ${day}`);
  const [tiles] = await all(`
    select (select length(hex) / 2 from content) - min(start) - sum(size) as left_over from places where source like '2%'`);
  const outcomes = await all(`select outcome as name, count(*) as count from judged where ${day} group by 1`);
  const group = (what: string) => all(`select ${what} as name, count(*) as count from states group by 1`);
  const classes = await all(`
    with known as (
      select states.*, coalesce(nullif(class, ''), products.asset_class) as own from states left join products using (upi)),
    swaps as (select swap, max(own) as of_swap from known where kind = 'transaction' group by swap)
    select case when kind = 'transaction' then coalesce(of_swap, '') else kind end as name, count(*) as count
    from known left join swaps using (swap) group by 1`);
  const rules = await all(`
    select rule as name, count(*) as count
    from (select unnest(list_distinct(rules)) as rule from places where ${day} and verdict = 'rejected') group by 1`);
  const [totals] = await all(`
    select (select count(*) from leaving) as messages, (select count from others) as "otherReports",
      (select count(*) from judged where is_settled and outcome = 'pending') as settled`);
  const files = await all(`
    select parse_filename(filename) as name, size as bytes, sha256(content) as sha256 from read_blob(${raw('send/*')})
    order by name`);
  const rowsOf = async (name: string): Promise<number | null> => {
    if (!name.endsWith('.csv')) return null;
    const [row] = await all(`
      select count(*) as count from read_csv(${raw(`send/${name}`)}, all_varchar = true, header = true, delim = ',',
        quote = '"', escape = '"')`);
    return Number(row!['count']);
  };
  const owed = await all(`
    with last as (
      select swap, arg_max(action, place) filter (where action in ('NEWT', 'TERM', 'PRTO', 'EROR', 'REVI')) as ended_by,
        arg_max(first, place) filter (where action not in ('VALU', 'MARU')) as first,
        arg_max(executed, place) filter (where executed <> '') as executed,
        arg_max(expires, place) filter (where expires <> '') as expires,
        max(valued) filter (where action = 'VALU') as valued
      from judged where swap <> '' and outcome = 'applied' group by swap)
    select first as name, count(*) as count from last
    where first in (select lei from own) and ended_by in ('NEWT', 'REVI') and executed[:10] <= ${text(date)}
      and coalesce(expires, '~') >= ${text(date)} and coalesce(valued, '')[:10] < ${text(date)}
    group by 1`);
  const sums = await all(`
    select currency as name, sum(cast(amount as decimal(38, 5)))::varchar as sum from states
    where amount <> '' group by 1`);
  return {
    totals: byName(
      Object.entries({ ...records, ...totals, ...tiles }).map(([name, one]) => ({ name, count: one })),
    ),
    outcomes: byName(outcomes),
    byState: byName(await group('state')),
    timely: byName(await group('timely')),
    byClass: byName(classes),
    byRule: byName(rules),
    actions: byName(await group('action')),
    notional: Object.fromEntries(sums.map(({ name, sum }) => [String(name), String(sum)])),
    owed: byName(owed),
    files: await Promise.all(
      files.map(async ({ name, bytes, sha256 }) => ({
        name: String(name),
        rows: await rowsOf(String(name)),
        bytes: Number(bytes),
        sha256: String(sha256),
      })),
    ),
  };
}
