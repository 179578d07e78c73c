/** Queries on outbound_message: what is to leave, what left, and sending again what was refused. */
import type { JSONValue, Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import type { Issue } from '../contracts/issues.ts';
import type { AnswerEffect, MessageState, OutboundAnswer } from '../contracts/outbound.ts';
import { resubmit } from '../domain/outbound/resubmission.ts';
import { messageIdOf } from '../domain/reports/message-id.ts';
import { readRecord, writeRecord } from '../domain/swaps/record-text.ts';
import { appendAudit } from './audit.ts';
import { textArray } from './arrays.ts';
import { hashText } from './ledger-subjects.ts';
import { holdFollowers, lockAnswers } from './outbound-holds.ts';

export type MessageRow = {
  readonly message_id: string;
  readonly part: 43 | 45;
  readonly kind: 'transaction' | 'valuation' | 'collateral';
  readonly asset_class: string | null;
  readonly source_id: number;
  readonly position: number;
  readonly attempt: number;
  readonly subject_key: string;
  readonly subject_kind: 'swap' | 'portfolio';
  readonly action: string;
  readonly business_date: string | null;
  readonly day_version: number | null;
  readonly ordinal: number;
  readonly submitter: string | null;
  readonly reported_at: Date;
  /** The record as it is sent; null: the event's own. */
  readonly elements: string | null;
  readonly state: MessageState;
  readonly held_by: string | null;
  readonly resubmits: string | null;
  readonly corrects: string | null;
  readonly due_at: Date | null;
  readonly obligation: string | null;
  readonly sent_at: Date | null;
  readonly received_at: Date | null;
  readonly answered_at: Date | null;
  /** Refused by somebody's word, because no answer came. */
  readonly given_up_at: Date | null;
  readonly delivery_id: string | null;
  readonly reason: string | null;
  readonly issues: Issue[] | null;
};

export type MessageState43 = Pick<MessageRow, 'message_id' | 'state'> & { readonly received: boolean };

/** What is known of some messages, by id. */
export async function readMessageStates(
  sql: Sql,
  messageIds: readonly string[],
): Promise<Map<string, MessageState43>> {
  const rows = await sql<MessageState43[]>`
    select message_id, state, received_at is not null as received from outbound_message
    where message_id = any(${textArray(messageIds)}::text[])`;
  return new Map(rows.map((row) => [row.message_id, row]));
}

export type MessageAnswerRow = {
  readonly target: string;
  readonly session: string;
  readonly sequence: number;
  readonly received_at: Date;
  readonly kind: OutboundAnswer['kind'];
  readonly verdict: OutboundAnswer['verdict'];
  readonly effect: AnswerEffect;
};

export type MessageDetail = MessageRow & {
  /** Place of its event. */
  readonly place: string;
  readonly accepted_at: Date;
  /** The record as the ledger has it. */
  readonly event: string;
  readonly resubmitted_by: string | null;
  readonly answers: readonly MessageAnswerRow[];
};

/** @throws TainError message.not-found */
export async function requireMessage(sql: Sql | TransactionSql, messageId: string): Promise<MessageRow> {
  const [message] = await sql<MessageRow[]>`select * from outbound_message where message_id = ${messageId}`;
  if (!message) throw new TainError('message.not-found', { message: messageId });
  return message;
}

/** A message with its event and all answers on it. */
export async function readMessage(sql: Sql, messageId: string): Promise<MessageDetail | null> {
  const [row] = await sql<Omit<MessageDetail, 'answers'>[]>`
    select message.*, name || '/' || message.position as place, hist.accepted_at, hist.elements as event,
      (select later.message_id from outbound_message as later where later.resubmits = message.message_id limit 1)
        as resubmitted_by
    from outbound_message as message
    join tb_on_hist as hist using (source_id, position) join ledger_source using (source_id)
    where message.message_id = ${messageId}`;
  if (!row) return null;
  const answers = await sql<MessageAnswerRow[]>`
    select target, session, sequence, received_at, kind, verdict, effect from outbound_answer
    where subject = ${messageId} order by received_at, target, session, sequence`;
  return { ...row, answers };
}

/**
 * Sends again what was refused, as a message of its own that keeps the place and the times of the refused one: what waits
 * for it has later ones. A NEWT takes the terms of a correction that waits for it.
 * @returns the id of the new message
 * @throws TainError message.not-found, message.not-refused
 */
export async function resubmitMessage(
  sql: Sql,
  messageId: string,
  by: Actor,
  reason: string,
): Promise<string> {
  return sql.begin(async (tx) => {
    await lockAnswers(tx);
    const refused = await requireMessage(tx, messageId);
    const { state: was, action, source_id, position, part } = refused;
    if (was !== 'refused') throw new TainError('message.not-refused', { message: messageId, state: was });

    // Also what came while it was being refused.
    await holdFollowers(tx, [messageId]);
    const held = await readHeld(tx, messageId);
    const values = readRecord(refused.elements ?? (await readEvent(tx, refused)).elements);
    const { values: changed, folded } = resubmit({ action, values }, held);
    const { place } = await readEvent(tx, refused);
    const attempt = refused.attempt + 1;
    const id = messageIdOf(place, part, attempt, hashText);
    // One of its swap that was refused before it has not been put right: this one waits for it.
    const earlier = await findRefusedNewt(tx, refused);
    await tx`
      insert into outbound_message (message_id, part, kind, asset_class, source_id, position, attempt, subject_key,
        subject_kind, action, business_date, day_version, ordinal, submitter, reported_at, elements, state, held_by,
        resubmits, corrects, due_at, obligation, reason)
      select ${id}, part, kind, asset_class, source_id, position, ${attempt}, subject_key, subject_kind, action,
        business_date, day_version, ordinal, submitter, reported_at,
        ${changed === null ? refused.elements : writeRecord(changed).text},
        ${earlier === null ? 'pending' : 'held'}, ${earlier}, message_id, corrects, due_at, obligation, reason
      from outbound_message where message_id = ${messageId}`;
    await tx`
      update outbound_message set state = 'resubmitted', held_by = null
      where message_id = any(${textArray([messageId, ...folded])}::text[])`;
    await tx`update outbound_message set held_by = ${id} where held_by = ${messageId}`;
    const after: JSONValue = {
      message: id,
      attempt,
      place,
      position,
      source: source_id,
      folded: [...folded],
    };
    await appendAudit(tx, { ...by, action: 'message.resubmitted', subject: messageId, after, reason });
    await announceOutbound(tx);
    return id;
  });
}

/** Tells whoever sends at once that there is something, when the transaction commits. */
export const announceOutbound = (tx: TransactionSql) => tx`select pg_notify(${OUTBOUND_CHANNEL}, '')`;

export const OUTBOUND_CHANNEL = 'tain_outbound';

async function readEvent(
  tx: TransactionSql,
  { source_id, position }: MessageRow,
): Promise<{ readonly elements: string; readonly place: string }> {
  const [row] = await tx<{ elements: string; place: string }[]>`
    select elements, name || '/' || position as place from tb_on_hist join ledger_source using (source_id)
    where source_id = ${source_id} and position = ${position}`;
  return row!;
}

async function readHeld(tx: TransactionSql, messageId: string) {
  const rows = await tx<{ message_id: string; action: string; elements: string }[]>`
    select message_id, action, coalesce(message.elements, hist.elements) as elements
    from outbound_message as message join tb_on_hist as hist using (source_id, position)
    where held_by = ${messageId} order by reported_at, ordinal, message_id`;
  return rows.map(({ message_id, action, elements }) => ({
    messageId: message_id,
    action,
    values: readRecord(elements),
  }));
}

/** The NEWT of the same swap that stands before a message, was refused, and has nothing in its place that holds. */
async function findRefusedNewt(tx: TransactionSql, message: MessageRow): Promise<string | null> {
  const [row] = await tx<{ id: string }[]>`
    select message_id as id from outbound_message
    where subject_key = ${message.subject_key} and subject_kind = ${message.subject_kind} and part = ${message.part}
      and action = 'NEWT' and message_id <> ${message.message_id}
      and (state = 'refused' or (resubmits is not null and state in ('held', 'pending', 'sent')))
      and (reported_at, ordinal) < (${message.reported_at}, ${message.ordinal}::integer)
    order by reported_at, ordinal limit 1`;
  return row?.id ?? null;
}
