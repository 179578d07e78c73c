/** What is not over yet of the messages of a day. */
import type { Sql, TransactionSql } from 'postgres';

/** States in which a message that left with a day is not answered. */
const OPEN_STATES = ['pending', 'sent'] as const;

/** In which of these states any message is that leaves with a version. What is held leaves with a later one. States are written out, so that their index serves. */
export async function listOpenStates(
  sql: Sql | TransactionSql,
  date: string,
  version: number,
): Promise<(typeof OPEN_STATES)[number][]> {
  const of = sql`part = 45 and leaves_on = ${date} and leaves_version = ${version}`;
  const [row] = await sql<[Record<(typeof OPEN_STATES)[number], boolean>]>`
    select exists (select from outbound_message where ${of} and state = 'pending') as pending,
      exists (select from outbound_message where ${of} and state = 'sent') as sent`;
  return OPEN_STATES.filter((state) => row[state]);
}

/**
 * When the earliest of what days are about to report is due, as instants; none while no day is at work. What waits for a
 * person has no say in it. The first rows of an index: it is asked every second.
 */
export async function readDueTimes(sql: Sql): Promise<number[]> {
  const first = (state: 'pending' | 'sent') => sql`
    (select due_at from outbound_message
    where part = 45 and state = ${sql.unsafe(`'${state}'`)} and due_at is not null order by due_at limit 1)`;
  const rows = await sql<{ due_at: Date }[]>`
    select due_at from (${first('pending')} union all ${first('sent')}) as due
    where exists (select from cftc_day where state in ('cut', 'reported', 'delivering'))`;
  return rows.map(({ due_at }) => due_at.getTime());
}
