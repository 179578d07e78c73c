/** What became of accepted events. */
import type { Sql, TransactionSql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import type { EventOutcome } from '../domain/swaps/fold-swap.ts';
import { sourceName, type EventSource } from '../domain/swaps/event-source.ts';
import { NO_OUTCOMES, type OutcomeCounts } from './ledger.ts';

export type OutcomeRow = {
  readonly position: number;
  /** How often it was judged: 1 when no late event changed it. */
  readonly revision: number;
  readonly outcome: EventOutcome['kind'];
  /** Null when there is nothing to say. Of a duplicate or a conflict, `first` names the event that counts. */
  readonly issues: readonly Issue[] | null;
};

/** The outcomes that hold, of all events of a source, by position. */
export async function listOutcomes(sql: Sql, source: EventSource): Promise<OutcomeRow[]> {
  return sql<OutcomeRow[]>`
    select distinct on (position) position, event_outcome.revision, outcome, issues
    from event_outcome join ledger_source using (source_id)
    where name = ${sourceName(source)}
    order by position, event_outcome.revision desc`;
}

/**
 * Counts the events of a source: accepted = applied + duplicate + conflict + pending + violated.
 * @returns `accepted` counted in the history, the others among the outcomes that hold
 */
export async function countOutcomes(
  sql: Sql | TransactionSql,
  source: EventSource,
): Promise<OutcomeCounts & { readonly accepted: number }> {
  const sourceId = sql`(select source_id from ledger_source where name = ${sourceName(source)})`;
  // All revisions, less those that a later one replaced: few are, and nothing has to be sorted.
  const rows = await sql<{ outcome: EventOutcome['kind'] | 'accepted'; events: number }[]>`
    select outcome, sum(events)::bigint as events from (
      select outcome, count(*) as events from event_outcome where source_id = ${sourceId} group by outcome
      union all
      select replaced.outcome, -count(*) from event_outcome as later
      join event_outcome as replaced
        on replaced.source_id = later.source_id and replaced.position = later.position
        and replaced.revision = later.revision - 1
      where later.source_id = ${sourceId} and later.revision > 1
      group by replaced.outcome
    ) as counted group by outcome
    union all
    select 'accepted', count(*) from tb_on_hist where source_id = ${sourceId}`;
  return {
    ...NO_OUTCOMES,
    accepted: 0,
    ...Object.fromEntries(rows.map(({ outcome, events }) => [outcome, events])),
  };
}
