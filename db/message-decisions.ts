/** What somebody decides about a message that gets no answer. */
import type { Sql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import { appendAudit } from './audit.ts';
import { holdFollowers, lockAnswers } from './outbound-holds.ts';
import { findMessage } from './outbound-messages.ts';

/**
 * Gives a message up that was sent: no answer will come. It counts as refused, so that it can be resubmitted, and what
 * follows a NEWT waits for it; a verdict that comes after all takes the place of this word until it is.
 * @throws TainError message.not-found, message.not-awaited
 */
export async function giveUpMessage(sql: Sql, messageId: string, by: Actor, reason: string): Promise<void> {
  await sql.begin(async (tx) => {
    await lockAnswers(tx);
    const message = await findMessage(tx, messageId);
    if (message === null) throw new TainError('message.not-found', { message: messageId });
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
