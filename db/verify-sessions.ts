/** Which feeds and sessions a proof is about. */
import type { Sql, TransactionSql } from 'postgres';

/** Every feed that was ever read, also one whose row is gone. */
export async function listProvenFeeds(sql: Sql): Promise<string[]> {
  const rows = await sql<{ feed: string }[]>`
    select feed from feed
    union select feed collate "C" from ledger_source where feed is not null
    order by 1`;
  return rows.map(({ feed }) => feed);
}

/**
 * Every session that anything is stored of.
 * @param current the one that is read, as the journal calls it
 * @param day only those with messages of this day of submission, and those without any, which have no day; null: all
 */
export async function listSessions(
  tx: TransactionSql,
  feed: string,
  current: string | null,
  day: string | null,
): Promise<string[]> {
  // The index begins with feed and session: one look per session instead of one at every message.
  const rows = await tx<{ session: string }[]>`
    with recursive journalled as (
      select min(session) as session from feed_journal where feed = ${feed}
      union all
      select (select min(session) from feed_journal where feed = ${feed} and session > journalled.session)
      from journalled where journalled.session is not null
    ), known as (
      select session from journalled where session is not null
      union select session from feed_gap where feed = ${feed}
      union select session collate "C" from ledger_source where feed = ${feed}
      union select ${current}::text collate "C" where ${current}::text is not null
    )
    select session from known
    where ${day}::date is null
      or exists (
        select from feed_journal as message join feed_basis using (basis_id)
        where message.feed = ${feed} and message.session = known.session and submitted_on = ${day}::date)
      or not exists (
        select from feed_journal as message where message.feed = ${feed} and message.session = known.session)
    order by session`;
  return rows.map(({ session }) => session);
}
