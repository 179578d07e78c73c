/** What somebody decides about a delivery: that it is tried again, or that it is given up. */
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import { appendAudit } from './audit.ts';
import { deliverySession, type DeliveryRow } from './deliveries.ts';
import { holdFollowers, lockAnswers } from './outbound-holds.ts';

/** @throws TainError delivery.not-found */
async function lockDelivery(tx: TransactionSql, deliveryId: string): Promise<DeliveryRow> {
  const [row] = await tx<DeliveryRow[]>`
    select * from delivery where delivery_id = ${deliveryId} for no key update`;
  if (!row) throw new TainError('delivery.not-found', { delivery: deliveryId });
  return row;
}

/**
 * Lets a delivery that has failed be tried again. A file that is gone or changed may be written again from its messages;
 * of one that was refused as a whole all records without a verdict are sent again, received or not.
 * @throws TainError delivery.not-found, delivery.not-failed
 */
export async function retryDelivery(sql: Sql, deliveryId: string, by: Actor, reason: string): Promise<void> {
  await sql.begin(async (tx) => {
    const row = await lockDelivery(tx, deliveryId);
    if (row.state !== 'failed')
      throw new TainError('delivery.not-failed', { delivery: deliveryId, state: row.state });
    const wasRefused = row.problem_code === 'delivery.file-refused';
    await tx`
      update delivery set state = 'waiting', problem_code = null, problem_params = null, file_verdict = null,
        may_rewrite = ${row.problem_code?.startsWith('outbox.') ?? false},
        next_record = ${wasRefused ? 1 : row.next_record}, round = round + ${wasRefused ? 1 : 0}
      where delivery_id = ${deliveryId}`;
    if (wasRefused)
      await tx`
        update outbound_message set received_at = null where delivery_id = ${deliveryId} and state = 'sent'`;
    const change = {
      before: { state: row.state, problem: row.problem_code },
      after: { state: 'waiting' },
      reason,
    };
    await appendAudit(tx, { ...by, action: 'delivery.retried', subject: deliveryId, ...change });
  });
}

/**
 * Gives a delivery up that has begun: no answer will come. What was sent and has no verdict counts as refused and can be
 * resubmitted; what was not sent leaves with the day that is cut next, and what follows a NEWT of it waits for that one.
 * An attempt that is under way can store nothing more.
 * @throws TainError delivery.not-found, delivery.not-begun
 */
export async function giveUpDelivery(sql: Sql, deliveryId: string, by: Actor, reason: string): Promise<void> {
  await sql.begin(async (tx) => {
    await lockAnswers(tx);
    const row = await lockDelivery(tx, deliveryId);
    const { state, business_date: date, version, target } = row;
    if (state === 'waiting' || state === 'answered' || state === 'given-up')
      throw new TainError('delivery.not-begun', { delivery: deliveryId, state });
    await tx`
      update outbound_session set epoch = epoch + 1, problem_code = null, problem_params = null, problem_since = null
      where target = ${target} and session = ${deliverySession(deliveryId)}`;
    const refused = await tx<{ id: string }[]>`
      update outbound_message set state = 'refused', given_up_at = now(), answered_at = now()
      where delivery_id = ${deliveryId} and state = 'sent' returning message_id as id`;
    const unsent = await tx<{ id: string }[]>`
      update outbound_message as message set leaves_on = null, leaves_version = null
      from outbox_file as file
      where file.business_date = ${date} and file.version = ${version} and file.name = ${row.file_name}
        and message.part = 45 and message.leaves_on = ${date} and message.leaves_version = ${version}
        and message.kind = file.kind and message.asset_class is not distinct from file.asset_class
        and message.state = 'pending'
      returning message_id as id`;
    await holdFollowers(
      tx,
      [...refused, ...unsent].map(({ id }) => id),
    );
    await tx`
      update delivery set state = 'given-up', problem_code = null, problem_params = null, finished_at = now()
      where delivery_id = ${deliveryId}`;
    const change = {
      before: { state, problem: row.problem_code },
      after: { state: 'given-up', refused: refused.length, unsent: unsent.length },
      reason,
    };
    await appendAudit(tx, { ...by, action: 'delivery.given-up', subject: deliveryId, ...change });
  });
}
