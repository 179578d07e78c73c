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
