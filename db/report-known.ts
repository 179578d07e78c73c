/** What was known at the cut of a day: the events that belong to it or to a day before. */
import type { Sql } from 'postgres';

/**
 * A condition on `hist`, a row of tb_on_hist. Of a file all records of a revision are cut at once, of a session of a feed
 * ranges of sequence numbers.
 * @param knownAt business date; null: everything is known
 */
export const isKnownAt = (sql: Sql, knownAt: string | null) =>
  knownAt === null
    ? sql`true`
    : sql`exists (
        select from ledger_source as source where source.source_id = hist.source_id and (
          exists (
            select from cftc_cut_file as cut
            where cut.file_id = source.file_id and cut.revision = source.revision and cut.business_date <= ${knownAt})
          or exists (
            select from cftc_cut_feed as cut
            where cut.feed = source.feed and cut.session = source.session and cut.business_date <= ${knownAt}
              and cut.sequences @> hist.position)))`;

/**
 * Is it settled what was known at the cut of a day? It is when the messages of its present version are made, and none of a
 * day before is on its way through the ledger or was opened again: what is found before that would not stay so.
 */
export async function isDayCut(sql: Sql, businessDate: string): Promise<boolean> {
  const [row] = await sql<[{ isCut: boolean }]>`
    select coalesce(bool_or(day.business_date = ${businessDate} and messages_cut), false)
      and not bool_or(coalesce(not messages_cut, day.version > 1)) as "isCut"
    from cftc_day as day left join cftc_day_version using (business_date, version)
    where day.business_date <= ${businessDate}`;
  return row.isCut;
}
