/**
 * Messages that wait for another one of their swap. A NEWT that was refused does not exist at the repository: whatever it
 * is told of the swap would be refused as well, so it waits until the NEWT that takes its place is acknowledged.
 */
import type { Sql, TransactionSql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import { MAX_MESSAGE_BYTES } from '../domain/feeds/packets.ts';
import { textArray } from './arrays.ts';
import { holdSession, type SessionAttempt } from './outbound-sessions.ts';

/** Holds what stands behind messages that were refused and was not sent. */
export async function holdFollowers(tx: TransactionSql, refused: readonly string[]): Promise<void> {
  if (refused.length === 0) return;
  await tx`
    update outbound_message as later set state = 'held', held_by = refused.message_id
    from outbound_message as refused
    where refused.message_id = any(${textArray(refused)}::text[]) and refused.action = 'NEWT'
      and later.subject_key = refused.subject_key and later.subject_kind = refused.subject_kind
      and later.part = refused.part and later.state = 'pending' and later.message_id <> refused.message_id
      and (later.reported_at, later.ordinal) > (refused.reported_at, refused.ordinal)`;
}

/** Lets go what waited for messages that are acknowledged. */
export async function releaseFollowers(tx: TransactionSql, acknowledged: readonly string[]): Promise<void> {
  if (acknowledged.length === 0) return;
  await tx`
    update outbound_message set state = 'pending', held_by = null, leaves_on = null, leaves_version = null
    where state = 'held' and held_by = any(${textArray(acknowledged)}::text[])`;
}

/**
 * Notes of messages that no packet can hold that they were refused, by ourselves: somebody has to shorten them.
 * @throws TainError outbound.superseded
 */
export async function refuseUnsendable(
  sql: Sql,
  attempt: SessionAttempt,
  messageIds: readonly string[],
): Promise<void> {
  const issue = {
    ruleId: 'feed.message-too-long',
    severity: 'error',
    element: null,
    column: null,
    value: null,
    params: { max: MAX_MESSAGE_BYTES, actual: 'more' },
  } satisfies Issue;
  await sql.begin(async (tx) => {
    await holdSession(tx, attempt);
    await tx`
      update outbound_message set state = 'refused', held_by = null, answered_at = now(), issues = ${tx.json([issue])}
      where message_id = any(${textArray(messageIds)}::text[]) and state in ('held', 'pending')`;
    await holdFollowers(tx, messageIds);
  });
}
