/** What somebody decides about a message: that no answer will come, that the repository has it, that it is not sent. */
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import { appendAudit } from './audit.ts';
import type { MessageState } from '../contracts/outbound.ts';
import { textArray } from './arrays.ts';
import { holdFollowers, lockAnswers, releaseFollowers } from './outbound-holds.ts';
import { announceOutbound, requireMessage } from './outbound-messages.ts';

/**
 * Gives a message up that was sent: no answer will come. It counts as refused, so that it can be resubmitted, and what
 * follows a NEWT waits for it; a verdict that comes after all takes the place of this word until it is.
 * @throws TainError message.not-found, message.not-awaited
 */
export async function giveUpMessage(sql: Sql, messageId: string, by: Actor, reason: string): Promise<void> {
  await sql.begin(async (tx) => {
    await lockAnswers(tx);
    const message = await requireMessage(tx, messageId);
    const changed = await tx`
      update outbound_message set state = 'refused', given_up_at = now(), answered_at = now()
      where message_id = ${messageId} and state = 'sent'`;
    if (changed.count === 0)
      throw new TainError('message.not-awaited', { message: messageId, state: message.state });
    await holdFollowers(tx, [messageId]);
    const change = { before: { state: 'sent' }, after: { state: 'refused' }, reason };
    await appendAudit(tx, { ...by, action: 'message.given-up', subject: messageId, ...change });
  });
}

const ACKNOWLEDGEABLE: readonly MessageState[] = ['sent', 'refused'];
const WITHDRAWABLE: readonly MessageState[] = ['held', 'refused'];

/**
 * Says that the repository has a message, whatever it answered or did not: it told somebody so, or refused it as a repeat.
 * What waits for it is let go. A verdict that comes later and says otherwise is named, and changes nothing.
 * @throws TainError message.not-found, message.not-settleable
 */
export async function acknowledgeMessage(
  sql: Sql,
  messageId: string,
  by: Actor,
  reason: string,
): Promise<void> {
  await sql.begin(async (tx) => {
    await lockAnswers(tx);
    const state = await requireState(tx, messageId, ACKNOWLEDGEABLE);
    await tx`
      update outbound_message set state = 'acknowledged', answered_at = now(), received_at = coalesce(received_at, now())
      where message_id = ${messageId}`;
    await releaseFollowers(tx, [messageId]);
    await announceOutbound(tx);
    const change = { before: { state }, after: { state: 'acknowledged' }, reason };
    await appendAudit(tx, { ...by, action: 'message.acknowledged', subject: messageId, ...change });
  });
}

/**
 * Withdraws a message that was refused or is held: nothing is sent in its place, because a later one has put it right or the
 * repository must not have it. What waits for a refused NEWT is of a swap that the repository never gets: it goes too.
 * @throws TainError message.not-found, message.not-settleable
 */
export async function withdrawMessage(sql: Sql, messageId: string, by: Actor, reason: string): Promise<void> {
  await sql.begin(async (tx) => {
    await lockAnswers(tx);
    const state = await requireState(tx, messageId, WITHDRAWABLE);
    // Also what came while it was being refused.
    await holdFollowers(tx, [messageId]);
    const waiting = await tx<{ id: string; state: MessageState }[]>`
      select message_id as id, state from outbound_message where held_by = ${messageId} order by message_id`;
    const withdrawn = [{ id: messageId, state }, ...waiting];
    await tx`
      update outbound_message set state = 'withdrawn', held_by = null
      where message_id = any(${textArray(withdrawn.map(({ id }) => id))}::text[])`;
    for (const one of withdrawn) {
      const change = { before: { state: one.state }, after: { state: 'withdrawn', with: messageId }, reason };
      await appendAudit(tx, { ...by, action: 'message.withdrawn', subject: one.id, ...change });
    }
  });
}

async function requireState(
  tx: TransactionSql,
  messageId: string,
  allowed: readonly MessageState[],
): Promise<MessageState> {
  const { state } = await requireMessage(tx, messageId);
  if (!allowed.includes(state))
    throw new TainError('message.not-settleable', {
      message: messageId,
      state,
      allowed: allowed.join(', '),
    });
  return state;
}
