/**
 * Messages that wait for another one of their swap. A NEWT that was refused does not exist at the repository: whatever it
 * is told of the swap would be refused as well, so it waits until the NEWT that takes its place is acknowledged.
 */
import type { Sql, TransactionSql } from 'postgres';
import type { Issue } from '../contracts/issues.ts';
import { MAX_MESSAGE_BYTES } from '../domain/feeds/packets.ts';
import type { Subject } from '../domain/swaps/swap-event.ts';
import { textArray } from './arrays.ts';
import { subjectId } from './ledger-subjects.ts';
import { holdSession, type SessionAttempt } from './outbound-sessions.ts';

/**
 * Makes the caller's transaction the only one that changes messages by answers, or makes messages that wait for others:
 * what one of them does not see yet the other must not decide about.
 */
export const lockAnswers = (tx: TransactionSql) =>
  tx`select pg_advisory_xact_lock(hashtext('outbound.answers'))`;

/**
 * What further messages of some subjects wait for, of part 45 and other days: a refused NEWT, or what takes its place and
 * is not acknowledged. Answers wait until the caller's transaction has ended.
 * @returns ids of messages by subject; none for a subject that waits for nothing
 */
export async function readHolders(
  tx: TransactionSql,
  date: string,
  subjects: readonly Subject[],
): Promise<Map<string, string>> {
  if (subjects.length === 0) return new Map();
  await lockAnswers(tx);
  const rows = await tx<(Subject & { holder: string })[]>`
    select key, kind, holder from unnest(
      ${textArray(subjects.map(({ key }) => key))}::text[], ${textArray(subjects.map(({ kind }) => kind))}::text[]
    ) as wanted (key, kind)
    cross join lateral (
      select min(coalesce(held_by, message_id)) as holder from outbound_message as m
      where subject_key = wanted.key and subject_kind = wanted.kind and part = 45 and business_date <> ${date}
        and (state = 'held' or (action = 'NEWT' and (state = 'refused'
          or (resubmits is not null and state in ('pending', 'sent')))))
    ) as found
    where holder is not null`;
  return new Map(rows.map((row) => [subjectId(row), row.holder]));
}

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

/** Lets go what waited for messages that are acknowledged. A file that has it keeps it. */
export async function releaseFollowers(tx: TransactionSql, acknowledged: readonly string[]): Promise<void> {
  if (acknowledged.length === 0) return;
  const isReleased = tx`state = 'held' and held_by = any(${textArray(acknowledged)}::text[])`;
  await tx`
    insert into outbox_moved (message_id, leaves_on, leaves_version)
    select message_id, leaves_on, leaves_version from outbound_message as message
    where ${isReleased} and exists (
      select from outbox_file as file
      where file.business_date = message.leaves_on and file.version = message.leaves_version
        and file.kind = message.kind and file.asset_class is not distinct from message.asset_class)
    on conflict do nothing`;
  await tx`
    update outbound_message set state = 'pending', held_by = null, leaves_on = null, leaves_version = null
    where ${isReleased}`;
}

/** Lets go, or hands on, what waits for a message that is acknowledged or that another one has taken the place of. */
export async function mendHolds(tx: TransactionSql): Promise<void> {
  await lockAnswers(tx);
  await tx`
    update outbound_message as waiting set held_by = later.message_id
    from outbound_message as later
    where waiting.held_by is not null and later.resubmits = waiting.held_by
      and later.subject_key = waiting.subject_key and later.subject_kind = waiting.subject_kind`;
  const settled = await tx<{ id: string }[]>`
    select distinct holder.message_id as id from outbound_message as waiting
    join outbound_message as holder on holder.message_id = waiting.held_by
    where waiting.held_by is not null and holder.state = 'acknowledged'`;
  await releaseFollowers(
    tx,
    settled.map(({ id }) => id),
  );
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
