/** Queries on what leaves at once: messages of part 43, made with the events, and what of them is to be sent. */
import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import { AT_ONCE_OBLIGATION } from '../contracts/obligations.ts';
import { numberArray, textArray } from './arrays.ts';
import { lockAnswers } from './outbound-holds.ts';
import { announceOutbound } from './outbound-messages.ts';
import type { SessionAttempt } from './outbound-sessions.ts';

export type NewMessage43 = {
  readonly messageId: string;
  readonly assetClass: string | null;
  readonly sourceId: number;
  readonly position: number;
  readonly subjectKey: string;
  readonly subjectKind: 'swap' | 'portfolio';
  readonly action: string;
  /** #22; null: what the record says. */
  readonly submitter: string | null;
  readonly reason: string;
};

/**
 * Makes messages of events in the transaction that applies them; of an event that has one, nothing. #97 is the time of
 * the transaction in whole seconds, later by a second than that of the message before of its swap where it would not be.
 * Behind a NEWT that was refused they wait for what takes its place. Nobody sees them before they are on the disk, also
 * where the caller does not wait for it: what was sent and is lost with its event would be made again, with another #97.
 * @param messages those of a swap in the order of the fold; the caller has locked their swaps
 * @param limitMs how long after it they are due to be acknowledged, in milliseconds
 */
export async function makeMessages43(
  tx: TransactionSql,
  messages: readonly NewMessage43[],
  limitMs: number,
): Promise<void> {
  const places = new Map<string, number>();
  const within = messages.map(({ subjectKey }) => {
    const place = (places.get(subjectKey) ?? 0) + 1;
    places.set(subjectKey, place);
    return place;
  });
  const making = tx<{ id: string; held_by: string | null }[]>`
    insert into outbound_message (message_id, part, kind, asset_class, source_id, position, subject_key, subject_kind,
      action, ordinal, submitter, reported_at, due_at, obligation, reason, state, held_by)
    select message_id, 43, 'transaction', asset_class, source_id, position, new.subject_key, new.subject_kind, action,
      coalesce(last.ordinal, 0) + place, submitter,
      greatest(date_trunc('second', now()), last.reported_at + interval '1 second') + (place - 1) * interval '1 second',
      now() + ${limitMs}::float8 * interval '1 millisecond', ${AT_ONCE_OBLIGATION}, reason, case when refused.held_by is null then 'pending' else 'held' end, refused.held_by
    from unnest(
      ${textArray(messages.map(({ messageId }) => messageId))}::text[],
      ${textArray(messages.map(({ assetClass }) => assetClass))}::text[],
      ${numberArray(messages.map(({ sourceId }) => sourceId))}::bigint[],
      ${numberArray(messages.map(({ position }) => position))}::bigint[],
      ${textArray(messages.map(({ subjectKey }) => subjectKey))}::text[],
      ${textArray(messages.map(({ subjectKind }) => subjectKind))}::text[],
      ${textArray(messages.map(({ action }) => action))}::text[],
      ${textArray(messages.map(({ submitter }) => submitter))}::text[],
      ${textArray(messages.map(({ reason }) => reason))}::text[],
      ${numberArray(within)}::integer[]
    ) as new (message_id, asset_class, source_id, position, subject_key, subject_kind, action, submitter, reason, place)
    left join lateral (
      select max(ordinal) as ordinal, max(reported_at) as reported_at from outbound_message as known
      where known.subject_key = new.subject_key and known.subject_kind = new.subject_kind and known.part = 43
    ) as last on true
    left join lateral (${holderOf(tx, tx`new`)}) as refused on true
    on conflict do nothing
    returning message_id as id, held_by, ${waitForDisk(tx)}`;
  const [made] = await Promise.all([making, announceOutbound(tx)]);
  const held = made.filter(({ held_by }) => held_by !== null).map(({ id }) => id);
  if (held.length > 0) await lookAgain(tx, held);
}

/** Evaluated in a transaction, makes its commit wait for the disk. One that waits for more than that goes on to. */
const waitForDisk = (tx: TransactionSql) => tx`
  case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'on', true) end`;

/** The message that further ones of a swap wait for. @param own a row with subject_key and subject_kind */
const holderOf = (tx: TransactionSql, own: PendingQuery<Row[]>) => tx`
  select known.message_id as held_by from outbound_message as known
  where known.subject_key = ${own}.subject_key and known.subject_kind = ${own}.subject_kind and known.part = 43
    and known.action = 'NEWT'
    and (known.state = 'refused' or (known.resubmits is not null and known.state in ('held', 'pending', 'sent')))
  order by known.reported_at, known.ordinal, known.attempt limit 1`;

