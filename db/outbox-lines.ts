/** The messages of a file of the outbox as it was written, also those that left with a later day by now. */
import type { Sql } from 'postgres';
import { MESSAGES_PER_PAGE, type MessageGroup, type OutgoingMessage } from './day-messages.ts';

/** Reads them by subject and reporting timestamp, page by page: the order in which they were written. */
export async function* readFileMessages(
  sql: Sql,
  { date, version, kind, assetClass }: MessageGroup & { readonly date: string; readonly version: number },
  perPage = MESSAGES_PER_PAGE,
): AsyncGenerator<OutgoingMessage[]> {
  const isOfGroup = sql`kind = ${kind}
    and ${assetClass === null ? sql`asset_class is null` : sql`asset_class = ${assetClass}`}`;
  for (let after: OutgoingMessage | null = null; ;) {
    const isBehind = after
      ? sql`and (m.subject_key, m.reported_at, m.ordinal, m.message_id) >
          (${after.subjectKey}, ${after.reportedAt}, ${after.ordinal}, ${after.id})`
      : sql``;
    const page: OutgoingMessage[] = await sql<OutgoingMessage[]>`
      select message_id as id, submitter, reported_at as "reportedAt", coalesce(own.elements, hist.elements) as elements,
        own.subject_key as "subjectKey", ordinal
      from (
        (select m.* from outbound_message as m
        where leaves_on = ${date} and leaves_version = ${version} and ${isOfGroup} ${isBehind}
        order by m.subject_key, m.reported_at, m.ordinal, m.message_id limit ${perPage})
        union all
        (select m.* from outbox_moved as moved join outbound_message as m using (message_id)
        where moved.leaves_on = ${date} and moved.leaves_version = ${version} and ${isOfGroup} ${isBehind}
        order by m.subject_key, m.reported_at, m.ordinal, m.message_id limit ${perPage})
      ) as own join tb_on_hist as hist using (source_id, position)
      order by own.subject_key, reported_at, ordinal, message_id limit ${perPage}`;
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!;
  }
}
