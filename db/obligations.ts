/** What is owed by when, and how far it is. */
import type { Sql } from 'postgres';
import type { MessageState } from '../contracts/outbound.ts';

/** Messages of one state that one entity owes by the same time by the same rule. */
export type DueMessages = {
  /** LEI of #13; null where the record has none. */
  readonly entity: string | null;
  readonly part: 43 | 45;
  readonly obligation: string | null;
  /** YYYY-MM-DD; null for what leaves at once. */
  readonly date: string | null;
  /** What leaves at once is due by the minute and told by the day: the earliest of those in this state. */
  readonly dueAt: Date;
  /** What belongs together is due at this time, or on this day in UTC. */
  readonly dueOn: string;
  readonly state: MessageState;
  readonly count: number;
  /** One of them. */
  readonly example: string;
};

/** Groups that are read at most. */
const MAX_GROUPS = 5000;

/**
 * Messages that are due on some days.
 * @param from and `to`: YYYY-MM-DD, both included, in UTC
 */
export async function listDueMessages(sql: Sql, from: string, to: string): Promise<DueMessages[]> {
  return sql<DueMessages[]>`
    select substring(coalesce(message.elements, hist.elements) from '"#13":"([^"]*)"') as entity, message.part,
      obligation, business_date::text as date, min(due_at) as "dueAt",
      (case when message.part = 43 then date_trunc('day', due_at at time zone 'UTC')
        else due_at at time zone 'UTC' end)::text as "dueOn",
      state, count(*) as count, (array_agg(message_id order by due_at, message_id))[1] as example
    from outbound_message as message left join tb_on_hist as hist using (source_id, position)
    where due_at >= ${from}::date::timestamp at time zone 'UTC'
      and due_at < (${to}::date + 1)::timestamp at time zone 'UTC'
    group by 1, message.part, obligation, business_date, "dueOn", state
    order by "dueAt", 1, obligation, state limit ${MAX_GROUPS}`;
}

export type Verified = { readonly entity: string; readonly date: string };

/** The last verification of each entity. */
export async function readVerifications(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<Verified[]>`
    select entity, max(verified_on)::text as date from verification group by entity`;
  return new Map(rows.map(({ entity, date }) => [entity, date]));
}