/** What they wait for may have been answered or sent again meanwhile, by somebody who did not see them. */
async function lookAgain(tx: TransactionSql, messageIds: readonly string[]): Promise<void> {
  await lockAnswers(tx);
  await tx`
    update outbound_message as message
    set state = case when now_known.held_by is null then 'pending' else 'held' end, held_by = now_known.held_by
    from outbound_message as own left join lateral (${holderOf(tx, tx`own`)}) as now_known on true
    where own.message_id = any(${textArray(messageIds)}::text[]) and message.message_id = own.message_id`;
}

export type Unsent43 = {
  readonly message_id: string;
  /** JSON text of elements by number. */
  readonly elements: string;
  readonly submitter: string | null;
  readonly reported_at: Date;
};

/**
 * Messages that may leave now, those of a swap in the order of the fold. What follows a NEWT waits for the verdict on it:
 * until then nobody knows whether there is such a swap. Found in the order of their index, each looked at for itself: what
 * a page costs does not grow with what waits behind it.
 */
export async function listSendable(sql: Sql, limit: number): Promise<Unsent43[]> {
  return sql<Unsent43[]>`
    with page as materialized (
      select message_id, source_id, position, elements, submitter, reported_at, ordinal
      from outbound_message as message
      where message.part = 43 and message.state = 'pending' and not (
        select exists (
          select from outbound_message as earlier
          where earlier.subject_key = message.subject_key and earlier.subject_kind = message.subject_kind
            and earlier.part = 43 and earlier.action = 'NEWT'
            and earlier.state in ('held', 'pending', 'sent', 'refused')
            and (earlier.reported_at, earlier.ordinal) < (message.reported_at, message.ordinal)
          offset 0))
      order by reported_at, ordinal, message_id limit ${limit})
    select message_id, coalesce(page.elements, hist.elements) as elements, submitter, reported_at
    from page join tb_on_hist as hist using (source_id, position)
    order by reported_at, ordinal, message_id`;
}

/**
 * Messages that were sent and are not known to have been received, in the order in which they left.
 * @param after the last of those before; null: from the first
 */
export async function listUnreceived(sql: Sql, after: string | null, limit: number): Promise<Unsent43[]> {
  return sql<Unsent43[]>`
    select message_id, coalesce(message.elements, hist.elements) as elements, submitter, reported_at
    from outbound_message as message join tb_on_hist as hist using (source_id, position)
    where message.part = 43 and message.state = 'sent' and received_at is null
      ${
        after === null
          ? sql``
          : sql`and (sent_at, reported_at, ordinal, message_id) > (
              select sent_at, reported_at, ordinal, message_id from outbound_message where message_id = ${after})`
      }
    order by sent_at, reported_at, ordinal, message_id limit ${limit}`;
}

/**
 * Notes that messages are on their way. Neither locks the session nor waits for the disk: what was sent was sent, also by
 * an attempt that another one follows, and what is forgotten is sent again.
 * @throws TainError outbound.superseded
 */
export async function markSent43(
  sql: Sql,
  attempt: SessionAttempt,
  messageIds: readonly string[],
  sentAt: number,
): Promise<void> {
  const { target, session, epoch } = attempt;
  const [row] = await sql<[{ isOurs: boolean }]>`
    with ours as materialized (
      select set_config('synchronous_commit', 'off', true) from outbound_session
      where target = ${target} and session = ${session} and epoch = ${epoch}),
    marked as (
      update outbound_message set
        state = case when state in ('held', 'pending') then 'sent' else state end, held_by = null,
        sent_at = coalesce(sent_at, to_timestamp(${sentAt / 1000}))
      where message_id = any(${textArray(messageIds)}::text[]) and exists (select from ours))
    select exists (select from ours) as "isOurs"`;
  if (!row.isOurs) throw new TainError('outbound.superseded', attempt);
}

/** Messages without a verdict, and for how many milliseconds the oldest of them has waited for one. */
export async function countUnanswered(sql: Sql): Promise<{ readonly open: number; readonly ageMs: number }> {
  const [row] = await sql<[{ open: number; ageMs: number | null }]>`
    select count(*) as open, extract(epoch from now() - min(sent_at)) * 1000 as "ageMs"
    from outbound_message where part = 43 and state = 'sent'`;
  return { open: row.open, ageMs: Number(row.ageMs ?? 0) };
}
