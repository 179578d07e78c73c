/**
 * What people are shown of feeds. Nothing here counts a journal: what is journalled of a session follows from its
 * checkpoint and its open gaps.
 */
import type { Sql, TransactionSql } from 'postgres';
import type { ErrorParams } from '../contracts/errors.ts';
import type { FeedState } from '../contracts/feeds.ts';
import type { Issue } from '../contracts/issues.ts';
import type { FeedRow } from './feeds.ts';

/** A feed with what its reader said last; the columns of feed_status are null before it said anything. */
export type FeedOverviewRow = FeedRow & {
  /** Sequence numbers that are missing, and in how many places; of all sessions. */
  readonly open_gaps: number;
  readonly missing: number;
  /** Of the present session alone. */
  readonly missing_in_session: number;
  readonly state: FeedState | null;
  readonly problem_code: string | null;
  readonly problem_params: ErrorParams | null;
  readonly lag_messages: number | null;
  readonly lag_ms: number | null;
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly rate: number | null;
  readonly seen_at: Date | null;
  /** How long ago that is by the clock of the database, in milliseconds; below 0 when that was set back since. */
  readonly age_ms: number | null;
};

const overview = (sql: Sql | TransactionSql) => sql`
  select feed.*, open_gaps, missing, missing_in_session, state, problem_code, problem_params, lag_messages, lag_ms,
    p50_ms, p99_ms, rate, seen_at, (extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as age_ms
  from feed left join feed_status using (feed)
  cross join lateral (
    select count(*) as open_gaps, coalesce(sum(to_sequence - from_sequence), 0)::bigint as missing,
      coalesce(sum(to_sequence - from_sequence) filter (where gap.session =
        feed.session || case when generation > 1 then '#' || generation else '' end), 0)::bigint as missing_in_session
    from feed_gap as gap where gap.feed = feed.feed and filled_at is null
  ) as gaps`;

/** All feeds that are to be read, and those that once were, by name. */
export async function listFeedOverviews(sql: Sql): Promise<FeedOverviewRow[]> {
  return sql<FeedOverviewRow[]>`${overview(sql)} order by feed`;
}

export async function findFeedOverview(
  sql: Sql | TransactionSql,
  feed: string,
): Promise<FeedOverviewRow | null> {
  const [row] = await sql<FeedOverviewRow[]>`${overview(sql)} where feed.feed = ${feed}`;
  return row ?? null;
}

export type FeedGapRow = {
  readonly session: string;
  readonly from_sequence: number;
  readonly to_sequence: number;
  readonly found_at: Date;
  readonly filled_at: Date | null;
  readonly problem_code: string | null;
  readonly problem_params: ErrorParams | null;
};

/** Gaps of a feed: open ones first, each the newest first. */
export async function listGaps(
  sql: Sql | TransactionSql,
  feed: string,
  limit: number,
): Promise<FeedGapRow[]> {
  return sql<FeedGapRow[]>`
    select session, from_sequence, to_sequence, found_at, filled_at, problem_code, problem_params from feed_gap
    where feed = ${feed} order by filled_at is not null, found_at desc, from_sequence desc limit ${limit}`;
}

/** Messages that came again under their numbers with other content. */
export async function countAltered(sql: Sql | TransactionSql, feed: string): Promise<number> {
  const [row] = await sql<{ altered: number }[]>`
    select count(*) as altered from feed_altered where feed = ${feed}`;
  return row!.altered;
}

export type RecentVerdicts = { readonly accepted: number; readonly rejected: number };

/** @param session its name in the journal @param most how many of its newest messages are counted */
export async function countRecentVerdicts(
  sql: Sql | TransactionSql,
  feed: string,
  session: string,
  most: number,
): Promise<RecentVerdicts> {
  const [row] = await sql<RecentVerdicts[]>`
    select count(*) filter (where verdict = 'accepted') as accepted,
      count(*) filter (where verdict = 'rejected') as rejected
    from (
      select verdict from feed_journal where feed = ${feed} and session = ${session}
      order by sequence desc limit ${most}
    ) as newest`;
  return row!;
}

export type LatencyRow = {
  readonly feed: string;
  readonly minute: Date;
  /** As in domain/feeds/latency.ts. */
  readonly counts: number[];
  readonly sum_ms: number;
  readonly max_ms: number;
};

/** Latencies of the last minutes in which there were messages, oldest first. */
export async function listLatencies(
  sql: Sql | TransactionSql,
  feed: string,
  minutes: number,
): Promise<LatencyRow[]> {
  return sql<LatencyRow[]>`
    select feed, minute, counts::float8[] as counts, sum_ms, max_ms from feed_latency
    where feed = ${feed} and minute > now() - make_interval(mins => ${minutes}) order by minute`;
}

/** Latencies of all feeds from a minute on. @param since absent: of the present minute and the one before it */
export async function listLatenciesSince(sql: Sql, since: Date | null): Promise<LatencyRow[]> {
  return sql<LatencyRow[]>`
    select feed, minute, counts::float8[] as counts, sum_ms, max_ms from feed_latency
    where minute >= coalesce(${since}::timestamptz, date_trunc('minute', now()) - interval '1 minute')
    order by minute, feed`;
}

export type JournalMessageRow = {
  readonly session: string;
  readonly sequence: number;
  readonly received_at: Date;
  readonly committed_at: Date;
  readonly raw: Buffer;
  readonly verdict: 'accepted' | 'rejected';
  readonly record_key: string | null;
  readonly issues: Issue[] | null;
  readonly rule_set_version: string;
  readonly register_version: string;
};

export type MessageFilter = {
  /** Its name in the journal. */
  readonly session: string;
  /** Only sequence numbers behind this one. */
  readonly after: number;
  readonly verdict?: 'accepted' | 'rejected' | undefined;
  readonly limit: number;
};

/** Messages that are looked at for one page: a journal with few of a verdict must not be read from end to end. */
const MAX_LOOKED_AT = 100_000;

/**
 * Journalled messages of a session, in their order.
 * @returns `next`: the sequence number to go on behind, null when there is nothing more; a page with a verdict can be
 *   short, or empty, and have one
 */
export async function listMessages(
  sql: Sql,
  feed: string,
  { session, after, verdict, limit }: MessageFilter,
): Promise<{ messages: JournalMessageRow[]; next: number | null }> {
  const [last] = await sql<{ sequence: number }[]>`
    select sequence from feed_journal where feed = ${feed} and session = ${session} order by sequence desc limit 1`;
  const end = last?.sequence ?? 0;
  const until = verdict === undefined ? end : Math.min(end, after + MAX_LOOKED_AT);
  const messages = await sql<JournalMessageRow[]>`
    select session, sequence, received_at, committed_at, raw, verdict, record_key, issues, rule_set_version,
      register_version
    from feed_journal join feed_basis using (basis_id)
    where feed = ${feed} and session = ${session} and sequence > ${after} and sequence <= ${until}
      ${verdict === undefined ? sql`` : sql`and verdict = ${verdict}`}
    order by sequence limit ${limit}`;
  const looked = messages.length === limit ? messages.at(-1)!.sequence : until;
  return { messages, next: looked < end ? looked : null };
}
