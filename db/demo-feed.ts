/** Taking the demonstration feed out again. */
import type { Sql } from 'postgres';
import { BY_COMMAND_LINE } from '../contracts/audit.ts';
import { appendAudit } from './audit.ts';
import type { FeedRow } from './feeds.ts';
import { removeFeedEvents } from './ledger-removal.ts';

/**
 * Removes a feed with everything that was journalled of it, and its events from the ledger. Its row stays, as that of a feed that is not read: with the
 * epoch in it a reader that is still there can write nothing more. What was cut off is finished by the next call.
 * @returns false when there is no such feed
 */
export async function clearDemoFeed(sql: Sql, feed: string): Promise<boolean> {
  const isThere = await sql.begin(async (tx) => {
    const [before] = await tx<FeedRow[]>`select * from feed where feed = ${feed} for update`;
    if (!before) return false;
    const reason = 'the demonstration was cleared';
    await tx`
      update feed set wanted = 'removed', wanted_reason = ${reason}, wanted_by = ${BY_COMMAND_LINE.actor},
        wanted_at = now(), epoch = epoch + 1, session = null, session_ended = false, takes_any = false,
        kept_pause = null, generation = 1,
        next_sequence = 1, next_answer = 1
      where feed = ${feed}`;
    const { count } = await tx`delete from feed_journal where feed = ${feed}`;
    for (const table of ['feed_gap', 'feed_altered', 'feed_latency'])
      await tx`delete from ${tx(table)} where feed = ${feed}`;
    await appendAudit(tx, {
      ...BY_COMMAND_LINE,
      action: 'feed.removed',
      subject: feed,
      before: { wanted: before.wanted, messages: count },
      after: { wanted: 'removed' },
      reason,
    });
    return true;
  });
  if (isThere) await removeFeedEvents(sql, feed);
  return isThere;
}
